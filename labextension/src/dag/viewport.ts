/**
 * Viewport: moves a drawing inside its frame by pointer, wheel and calls.
 *
 * While it moves only a CSS transform changes, which costs the page nothing; the browser paints the
 * text anew, sharp, when it has come to rest.
 */

import type { IPoint } from './graph';

const LARGEST = 2;
/** The smallest scale at which titles can be read well: 7 pixels. */
export const READABLE = 0.6;
/** The smallest one at which a drawing is shown in all of its width by itself. */
const SMALLEST = 0.45;
const MARGIN = 8;
/** Milliseconds after the last turn of the wheel, until the drawing is painted anew. */
const REST = 160;

export interface IRect extends IPoint {
  readonly width: number;
  readonly height: number;
}

export class Viewport {
  /** Move `drawing` inside `frame`; both are the caller's. `onMove` hears which part is seen. */
  constructor(
    private _frame: HTMLElement,
    private _drawing: SVGElement,
    private _onMove: (seen: IRect) => void = () => undefined
  ) {
    _frame.addEventListener('wheel', this._onWheel, { passive: false });
    _frame.addEventListener('pointerdown', this._onDown);
  }

  dispose(): void {
    window.clearTimeout(this._timer);
    this._frame.removeEventListener('wheel', this._onWheel);
    this._frame.removeEventListener('pointerdown', this._onDown);
  }

  get scale(): number {
    return this._scale;
  }

  /**
   * Show a drawing of this size, at most in its own size, from its top.
   *
   * All of its width is shown, unless nothing could be read then; of its height what there is room
   * for, unless `all` of it is wanted. Where it is wider than the frame, `middle` is in the middle.
   */
  fit(width: number, height: number, all = false, middle = width / 2): void {
    const frame = this.measure();
    if (!frame.width || !width) {
      return;
    }
    const room = { x: frame.width - 2 * MARGIN, y: frame.height - 2 * MARGIN };
    const wide = this._wide(width);
    this._scale = all ? Math.min(wide, room.y / height) : wide < SMALLEST ? READABLE : wide;
    const [drawn, centred] = [width * this._scale, frame.width / 2 - middle * this._scale];
    this._x =
      drawn <= room.x
        ? (frame.width - drawn) / 2
        : Math.min(MARGIN, Math.max(frame.width - MARGIN - drawn, centred));
    this._y = MARGIN;
    this.moved = false;
    this._show();
  }

  /** Whether a drawing is too wide to be shown whole in a size that can be read. */
  isTooWide(width: number): boolean {
    return this._size.width > 0 && this._wide(width) < SMALLEST;
  }

  /** Zoom by a factor around a point of the frame, its middle where none is given. */
  zoom(factor: number, at?: IPoint): void {
    const frame = this._frame.getBoundingClientRect();
    const { x, y } = at ?? { x: frame.width / 2, y: frame.height / 2 };
    const scale = Math.min(LARGEST, Math.max(0.02, this._scale * factor));
    this._x = x - ((x - this._x) * scale) / this._scale;
    this._y = y - ((y - this._y) * scale) / this._scale;
    this._scale = scale;
    this.moved = true;
    this._show();
  }

  /** Move so that a box around a point of the drawing can be seen. */
  reveal(point: IPoint, width: number, height: number): void {
    const frame = this._frame.getBoundingClientRect();
    const into = (at: number, half: number, room: number) =>
      Math.max(half + MARGIN, Math.min(at, room - half - MARGIN));
    const [x, y] = [point.x * this._scale + this._x, point.y * this._scale + this._y];
    this._x += into(x, (width / 2) * this._scale, frame.width) - x;
    this._y += into(y, (height / 2) * this._scale, frame.height) - y;
    this._show();
  }

  /** Look how large the frame is: to ask for it at each move would be slow. */
  measure(): { readonly width: number; readonly height: number } {
    this._size = { width: this._frame.clientWidth, height: this._frame.clientHeight };
    return this._size;
  }

  /** Move a point of the drawing into the middle of the frame. */
  centre(point: IPoint): void {
    this._x = this._size.width / 2 - point.x * this._scale;
    this._y = this._size.height / 2 - point.y * this._scale;
    this.moved = true;
    this._show();
  }

  /** Whether a person has moved it since it was fitted. */
  moved = false;

  /** The scale at which a drawing is as wide as the frame, at most its own. */
  private _wide(width: number): number {
    return Math.min(1, (this._size.width - 2 * MARGIN) / width);
  }

  private _show(): void {
    const k = this._scale;
    this._drawing.style.transform = `translate(${this._x}px, ${this._y}px) scale(${k})`;
    const size = { width: this._size.width / k, height: this._size.height / k };
    this._onMove({ x: -this._x / k, y: -this._y / k, ...size });
  }

  /** While it moves the browser keeps the painted drawing; when it rests it is painted sharp. */
  private _hold(): void {
    this._drawing.style.willChange = 'transform';
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => (this._drawing.style.willChange = ''), REST);
  }

  private _onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    this._hold();
    if (event.ctrlKey || event.metaKey) {
      const frame = this._frame.getBoundingClientRect();
      const at = { x: event.clientX - frame.left, y: event.clientY - frame.top };
      this.zoom(Math.exp(-event.deltaY / 200), at);
      return;
    }
    this._x -= event.deltaX;
    this._y -= event.deltaY;
    this.moved = true;
    this._show();
  };

  private _onDown = (event: PointerEvent): void => {
    if (event.button !== 0 || (event.target as Element).closest('.nbdag-node, .nbdag-act, button, input')) {
      return;
    }
    const start = { x: event.clientX - this._x, y: event.clientY - this._y };
    const move = (next: PointerEvent) => {
      this._x = next.clientX - start.x;
      this._y = next.clientY - start.y;
      this.moved = true;
      this._frame.classList.add('nbdag-mod-moving');
      this._hold();
      this._show();
    };
    const end = () => {
      this._frame.classList.remove('nbdag-mod-moving');
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
  };

  private _size = { width: 0, height: 0 };
  private _timer = 0;
  private _scale = 1;
  private _x = 0;
  private _y = 0;
}
