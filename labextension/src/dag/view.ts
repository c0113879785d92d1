/**
 * DagView: a graph drawn as SVG in a plain element, its states live.
 *
 * Knows neither JupyterLab nor ipywidgets: whoever has an element can show one.
 */

import type { IGraph, IGraphEdge, IGraphNode, INodeState, IPoint } from './graph';
import { layout, NODE_HEIGHT, NODE_WIDTH, type ILayout } from './layout';
import { ICONS } from './states';
import { Tip } from './tip';
import { Viewport } from './viewport';

const SVG = 'http://www.w3.org/2000/svg';
const PENDING: INodeState = { look: 'pending', label: 'pending' };
const TITLE_LENGTH = 24;

/** What may be said of a view; words come from the host, which translates them. */
export interface IDagViewOptions {
  readonly label: string;
  /** A node was clicked, or Enter pressed on it. */
  readonly onOpen: (id: string) => void;
  /** How states are called, for screen readers and below titles. */
  readonly word: (state: INodeState) => string;
}

export class DagView {
  constructor(host: HTMLElement, options: IDagViewOptions) {
    this._options = options;
    this.node = document.createElement('div');
    this.node.className = 'nbdag-dag';
    this._svg = element('svg', { class: 'nbdag-drawing', role: 'group', 'aria-label': options.label });
    this._tip = new Tip(this.node);
    this.node.prepend(this._svg);
    host.append(this.node);
    this._viewport = new Viewport(this.node, this._svg);
    this._resized = new ResizeObserver(() => this._viewport.moved || this.fit());
    this._resized.observe(this.node);
    this._svg.addEventListener('click', event => this._open(event.target));
    this._svg.addEventListener('keydown', this._onKey);
    this._svg.addEventListener('pointerover', event => this._hover(event.target));
    this._svg.addEventListener('pointerleave', () => this._hover(null));
  }

  dispose(): void {
    this._resized.disconnect();
    this._viewport.dispose();
    this.node.remove();
  }

  /** Show another graph; where the steps are the same ones, the view stays where it is. */
  setGraph(graph: IGraph): void {
    const same =
      graph.nodes.length === this._graph.nodes.length &&
      graph.nodes.every((node, i) => node.id === this._graph.nodes[i].id);
    this._graph = graph;
    this._layout = layout(graph);
    this._draw();
    if (!same) {
      this.fit();
    }
  }

  /** Show how far the steps are; nodes that look the same are not touched. */
  setStates(states: ReadonlyMap<string, INodeState>): void {
    for (const [id, node] of this._nodes) {
      const state = states.get(id) ?? PENDING;
      const before = this._states.get(id);
      if (!before || keyOf(before) !== keyOf(state)) {
        this._states.set(id, state);
        this._paint(id, node, state);
      }
    }
  }

  /** Mark one node, or none; it comes into view. */
  select(id: string | null): void {
    this._selected = id;
    this._mark();
    const at = this._graph.nodes.findIndex(node => node.id === id);
    if (at >= 0) {
      this._viewport.reveal(this._layout.nodes[at], NODE_WIDTH, NODE_HEIGHT);
    }
  }

  /** Show the drawing from its top, in a size that can be read; or all of it. */
  fit(all = false): void {
    this._viewport.fit(this._layout.width, this._layout.height, all);
  }

  zoom(factor: number): void {
    this._viewport.zoom(factor);
  }

  readonly node: HTMLElement;

  private _mark(): void {
    for (const [name, node] of this._nodes) {
      node.classList.toggle('nbdag-mod-selected', name === this._selected);
    }
  }

  private _draw(): void {
    const { width, height } = this._layout;
    this._svg.setAttribute('width', String(width));
    this._svg.setAttribute('height', String(height));
    this._states.clear();
    this._edges = this._graph.edges.map((edge, i) => drawnEdge(edge, i, this._layout.edges[i]));
    const pairs = this._graph.nodes.map(
      (node, i) => [node.id, drawnNode(node, this._layout.nodes[i])] as const
    );
    this._nodes = new Map(pairs);
    this._titles = new Map(this._graph.nodes.map(node => [node.id, node.title]));
    this._incoming = new Map(this._graph.nodes.map(node => [node.id, []]));
    this._graph.edges.forEach((edge, i) => this._incoming.get(edge.target)!.push(this._edges[i]));
    this._svg.replaceChildren(...this._edges, ...this._nodes.values());
    this._mark();
    this.setStates(new Map());
  }

  private _paint(id: string, node: SVGGElement, state: INodeState): void {
    const word = this._options.word(state);
    node.dataset.look = state.look;
    node.setAttribute('aria-label', `${this._titles.get(id)}, ${word}`);
    node.querySelector('.nbdag-icon')!.innerHTML = ICONS[state.look];
    node.querySelector('.nbdag-label')!.textContent = word;
    for (const edge of this._incoming.get(id)!) {
      edge.classList.toggle('nbdag-mod-live', state.look === 'running');
    }
  }

  private _open(target: EventTarget | null): void {
    const id = idOf(target);
    if (id !== null) {
      this._options.onOpen(id);
    }
  }

  private _onKey = (event: KeyboardEvent): void => {
    const id = idOf(event.target);
    if (id === null) {
      return;
    }
    if (event.key === 'Enter' || event.key === ' ') {
      this._options.onOpen(id);
    } else {
      const next = this._neighbour(id, event.key);
      if (next === null) {
        return;
      }
      this._nodes.get(next)!.focus();
      this.select(next);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  /** The nearest node in the direction of an arrow key: along an edge, or beside it in its row. */
  private _neighbour(id: string, key: string): string | null {
    const places = new Map(this._graph.nodes.map((node, i) => [node.id, this._layout.nodes[i]]));
    const from = places.get(id)!;
    const linked = (end: 'source' | 'target', other: 'source' | 'target') =>
      this._graph.edges.filter(edge => edge[end] === id).map(edge => edge[other]);
    const beside = (side: number) =>
      [...places.keys()].filter(
        each => places.get(each)!.y === from.y && (places.get(each)!.x - from.x) * side > 0
      );
    const candidates: Record<string, () => string[]> = {
      ArrowDown: () => linked('source', 'target'),
      ArrowUp: () => linked('target', 'source'),
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1)
    };
    const far = (each: string) =>
      Math.hypot(places.get(each)!.x - from.x, places.get(each)!.y - from.y);
    return candidates[key]?.().sort((a, b) => far(a) - far(b))[0] ?? null;
  }

  private _hover(target: EventTarget | null): void {
    const element = target instanceof Element ? target : null;
    const edge = element?.closest<SVGGElement>('.nbdag-edge');
    const id = idOf(target);
    this._edges.forEach((each, i) => {
      const { source, target: to } = this._graph.edges[i];
      each.classList.toggle('nbdag-mod-near', each === edge || id === source || id === to);
    });
    if (edge) {
      this._tip.show(edge, this._graph.edges[Number(edge.dataset.edge)]);
    } else {
      this._tip.hide();
    }
  }

  private _options: IDagViewOptions;
  private _svg: SVGSVGElement;
  private _tip: Tip;
  private _viewport: Viewport;
  private _resized: ResizeObserver;
  private _graph: IGraph = { nodes: [], edges: [] };
  private _layout: ILayout = layout(this._graph);
  private _nodes = new Map<string, SVGGElement>();
  private _edges: SVGGElement[] = [];
  private _titles = new Map<string, string>();
  private _incoming = new Map<string, SVGGElement[]>();
  private _states = new Map<string, INodeState>();
  private _selected: string | null = null;
}

function keyOf(state: INodeState): string {
  return `${state.look} ${state.label} ${state.queued}`;
}

function idOf(target: EventTarget | null): string | null {
  const node = target instanceof Element ? target.closest<SVGGElement>('.nbdag-node') : null;
  return node?.dataset.id ?? null;
}

function drawnNode(node: IGraphNode, at: IPoint): SVGGElement {
  const group = element('g', {
    class: 'nbdag-node',
    transform: `translate(${at.x - NODE_WIDTH / 2} ${at.y - NODE_HEIGHT / 2})`,
    tabindex: '0',
    role: 'button'
  }) as SVGGElement;
  group.dataset.id = node.id;
  const box = { width: String(NODE_WIDTH), height: String(NODE_HEIGHT), rx: '6' };
  const short = shortened(node.title);
  const title = text(short, { class: 'nbdag-title', x: '14', y: '18' });
  if (short !== node.title) {
    const full = element('title');
    full.textContent = node.title;
    group.append(full);
  }
  const icon = element('g', { class: 'nbdag-icon', transform: 'translate(20 31)' });
  const bar = 'M6 0H4V44H6A6 6 0 0 1 0 38V6A6 6 0 0 1 6 0Z';
  group.append(
    element('rect', { class: 'nbdag-box', ...box }),
    element('path', { d: bar, fill: node.colour }),
    element('rect', { class: 'nbdag-rim', ...box }),
    title,
    icon,
    text('', { class: 'nbdag-label', x: '30', y: '35' })
  );
  return group;
}

function drawnEdge(edge: IGraphEdge, number: number, through: readonly IPoint[]): SVGGElement {
  const group = element('g', { class: 'nbdag-edge' }) as SVGGElement;
  group.dataset.edge = String(number);
  const d = curve(through);
  group.append(element('path', { class: 'nbdag-reach', d }), element('path', { class: 'nbdag-line', d }));
  const end = through[through.length - 1];
  const tip = `M${end.x - 3.5} ${end.y - NODE_HEIGHT / 2 - 5}l3.5 4 3.5 -4`;
  group.append(element('path', { class: 'nbdag-line', d: tip }));
  if (edge.condition) {
    const y = String(end.y - NODE_HEIGHT / 2 - 12);
    const label = text(shortened(edge.condition), { class: 'nbdag-condition', x: String(end.x + 8), y });
    group.append(label);
  }
  return group;
}

/** A calm line through the points: it leaves and arrives upright. */
function curve(points: readonly IPoint[]): string {
  const half = NODE_HEIGHT / 2;
  const ends = points.map((point, i) => ({
    x: point.x,
    top: i ? point.y - half : point.y + half,
    bottom: i < points.length - 1 ? point.y + half : point.y - half
  }));
  let path = `M${ends[0].x} ${ends[0].bottom}`;
  for (let i = 1; i < ends.length; i++) {
    const [from, to] = [ends[i - 1], ends[i]];
    const middle = (from.bottom + to.top) / 2;
    path += `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.top}`;
    if (i < ends.length - 1) {
      path += `V${to.bottom}`;
    }
  }
  return path;
}

function shortened(title: string): string {
  return title.length > TITLE_LENGTH ? title.slice(0, TITLE_LENGTH - 1).trimEnd() + '…' : title;
}

function text(content: string, attributes: Record<string, string>): SVGElement {
  const made = element('text', attributes);
  made.textContent = content;
  return made;
}

function element(name: 'svg', attributes?: Record<string, string>): SVGSVGElement;
function element(name: string, attributes?: Record<string, string>): SVGElement;
function element(name: string, attributes: Record<string, string> = {}): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  return made;
}
