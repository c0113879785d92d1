/**
 * DagView: a graph in a plain element, its states live, by mouse and by keyboard.
 *
 *     Drawing (cards, edges) in a Viewport (pan, zoom), with a Minimap, a Search, a Tip
 *
 * Knows neither JupyterLab nor ipywidgets: whoever has an element can show one.
 */

import { Drawing } from './drawing';
import type { IGraph, IGraphEdge, INodeState } from './graph';
import { NODE_HEIGHT, NODE_WIDTH } from './layout';
import { Minimap } from './minimap';
import { Search } from './search';
import { Tip } from './tip';
import { READABLE, Viewport } from './viewport';
import { neighbour } from './walk';
import type { IDagWords } from './words';

/** From so many nodes on there is a minimap, and where not all of the width can be seen. */
const MANY = 41;

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
  constructor(
    host: HTMLElement,
    private _options: IDagViewOptions
  ) {
    const { words, onApprove } = _options;
    this.node.className = 'nbdag-dag';
    this._drawing = new Drawing(words, onApprove !== undefined);
    this.node.append(this._drawing.node);
    this._tip = new Tip(this.node);
    host.append(this.node);
    this._viewport = new Viewport(this.node, this._drawing.node, seen => {
      this._minimap.show(seen);
      this._drawing.show(seen);
    });
    this._minimap = new Minimap(this.node, this._viewport);
    this._search = new Search(this.node, {
      label: words.search,
      onText: query => this._find(query),
      onNext: backwards => this._next(backwards),
      onClose: () => this._focus(this._selected ?? this._drawing.graph.nodes[0]?.id ?? null)
    });
    this._resized = new ResizeObserver(() => {
      this._viewport.measure();
      this._map();
      if (this._viewport.moved) {
        this._viewport.zoom(1); // stays as it is, but another part is seen
      } else {
        this.fit();
      }
    });
    this._resized.observe(this.node);
    const drawing = this._drawing.node;
    drawing.addEventListener('click', event => this._click(event));
    drawing.addEventListener('focusin', event => this._rove(idOf(event.target)));
    drawing.addEventListener('pointerover', event => this._hover(event.target));
    drawing.addEventListener('pointerleave', () => this._hover(null));
    this.node.addEventListener('keydown', event => this._onKey(event));
  }

  readonly node = document.createElement('div');

  dispose(): void {
    this._resized.disconnect();
    this._viewport.dispose();
    this._minimap.dispose();
    this._drawing.dispose();
    this.node.remove();
  }

  /** Show another graph; where the steps are the same ones, the view stays where it is. */
  setGraph(graph: IGraph): void {
    const { nodes } = this._drawing.graph;
    const same =
      graph.nodes.length === nodes.length && graph.nodes.every((node, i) => node.id === nodes[i].id);
    this._drawing.setGraph(graph);
    this._viewport.measure();
    this._draw();
    if (!same) {
      this.fit();
    }
  }

  /** Show how far the steps are. */
  setStates(states: ReadonlyMap<string, INodeState>): void {
    const { looks, room } = this._drawing.setStates(states);
    if (room) {
      this._draw();
    } else if (looks) {
      this._minimap.draw(() => this._drawing.states());
    }
  }

  /** Mark one node, or none; it comes into view. */
  select(id: string | null): void {
    this._selected = id;
    this._drawing.select(id);
    const at = this._drawing.place(id);
    if (at !== undefined) {
      this._viewport.reveal(this._drawing.layout.nodes[at], NODE_WIDTH, NODE_HEIGHT);
    }
  }

  /** Show the drawing from its top, in a size that can be read; or all of it. */
  fit(all = false): void {
    const { width, height, nodes } = this._drawing.layout;
    const fair = this._options.whole && height * READABLE <= this._viewport.measure().height;
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
    return this._drawing.layout;
  }

  private _draw(): void {
    const focused = idOf(this.node.ownerDocument.activeElement);
    this._drawing.draw();
    this._map();
    this._rove(focused ?? this._selected ?? this._drawing.graph.nodes[0]?.id ?? null);
    if (focused) {
      this._focus(focused);
    }
  }

  private _map(): void {
    const { layout, graph } = this._drawing;
    this._minimap.setLayout(layout, graph.nodes.length >= MANY || this._viewport.isTooWide(layout.width));
    this._minimap.draw(() => this._drawing.states());
  }

  private _press(button: SVGElement): void {
    const id = button.dataset.id!;
    if (button.dataset.act === 'approve') {
      button.setAttribute('aria-disabled', 'true');
      this._options.onApprove?.(id);
      this._focus(id);
      return;
    }
    this._drawing.toggle(id);
    this._draw();
    this._drawing.opener(id)?.focus();
  }

  private _click(event: Event): void {
    const button = buttonOf(event.target);
    const id = idOf(event.target);
    if (button) {
      this._press(button);
    } else if (id !== null) {
      this._options.onOpen(id);
    }
  }

  private _onKey(event: KeyboardEvent): void {
    const pressed = event.key === 'Enter' || event.key === ' ';
    const button = buttonOf(event.target);
    const id = idOf(event.target);
    if (event.key === '/' || (event.key === 'f' && (event.ctrlKey || event.metaKey))) {
      this.search();
    } else if (pressed && button) {
      this._press(button);
    } else if (pressed && id !== null) {
      this._options.onOpen(id);
    } else if (id === null || !this._walk(id, event.key)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Go from a node where an arrow key leads; along an edge, that edge is shown. */
  private _walk(id: string, key: string): boolean {
    const { graph, layout, links } = this._drawing;
    const found = neighbour(graph, layout, links, this._drawing.place(id)!, key);
    if (!found) {
      return false;
    }
    const next = graph.nodes[found.node].id;
    this.select(next);
    this._focus(next);
    this._hover(found.edge === null ? null : this._drawing.line(found.edge));
    return true;
  }

  private _focus(id: string | null): void {
    this._drawing.card(id)?.focus({ preventScroll: true });
  }

  /** One node is reached with the tab key, from there the arrows lead on. */
  private _rove(id: string | null): void {
    if (id === null) {
      return;
    }
    this._drawing.card(this._tabbed)?.setAttribute('tabindex', '-1');
    this._drawing.card(id)?.setAttribute('tabindex', '0');
    this._tabbed = id;
  }

  private _find(query: string): number {
    const wanted = query.toLowerCase();
    const has = (text: string) => text.toLowerCase().includes(wanted);
    const all = wanted ? this._drawing.graph.nodes : [];
    this._found = all.filter(({ id, title }) => has(id) || has(title)).map(node => node.id);
    this.node.classList.toggle('nbdag-mod-searched', Boolean(wanted));
    this._drawing.find(new Set(this._found));
    if (this._found.length && !this._found.includes(this._selected ?? '')) {
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
    const id = idOf(target);
    const { into, from } = this._drawing.links;
    this._told = edge ? Number(edge.dataset.edge) : null;
    this._drawing.mark([
      ...(this._told === null ? [] : [this._told]),
      ...(id === null ? [] : [...(into.get(id) ?? []), ...(from.get(id) ?? [])])
    ]);
    if (edge && this._told !== null) {
      this._tell(edge, this._told);
    } else {
      this._tip.hide();
    }
  }

  private _tell(beside: Element, number: number): void {
    const edge = this._drawing.graph.edges[number];
    this._tip.show(beside, edge);
    void this._options.what?.(edge).then(what => {
      if (this._told === number && what.size) {
        this._tip.show(beside, edge, what);
      }
    });
  }

  private _drawing: Drawing;
  private _tip: Tip;
  private _viewport: Viewport;
  private _minimap: Minimap;
  private _search: Search;
  private _resized: ResizeObserver;
  private _told: number | null = null;
  private _found: string[] = [];
  private _selected: string | null = null;
  private _tabbed: string | null = null;
}

function idOf(target: EventTarget | null): string | null {
  const node = target instanceof Element ? target.closest<SVGGElement>('.nbdag-node') : null;
  return node?.dataset.id ?? null;
}

function buttonOf(target: EventTarget | null): SVGElement | null {
  return target instanceof Element ? target.closest<SVGGElement>('.nbdag-act') : null;
}
