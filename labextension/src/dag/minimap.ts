/** Minimap: a small picture of a large drawing, with the part that is seen; a press moves there. */

import type { INodeState, IPoint, Look } from './graph';
import { NODE_HEIGHT, NODE_WIDTH, type ILayout } from './layout';
import type { IRect, Viewport } from './viewport';

const WIDTH = 132;
const HEIGHT = 96;
const COLOURS: Partial<Record<Look, [string, string]>> = {
  running: ['--jp-brand-color1', '#1976d2'],
  succeeded: ['--nbdag-good', '#2e7d32'],
  cached: ['--nbdag-good', '#2e7d32'],
  failed: ['--jp-error-color1', '#d32f2f'],
  waiting: ['--nbdag-warn', '#9a6700']
};
const OTHER: [string, string] = ['--jp-border-color0', '#9e9e9e'];

export class Minimap {
  constructor(frame: HTMLElement, private _viewport: Viewport) {
    this._node.className = 'nbdag-minimap';
    this._node.hidden = true;
    // Who can't see it has the arrow keys and the search.
    this._node.setAttribute('aria-hidden', 'true');
    this._window.className = 'nbdag-window';
    this._node.append(this._canvas, this._window);
    frame.append(this._node);
    this._node.addEventListener('pointerdown', this._onDown);
  }

  setLayout(found: ILayout, shown: boolean): void {
    this._layout = found;
    this._node.hidden = !shown;
    this._scale = Math.min(WIDTH / found.width, HEIGHT / found.height);
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [found.width * this._scale, found.height * this._scale];
    this._canvas.width = Math.ceil(width * ratio);
    this._canvas.height = Math.ceil(height * ratio);
    this._canvas.style.width = this._node.style.width = `${width}px`;
    this._canvas.style.height = this._node.style.height = `${height}px`;
  }

  /** Draw the nodes as they are, at the next frame. */
  draw(states: () => Iterable<INodeState>): void {
    if (this._node.hidden || this._frame) {
      return;
    }
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      this._draw(states());
    });
  }

  /** Show which part of the drawing is seen. */
  show(seen: IRect): void {
    if (this._node.hidden || !this._layout) {
      return;
    }
    const k = this._scale;
    const left = Math.max(0, seen.x);
    const top = Math.max(0, seen.y);
    const right = Math.min(this._layout.width, seen.x + seen.width);
    const bottom = Math.min(this._layout.height, seen.y + seen.height);
    const style = this._window.style;
    style.transform = `translate(${left * k}px, ${top * k}px)`;
    const size = [right - left, bottom - top].map(side => `${Math.max(4, Math.round(side * k))}px`);
    if (size.join() !== this._size) {
      [style.width, style.height] = size;
      this._size = size.join();
    }
  }

  dispose(): void {
    cancelAnimationFrame(this._frame);
  }

  private _draw(states: Iterable<INodeState>): void {
    const context = this._canvas.getContext('2d');
    if (!context || !this._layout) {
      return;
    }
    const style = getComputedStyle(this._node);
    const colour = ([name, other]: [string, string]) => style.getPropertyValue(name) || other;
    const k = this._scale * (window.devicePixelRatio || 1);
    const size = { x: Math.max(2, NODE_WIDTH * k), y: Math.max(1.5, NODE_HEIGHT * k) };
    context.clearRect(0, 0, this._canvas.width, this._canvas.height);
    const known = new Map<Look, string>();
    let i = 0;
    for (const { look } of states) {
      const at: IPoint = this._layout.nodes[i++];
      known.has(look) || known.set(look, colour(COLOURS[look] ?? OTHER));
      context.fillStyle = known.get(look)!;
      context.fillRect(at.x * k - size.x / 2, at.y * k - size.y / 2, size.x, size.y);
    }
  }

  private _onDown = (event: PointerEvent): void => {
    const box = this._node.getBoundingClientRect();
    const go = (at: PointerEvent) =>
      this._viewport.centre({
        x: (at.clientX - box.left) / this._scale,
        y: (at.clientY - box.top) / this._scale
      });
    this._node.setPointerCapture(event.pointerId);
    this._node.onpointermove = go;
    this._node.onpointerup = () => (this._node.onpointermove = null);
    go(event);
    event.stopPropagation();
    event.preventDefault();
  };

  private _node = document.createElement('div');
  private _canvas = document.createElement('canvas');
  private _window = document.createElement('div');
  private _layout: ILayout | null = null;
  private _scale = 1;
  private _frame = 0;
  private _size = '';
}
