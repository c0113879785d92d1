/** Walk: where the arrow keys lead from a node. Pure. */

import type { IGraph } from './graph';
import type { ILayout } from './layout';

/** For each node the numbers of the edges that lead to it, and that come from it. */
export interface ILinks {
  readonly into: ReadonlyMap<string, readonly number[]>;
  readonly from: ReadonlyMap<string, readonly number[]>;
}

export function linksOf(graph: IGraph): ILinks {
  const into = new Map<string, number[]>(graph.nodes.map(node => [node.id, []]));
  const from = new Map<string, number[]>(graph.nodes.map(node => [node.id, []]));
  graph.edges.forEach((edge, i) => {
    into.get(edge.target)!.push(i);
    from.get(edge.source)!.push(i);
  });
  return { into, from };
}

/** A node, by its number, and the edge that leads there, if it is one. */
export interface IStride {
  readonly node: number;
  readonly edge: number | null;
}

/** The nearest node in the direction of an arrow key: along an edge, or beside it in its row. */
export function neighbour(
  graph: IGraph,
  layout: ILayout,
  links: ILinks,
  start: number,
  key: string
): IStride | null {
  const here = layout.nodes[start];
  const places = new Map(graph.nodes.map((node, i) => [node.id, i]));
  const id = graph.nodes[start].id;
  const along = (edges: readonly number[], end: 'source' | 'target') =>
    edges.map(edge => ({ node: places.get(graph.edges[edge][end])!, edge }));
  const beside = (side: number) =>
    layout.nodes.flatMap(({ x, y }, node) =>
      y === here.y && (x - here.x) * side > 0 ? [{ node, edge: null }] : []
    );
  const candidates: Record<string, () => IStride[]> = {
    ArrowDown: () => along(links.from.get(id)!, 'target'),
    ArrowUp: () => along(links.into.get(id)!, 'source'),
    ArrowLeft: () => beside(-1),
    ArrowRight: () => beside(1)
  };
  const far = ({ node }: IStride) =>
    Math.hypot(layout.nodes[node].x - here.x, layout.nodes[node].y - here.y);
  return candidates[key]?.().sort((a, b) => far(a) - far(b))[0] ?? null;
}
