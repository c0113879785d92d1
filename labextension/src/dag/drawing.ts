/**
 * Drawing: the cards of the steps and the edges between them, as one SVG.
 *
 *     setGraph ─► layout ─► edges, cards, tests, each made when it comes into view
 *     setStates ─► the cards that changed
 */

import { Culling, type IBounds } from './culling';
import { drawnCondition, drawnEdge } from './edge';
import type { IGraph, IGraphNode, INodeState, IPoint } from './graph';
import { layout, NODE_HEIGHT, NODE_WIDTH, type ILayout } from './layout';
import { cardButton, drawnNode, drawnParts, paint, partsHeight, type IDrawnNode } from './node';
import { element } from './svg';
import type { IRect } from './viewport';
import { linksOf, type ILinks } from './walk';
import type { IDagWords } from './words';

/** Where more steps run at once, none of them moves: each costs the page some time in each frame. */
const LIVELY = 24;
const PENDING: INodeState = { look: 'pending', label: '' };

/** What other states have changed. */
export interface IChange {
  /** Some step looks otherwise. */
  readonly looks: boolean;
  /** An opened step needs another room: all has to be drawn anew. */
  readonly room: boolean;
}

export class Drawing {
  /** Where there are no `gates`, a step that waits has no button. */
  constructor(
    private _words: IDagWords,
    private _gates: boolean
  ) {
    this.node.setAttribute('aria-label', _words.label);
    this.node.append(this._layers.edges, this._layers.nodes, this._layers.tests);
  }

  readonly node = element('svg', { class: 'nbdag-drawing', role: 'group' });

  get graph(): IGraph {
    return this._graph;
  }

  get layout(): ILayout {
    return this._layout;
  }

  /** The edges to and from each step. */
  get links(): ILinks {
    return this._links;
  }

  /** Take another graph; `draw` draws it. */
  setGraph(graph: IGraph): void {
    this._graph = graph;
    this._links = linksOf(graph);
    this._places = new Map(graph.nodes.map((node, i) => [node.id, i]));
  }

  /** Lay the graph out and draw it anew. */
  draw(): void {
    const below = [...this._open].map(id => [id, partsHeight(this._states.get(id))] as const);
    this._layout = layout(this._graph, new Map(below));
    const { width, height, nodes, edges } = this._layout;
    this.node.setAttribute('width', String(width));
    this.node.setAttribute('height', String(height));
    Object.values(this._layers).forEach(layer => layer.replaceChildren());
    this._lines = [];
    this._cards = new Map();
    this._near = [];
    this._buttons = new Map();
    this._edgesSeen.reset(edges.map(boundsOf));
    this._nodesSeen.reset(nodes.map(node => boundsOf([node])));
  }

  /** Say which part of it is seen. */
  show(seen: IRect): void {
    this._edgesSeen.show(seen);
    this._nodesSeen.show(seen);
  }

  dispose(): void {
    this._nodesSeen.dispose();
    this._edgesSeen.dispose();
    this.node.remove();
  }

  /** Show how far the steps are; those that look the same are not touched. */
  setStates(states: ReadonlyMap<string, INodeState>): IChange {
    let looks = false;
    let room = false;
    let running = 0;
    for (const [id, number] of this._places) {
      const state = states.get(id) ?? PENDING;
      const before = this._states.get(id);
      running += state.look === 'running' ? 1 : 0;
      if (!before || !isSame(before, state)) {
        this._states.set(id, state);
        looks ||= before?.look !== state.look;
        room ||= this._open.has(id) && partsHeight(before) !== partsHeight(state);
        this._nodesSeen.touch(number);
      }
    }
    this.node.classList.toggle('nbdag-mod-calm', running > LIVELY);
    this._nodesSeen.flush();
    return { looks, room };
  }

  /** The state of each step, in the graph's order. */
  states(): INodeState[] {
    return this._graph.nodes.map(node => this._states.get(node.id) ?? PENDING);
  }

  /** The number of a step in the graph. */
  place(id: string | null): number | undefined {
    return this._places.get(id ?? '');
  }

  title(id: string): string {
    return this._graph.nodes[this._places.get(id) ?? -1]?.title ?? id;
  }

  /** The card of a step, wherever it is; `null` where there is no such step. */
  card(id: string | null): SVGGElement | null {
    const number = this.place(id);
    if (number === undefined) {
      return null;
    }
    this._nodesSeen.need(number);
    return this._cards.get(id!)!.group;
  }

  /** The line of an edge, wherever it is. */
  line(number: number): SVGGElement {
    this._edgesSeen.need(number);
    return this._lines[number];
  }

  /** Mark one step, or none. */
  select(id: string | null): void {
    this._cards.get(this._selected ?? '')?.group.classList.remove('nbdag-mod-selected');
    this._selected = id;
    this.card(id)?.classList.add('nbdag-mod-selected');
  }

  /** Mark the steps that were looked for. */
  find(found: ReadonlySet<string>): void {
    this._found = found;
    this._cards.forEach(({ group }, id) => group.classList.toggle('nbdag-mod-found', found.has(id)));
  }

  /** Mark these edges and no others. */
  mark(edges: readonly number[]): void {
    this._near.forEach(each => this._lines[each]?.classList.remove('nbdag-mod-near'));
    edges.forEach(each => this._lines[each]?.classList.add('nbdag-mod-near'));
    this._near = edges;
  }

  /** Open a step that fans out, or close it; `draw` draws it so. */
  toggle(id: string): void {
    if (!this._open.delete(id)) {
      this._open.add(id);
    }
  }

  /** The button with which a step that fans out is opened and closed. */
  opener(id: string): SVGGElement | null {
    return this._buttons.get(`open ${id}`) ?? null;
  }

  /** Make the card of a step, or bring it up to date. */
  private _card(number: number): void {
    const node = this._graph.nodes[number];
    const drawn = this._cards.get(node.id) ?? this._newCard(node, this._layout.nodes[number]);
    this._paint(node.id, drawn, this._states.get(node.id) ?? PENDING);
  }

  private _newCard(node: IGraphNode, at: IPoint): IDrawnNode {
    const drawn = drawnNode(node, at);
    this._cards.set(node.id, drawn);
    drawn.group.classList.toggle('nbdag-mod-selected', node.id === this._selected);
    drawn.group.classList.toggle('nbdag-mod-found', this._found.has(node.id));
    this._layers.nodes.append(drawn.group);
    if (node.loop) {
      this._addButton(node.id, 'open');
    }
    return drawn;
  }

  private _line(number: number): void {
    const edge = this._graph.edges[number];
    const drawn = drawnEdge(number, this._layout.edges[number]);
    const running = this._states.get(edge.target)?.look === 'running';
    drawn.classList.toggle('nbdag-mod-live', running);
    this._lines[number] = drawn;
    this._layers.edges.append(drawn);
    if (edge.condition) {
      this._layers.tests.append(drawnCondition(edge, this._layout.edges[number]));
    }
  }

  private _paint(id: string, drawn: IDrawnNode, state: INodeState): void {
    const before = drawn.state;
    const asks = state.look === 'waiting' && this._gates;
    const word = this._words.state(state);
    paint(drawn, this.title(id), state, word, asks ? this._words.waits : word);
    if (before?.look !== state.look) {
      for (const edge of this._links.into.get(id) ?? []) {
        this._lines[edge]?.classList.toggle('nbdag-mod-live', state.look === 'running');
      }
      this._buttons.get(`approve ${id}`)?.remove();
      this._buttons.delete(`approve ${id}`);
      if (asks) {
        this._addButton(id, 'approve');
      }
    }
    if (this._open.has(id) && (!drawn.parts || before?.parts !== state.parts)) {
      drawn.parts?.remove();
      drawn.parts = drawnParts(state.parts ?? '', this._words.noIterations);
      drawn.group.prepend(drawn.parts);
    }
  }

  /** A button of a step, after it in the order of the keys. */
  private _addButton(id: string, name: 'open' | 'approve'): void {
    const title = this.title(id);
    const { approve, approveStep, iterationsOf } = this._words;
    const made =
      name === 'approve'
        ? cardButton(name, approveStep(title), approve, NODE_WIDTH - 70, 22, 62)
        : cardButton(name, iterationsOf(title), '', NODE_WIDTH - 24, 4, 18);
    made.dataset.id = id;
    if (name === 'open') {
      made.setAttribute('aria-expanded', String(this._open.has(id)));
    }
    const { group } = this._cards.get(id)!;
    made.setAttribute('transform', group.getAttribute('transform')!);
    group.after(made);
    this._buttons.set(`${name} ${id}`, made);
  }

  private _graph: IGraph = { nodes: [], edges: [] };
  private _layout: ILayout = layout(this._graph);
  private _links: ILinks = linksOf(this._graph);
  private _layers = { edges: element('g'), nodes: element('g'), tests: element('g') };
  private _nodesSeen = new Culling(number => this._card(number));
  private _edgesSeen = new Culling(number => this._line(number));
  private _places = new Map<string, number>();
  private _cards = new Map<string, IDrawnNode>();
  private _buttons = new Map<string, SVGGElement>();
  private _lines: SVGGElement[] = [];
  private _states = new Map<string, INodeState>();
  private _open = new Set<string>();
  private _near: readonly number[] = [];
  private _found: ReadonlySet<string> = new Set();
  private _selected: string | null = null;
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
