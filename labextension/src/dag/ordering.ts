/** Ordering: the nodes of each row from left to right, so that few edges cross. */

import type { ILayered } from './layers';

const SWEEPS = 24;
const PATIENCE = 8;
const SWAPS = 12;

/** The rows of a graph, each from left to right. */
export function ordered(graph: ILayered): number[][] {
  const rows = depthFirst(graph);
  const place = new Array<number>(graph.row.length).fill(0);
  const number = () => rows.forEach(row => row.forEach((node, i) => (place[node] = i)));
  number();
  let best = rows.map(row => [...row]);
  let fewest = crossings(rows, graph.below, place);
  for (let sweep = 0, last = 0; sweep < SWEEPS && fewest > 0 && sweep - last < PATIENCE; sweep++) {
    const down = sweep % 2 === 0;
    const middle = sweep % 4 < 2 ? median : mean;
    for (let i = 1; i < rows.length; i++) {
      const row = rows[down ? i : rows.length - 1 - i];
      const neighbours = down ? graph.above : graph.below;
      const key = new Map(row.map(node => [node, middle(neighbours[node], place) ?? place[node]]));
      row.sort((a, b) => key.get(a)! - key.get(b)!);
      row.forEach((node, at) => (place[node] = at));
    }
    const count = crossings(rows, graph.below, place);
    if (count < fewest) {
      fewest = count;
      last = sweep;
      best = rows.map(row => [...row]);
    }
  }
  best.forEach((row, i) => (rows[i] = row));
  number();
  swap(rows, graph, place);
  return rows;
}

/** The rows as a walk from the sources meets their nodes: what belongs together stays together. */
function depthFirst(graph: ILayered): number[][] {
  const rows: number[][] = Array.from({ length: graph.row.reduce((most, row) => Math.max(most, row), -1) + 1 }, () => []);
  const seen = new Set<number>();
  const todo = [...graph.row.keys()].filter(node => !graph.above[node].length).reverse();
  while (todo.length) {
    const node = todo.pop()!;
    if (!seen.has(node)) {
      seen.add(node);
      rows[graph.row[node]].push(node);
      todo.push(...[...graph.below[node]].reverse());
    }
  }
  return rows;
}

function median(nodes: readonly number[], place: readonly number[]): number | undefined {
  const at = nodes.map(node => place[node]).sort((a, b) => a - b);
  const half = at.length >> 1;
  return at.length % 2 ? at[half] : at.length ? (at[half - 1] + at[half]) / 2 : undefined;
}

function mean(nodes: readonly number[], place: readonly number[]): number | undefined {
  return nodes.length ? nodes.reduce((sum, node) => sum + place[node], 0) / nodes.length : undefined;
}

/** How many pairs of edges cross, counted with a Fenwick tree for each two rows. */
export function crossings(
  rows: readonly (readonly number[])[],
  below: readonly (readonly number[])[],
  place: readonly number[]
): number {
  let count = 0;
  for (let r = 1; r < rows.length; r++) {
    const size = rows[r].length;
    const ends = rows[r - 1].flatMap(node => below[node].map(b => place[b]).sort((a, b) => a - b));
    const tree = new Int32Array(size + 1);
    for (let i = ends.length - 1; i >= 0; i--) {
      for (let k = ends[i]; k > 0; k -= k & -k) {
        count += tree[k];
      }
      for (let k = ends[i] + 1; k <= size; k += k & -k) {
        tree[k]++;
      }
    }
  }
  return count;
}

/** Exchange neighbours in a row as long as that takes crossings away. */
function swap(rows: number[][], graph: ILayered, place: number[]): void {
  const between = (left: number, right: number, neighbours: number[][]) => {
    let count = 0;
    for (const a of neighbours[left]) {
      for (const b of neighbours[right]) {
        count += place[a] > place[b] ? 1 : 0;
      }
    }
    return count;
  };
  const both = (left: number, right: number) =>
    between(left, right, graph.above) + between(left, right, graph.below);
  for (let round = 0, changed = true; round < SWAPS && changed; round++) {
    changed = false;
    for (const row of rows) {
      for (let i = 0; i + 1 < row.length; i++) {
        const [left, right] = [row[i], row[i + 1]];
        if (both(right, left) < both(left, right)) {
          [row[i], row[i + 1]] = [right, left];
          [place[right], place[left]] = [i, i + 1];
          changed = true;
        }
      }
    }
  }
}
