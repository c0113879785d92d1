/**
 * Layers: which row each node stands in, and the chains that long edges become.
 *
 *     a          row 0
 *     │╲
 *     b ·        row 1: `·` is a dummy, where the edge a → c passes
 *     │╱
 *     c          row 2
 *
 * Nodes are numbers: first those of the graph, in its order, then the dummies.
 */

export interface ILayered {
  /** How many of the nodes are the graph's own. */
  readonly real: number;
  readonly row: number[];
  /** The neighbours of each node in the row above, and below. */
  readonly above: number[][];
  readonly below: number[][];
  /** For each edge of the graph its nodes, from source to target. */
  readonly chains: number[][];
}

/** Put `count` nodes into rows so that each of `edges` leads down; edges of a cycle are left out. */
export function layered(count: number, edges: readonly (readonly [number, number])[]): ILayered {
  const row = rows(count, edges);
  const above: number[][] = Array.from({ length: count }, () => []);
  const below: number[][] = Array.from({ length: count }, () => []);
  const add = (up: number, down: number) => {
    below[up].push(down);
    above[down].push(up);
  };
  const chains = edges.map(([source, target]) => {
    const chain = [source];
    for (let r = row[source] + 1; r < row[target]; r++) {
      row.push(r);
      above.push([]);
      below.push([]);
      add(chain[chain.length - 1], row.length - 1);
      chain.push(row.length - 1);
    }
    add(chain[chain.length - 1], target);
    return [...chain, target];
  });
  return { real: count, row, above, below, chains };
}

/** The row of each node: below all that it comes from, and as far down as its targets allow. */
function rows(count: number, edges: readonly (readonly [number, number])[]): number[] {
  const targets: number[][] = Array.from({ length: count }, () => []);
  const waits = new Array<number>(count).fill(0);
  for (const [source, target] of edges) {
    targets[source].push(target);
    waits[target]++;
  }
  const sources = waits.map(number => number === 0);
  const row = new Array<number>(count).fill(0);
  const order: number[] = [];
  waits.forEach((number, node) => number || order.push(node));
  for (let at = 0; at < order.length; at++) {
    for (const target of targets[order[at]]) {
      row[target] = Math.max(row[target], row[order[at]] + 1);
      if (--waits[target] === 0) {
        order.push(target);
      }
    }
  }
  for (const node of order.reverse()) {
    if (sources[node] && targets[node].length) {
      row[node] = Math.min(...targets[node].map(target => row[target])) - 1;
    }
  }
  return row;
}
