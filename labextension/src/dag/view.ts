/**
 * DagView: a graph drawn as SVG in a plain element, its states live.
 *
 *     setGraph ─► layout ─► edges, cards, tests ─► Viewport (pan, zoom) · Minimap · Search · Tip
 *     setStates ─► the cards that changed
 *
 * Knows neither JupyterLab nor ipywidgets: whoever has an element can show one.
 */

import { Culling, type IBounds } from './culling';
import { drawnCondition, drawnEdge } from './edge';
import type { IGraph, IGraphEdge, INodeState, IPoint } from './graph';
import { layout, NODE_HEIGHT, NODE_WIDTH, type ILayout } from './layout';
import { Minimap } from './minimap';
import { cardButton, drawnNode, drawnParts, paint, partsHeight, type IDrawnNode } from './node';
import { Search } from './search';
import { element } from './svg';
import { Tip } from './tip';
import { Viewport } from './viewport';
import { linksOf, neighbour, type ILinks } from './walk';

const PENDING: INodeState = { look: 'pending', label: '' };
/** The smallest scale at which a drawing is shown whole by itself. */
const FAIR = 0.6;
/** From so many nodes on there is a minimap. */
const MANY = 41;

/** What a view says; the host has it translated. */
export interface IDagWords {
  readonly label: string;
  readonly search: string;
  readonly approve: string;
  /** The buttons of a step by its title, for who can't see them. */
  readonly approveStep: (title: string) => string;
  readonly iterationsOf: (title: string) => string;
  readonly noIterations: string;
  /** How states are called, below titles. */
  readonly state: (state: INodeState) => string;
}

export interface IDagViewOptions {
  readonly words: IDagWords;
  /** Show all of the drawing at first, if it can be read then. */
  readonly whole?: boolean;
  /** A node was clicked, or Enter pressed on it. */
  readonly onOpen: (id: string) => void;
  /** A person lets a step through its gate; without it there is no button. */
  readonly onApprove?: (id: string) => void;
  /** What the names are that travel along an edge: their types and sizes. */
  readonly what?: (edge: IGraphEdge) => Promise<ReadonlyMap<string, string>>;
}

export class DagView {
  constructor(host: HTMLElement, options: IDagViewOptions) {
    this._options = options;
    const { words } = options;
    this.node = document.createElement('div');
    this.node.className = 'nbdag-dag';
    this._svg = element('svg', { class: 'nbdag-drawing', role: 'group', 'aria-label': words.label });
    this._tip = new Tip(this.node);
    this.node.prepend(this._svg);
    host.append(this.node);
    this._viewport = new Viewport(this.node, this._svg, seen => {
      this._minimap.show(seen);
      this._edgesSeen.show(seen);
      this._nodesSeen.show(seen);
    });
    this._minimap = new Minimap(this.node, this._viewport);
    this._search = new Search(this.node, {
      label: words.search,
      onText: query => this._find(query),
      onNext: backwards => this._next(backwards),
      onClose: () => this._focus(this._selected ?? this._graph.nodes[0]?.id)
    });
    this._svg.append(this._layers.edges, this._layers.nodes, this._layers.tests);
    this._resized = new ResizeObserver(() => {
      this._viewport.measure();
      if (!this._viewport.moved) {
        this.fit();
      }
    });
    this._resized.observe(this.node);
    this._svg.addEventListener('click', event => this._click(event));
    this._svg.addEventListener('focusin', event => this._rove(idOf(event.target)));
    this._svg.addEventListener('pointerover', event => this._hover(event.target));
    this._svg.addEventListener('pointerleave', () => this._hover(null));
    this.node.addEventListener('keydown', this._onKey);
  }

  dispose(): void {
    this._resized.disconnect();
    this._viewport.dispose();
    this._minimap.dispose();
    this._nodesSeen.dispose();
    this._edgesSeen.dispose();
    this.node.remove();
  }

  /** Show another graph; where the steps are the same ones, the view stays where it is. */
  setGraph(graph: IGraph): void {
    const same =
      graph.nodes.length === this._graph.nodes.length &&
      graph.nodes.every((node, i) => node.id === this._graph.nodes[i].id);
    this._graph = graph;
    this._links = linksOf(graph);
    this._viewport.measure();
    this._draw();
    if (!same) {
      this.fit();
    }
  }

  /** Show how far the steps are; nodes that look the same are not touched. */
  setStates(states: ReadonlyMap<string, INodeState>): void {
    let taller = false;
    let changed = false;
    for (const [id, number] of this._places) {
      const state = states.get(id) ?? PENDING;
      const before = this._states.get(id);
      if (!before || !isSame(before, state)) {
        this._states.set(id, state);
        changed ||= before?.look !== state.look;
        taller ||= this._open.has(id) && partsHeight(before) !== partsHeight(state);
        this._nodesSeen.touch(number);
      }
    }
    this._nodesSeen.flush();
    if (taller) {
      this._draw();
    } else if (changed) {
      this._minimap.draw(this._looks);
    }
  }

  /** Mark one node, or none; it comes into view. */
  select(id: string | null): void {
    this._nodes.get(this._selected ?? '')?.group.classList.remove('nbdag-mod-selected');
    this._selected = id;
    this._need(id);
    this._nodes.get(id ?? '')?.group.classList.add('nbdag-mod-selected');
    const at = this._places.get(id ?? '');
    if (at !== undefined) {
      this._viewport.reveal(this._layout.nodes[at], NODE_WIDTH, NODE_HEIGHT);
    }
  }

  /** Show the drawing from its top, in a size that can be read; or all of it. */
  fit(all = false): void {
    const { width, height, nodes } = this._layout;
    const fair = this._options.whole && height * FAIR <= this._viewport.measure().height;
    this._viewport.fit(width, height, all || fair, nodes[0]?.x);
  }

  zoom(factor: number): void {
    this._viewport.zoom(factor);
  }

  /** Look for a step by its name. */
  search(): void {
    this._search.open();
  }

  /** The size of the drawing. */
  get size(): { readonly width: number; readonly height: number } {
    return this._layout;
  }

  readonly node: HTMLElement;

  private _draw(): void {
    const focused = idOf(this.node.ownerDocument.activeElement);
    const below = [...this._open].map(id => [id, partsHeight(this._states.get(id))] as const);
    this._layout = layout(this._graph, new Map(below));
    const { width, height, nodes, edges } = this._layout;
    this._svg.setAttribute('width', String(width));
    this._svg.setAttribute('height', String(height));
    const all = this._graph;
    this._places = new Map(all.nodes.map((node, i) => [node.id, i]));
    const { edges: lines, nodes: cards, tests } = this._layers;
    [lines, cards, tests].forEach(layer => layer.replaceChildren());
    this._edges = [];
    this._nodes = new Map();
    this._near = [];
    this._acts = new Map();
    this._edgesSeen.reset(edges.map(boundsOf));
    this._nodesSeen.reset(nodes.map((_, i) => boundsOf([nodes[i]])));
    this._minimap.setLayout(this._layout, all.nodes.length >= MANY);
    this._minimap.draw(this._looks);
    this._rove(focused ?? this._selected ?? all.nodes[0]?.id ?? null);
    if (focused) {
      this._focus(focused);
    }
  }

  /** Make the card of a node, or bring it up to date. */
  private _card(number: number): void {
    const node = this._graph.nodes[number];
    let drawn = this._nodes.get(node.id);
    if (!drawn) {
      drawn = drawnNode(node, this._layout.nodes[number]);
      this._nodes.set(node.id, drawn);
      drawn.group.classList.toggle('nbdag-mod-selected', node.id === this._selected);
      drawn.group.classList.toggle('nbdag-mod-found', this._found.includes(node.id));
      this._layers.nodes.append(drawn.group);
      if (node.loop) {
        this._addButton(node.id, 'open');
      }
    }
    const before = drawn.state ?? undefined;
    this._paint(node.id, drawn, this._states.get(node.id) ?? PENDING, before);
  }

  private _line(number: number): void {
    const edge = this._graph.edges[number];
    const drawn = drawnEdge(number, this._layout.edges[number]);
    const running = this._states.get(edge.target)?.look === 'running';
    drawn.classList.toggle('nbdag-mod-live', running);
    this._edges[number] = drawn;
    this._layers.edges.append(drawn);
    if (edge.condition) {
      this._layers.tests.append(drawnCondition(edge, this._layout.edges[number]));
    }
  }

  private _paint(id: string, drawn: IDrawnNode, state: INodeState, before?: INodeState): void {
    const { words, onApprove } = this._options;
    paint(drawn, this._title(id), state, words.state(state));
    if (before?.look !== state.look) {
      for (const edge of this._links.into.get(id) ?? []) {
        this._edges[edge]?.classList.toggle('nbdag-mod-live', state.look === 'running');
      }
      this._acts.get(`approve ${id}`)?.remove();
      this._acts.delete(`approve ${id}`);
      if (state.look === 'waiting' && onApprove) {
        this._addButton(id, 'approve');
      }
    }
    if (this._open.has(id) && (!drawn.parts || before?.parts !== state.parts)) {
      drawn.parts?.remove();
      drawn.parts = drawnParts(state.parts ?? '', words.noIterations);
      drawn.group.prepend(drawn.parts);
    }
  }

  /** A button of a step, after it in the order of the keys. */
  private _addButton(id: string, name: 'open' | 'approve'): void {
    const { words } = this._options;
    const title = this._title(id);
    const made =
      name === 'approve'
        ? cardButton(name, words.approveStep(title), words.approve, NODE_WIDTH - 70, 22, 62)
        : cardButton(name, words.iterationsOf(title), '', NODE_WIDTH - 24, 4, 18);
    made.dataset.id = id;
    if (name === 'open') {
      made.setAttribute('aria-expanded', String(this._open.has(id)));
    }
    const { group } = this._nodes.get(id)!;
    made.setAttribute('transform', group.getAttribute('transform')!);
    group.after(made);
    this._acts.set(`${name} ${id}`, made);
  }

  private _act(button: SVGElement): void {
    const id = button.dataset.id!;
    if (button.dataset.act === 'approve') {
      button.setAttribute('aria-disabled', 'true');
      this._options.onApprove?.(id);
      this._focus(id);
      return;
    }
    if (!this._open.delete(id)) {
      this._open.add(id);
    }
    this._draw();
    this._acts.get(`open ${id}`)?.focus();
  }

  private _click(event: Event): void {
    const button = buttonOf(event.target);
    const id = idOf(event.target);
    if (button) {
      this._act(button);
    } else if (id !== null) {
      this._options.onOpen(id);
    }
  }

  private _onKey = (event: KeyboardEvent): void => {
    const pressed = event.key === 'Enter' || event.key === ' ';
    const button = buttonOf(event.target);
    const id = idOf(event.target);
    if (event.key === '/' || (event.key === 'f' && (event.ctrlKey || event.metaKey))) {
      this.search();
    } else if (pressed && button) {
      this._act(button);
    } else if (pressed && id !== null) {
      this._options.onOpen(id);
    } else if (id === null || !this._walk(id, event.key)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  /** Go from a node where an arrow key leads; along an edge, that edge is shown. */
  private _walk(id: string, key: string): boolean {
    const found = neighbour(this._graph, this._layout, this._links, this._places.get(id)!, key);
    if (!found) {
      return false;
    }
    const next = this._graph.nodes[found.node].id;
    if (found.edge !== null) {
      this._edgesSeen.need(found.edge);
    }
    this.select(next);
    this._focus(next);
    this._hover(found.edge === null ? null : this._edges[found.edge]);
    return true;
  }

  private _focus(id: string | null | undefined): void {
    this._need(id);
    this._nodes.get(id ?? '')?.group.focus({ preventScroll: true });
  }

  private _need(id: string | null | undefined): void {
    const number = this._places.get(id ?? '');
    if (number !== undefined) {
      this._nodesSeen.need(number);
    }
  }

  /** One node is reached with the tab key, from there the arrows lead on. */
  private _rove(id: string | null): void {
    if (id === null) {
      return;
    }
    this._need(id);
    this._nodes.get(this._tabbed ?? '')?.group.setAttribute('tabindex', '-1');
    this._nodes.get(id)?.group.setAttribute('tabindex', '0');
    this._tabbed = id;
  }

  private _find(query: string): number {
    const wanted = query.toLowerCase();
    const has = (id: string) =>
      id.toLowerCase().includes(wanted) || this._title(id).toLowerCase().includes(wanted);
    this._found = wanted ? this._graph.nodes.map(node => node.id).filter(has) : [];
    const found = new Set(this._found);
    this.node.classList.toggle('nbdag-mod-searched', Boolean(wanted));
    this._nodes.forEach((drawn, id) => drawn.group.classList.toggle('nbdag-mod-found', found.has(id)));
    if (this._found.length && !found.has(this._selected ?? '')) {
      this.select(this._found[0]);
    }
    return this._found.length;
  }

  private _next(backwards: boolean): void {
    const number = this._found.length;
    const at = this._found.indexOf(this._selected ?? '');
    if (number) {
      this.select(this._found[(at + (backwards ? -1 : 1) + number) % number]);
    }
  }

  private _hover(target: EventTarget | null): void {
    const on = target instanceof Element ? target : null;
    const edge = on?.closest<SVGGElement>('.nbdag-edge');
    const number = edge ? Number(edge.dataset.edge) : null;
    const id = idOf(target);
    const near = [
      ...(number === null ? [] : [number]),
      ...(id === null ? [] : [...(this._links.into.get(id) ?? []), ...(this._links.from.get(id) ?? [])])
    ];
    this._near.forEach(each => this._edges[each]?.classList.remove('nbdag-mod-near'));
    near.forEach(each => this._edges[each]?.classList.add('nbdag-mod-near'));
    this._near = near;
    this._told = number;
    if (edge && number !== null) {
      this._tell(edge, number);
    } else {
      this._tip.hide();
    }
  }

  private _tell(beside: Element, number: number): void {
    const edge = this._graph.edges[number];
    this._tip.show(beside, edge);
    void this._options.what?.(edge).then(what => {
      if (this._told === number && what.size) {
        this._tip.show(beside, edge, what);
      }
    });
  }

  private _title(id: string): string {
    return this._graph.nodes[this._places.get(id) ?? -1]?.title ?? id;
  }

  private _looks = (): Iterable<INodeState> =>
    this._graph.nodes.map(node => this._states.get(node.id) ?? PENDING);

  private _options: IDagViewOptions;
  private _svg: SVGSVGElement;
  private _tip: Tip;
  private _viewport: Viewport;
  private _minimap: Minimap;
  private _search: Search;
  private _resized: ResizeObserver;
  private _graph: IGraph = { nodes: [], edges: [] };
  private _layout: ILayout = layout(this._graph);
  private _links: ILinks = linksOf(this._graph);
  private _layers = {
    edges: element('g'),
    nodes: element('g'),
    tests: element('g')
  };
  private _nodesSeen = new Culling(number => this._card(number));
  private _edgesSeen = new Culling(number => this._line(number));
  private _places = new Map<string, number>();
  private _nodes = new Map<string, IDrawnNode>();
  private _acts = new Map<string, SVGGElement>();
  private _edges: SVGGElement[] = [];
  private _near: number[] = [];
  private _told: number | null = null;
  private _states = new Map<string, INodeState>();
  private _open = new Set<string>();
  private _found: string[] = [];
  private _selected: string | null = null;
  private _tabbed: string | null = null;
}

function isSame(a: INodeState, b: INodeState): boolean {
  return (
    a === b ||
    (a.look === b.look &&
      a.label === b.label &&
      a.queued === b.queued &&
      a.done === b.done &&
      a.total === b.total &&
      a.parts === b.parts)
  );
}

/** Where something is that goes through these points, with the cards around them. */
function boundsOf(points: readonly IPoint[]): IBounds {
  const x = points.map(point => point.x);
  const y = points.map(point => point.y);
  return {
    left: Math.min(...x) - NODE_WIDTH,
    right: Math.max(...x) + NODE_WIDTH,
    top: Math.min(...y) - 2 * NODE_HEIGHT,
    bottom: Math.max(...y) + 2 * NODE_HEIGHT
  };
}

function idOf(target: EventTarget | null): string | null {
  const node = target instanceof Element ? target.closest<SVGGElement>('.nbdag-node') : null;
  return node?.dataset.id ?? null;
}

function buttonOf(target: EventTarget | null): SVGElement | null {
  return target instanceof Element ? target.closest<SVGGElement>('.nbdag-act') : null;
}
