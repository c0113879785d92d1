/**
 * Layout: a layered drawing (Sugiyama, Tagawa, Toda 1981) of a graph, top to bottom.
 *
 *     edges ─► layers (rows, dummies) ─► ordering (few crossings) ─► here: x and y
 *
 * A thousand nodes take some tens of milliseconds; tests hold it to that.
 */

import type { IGraph, IPoint } from './graph';
import { layered, type ILayered } from './layers';
import { ordered } from './ordering';

export const NODE_WIDTH = 180;
export const NODE_HEIGHT = 44;
const DUMMY_WIDTH = 8;
const GAP_X = 24;
const GAP_Y = 40;
const ROUNDS = 30;
const MARGIN = 12;

/** A point through which an edge goes; it is free again so far `below` the card that is there. */
export interface IBend extends IPoint {
  readonly below: number;
}

export interface ILayout {
  readonly width: number;
  readonly height: number;
  /** The middle of each node's card, in the graph's order. */
  readonly nodes: readonly IPoint[];
  /** The points through which each edge goes, in the graph's order. */
  readonly edges: readonly (readonly IBend[])[];
}

/**
 * Place the nodes of a graph; edges that lead to nodes that aren't there are not allowed.
 *
 * `below` are the nodes that need room below their cards, and how much.
 */
export function layout(graph: IGraph, below: ReadonlyMap<string, number> = new Map()): ILayout {
  const index = new Map(graph.nodes.map((node, i) => [node.id, i]));
  const pairs = graph.edges.map(e => [index.get(e.source)!, index.get(e.target)!] as const);
  const nodes: IPoint[] = new Array(graph.nodes.length);
  const edges: IBend[][] = new Array(graph.edges.length);
  let right = MARGIN;
  let bottom = 0;
  // What no edge connects stands side by side.
  for (const part of connected(graph.nodes.length, pairs)) {
    const local = new Map(part.nodes.map((node, i) => [node, i]));
    const all = layered(
      part.nodes.length,
      part.edges.map(edge => [local.get(pairs[edge][0])!, local.get(pairs[edge][1])!] as const)
    );
    const rows = ordered(all);
    const x = columns(all, rows);
    const half = (node: number) => width(all, node) / 2;
    const left = x.reduce((least, at, node) => Math.min(least, at - half(node)), Infinity);
    const own = part.nodes.map(node => below.get(graph.nodes[node].id) ?? 0);
    const room = rows.map(row => row.reduce((most, node) => Math.max(most, own[node] ?? 0), 0));
    const tops = [MARGIN];
    room.forEach((more, row) => tops.push(tops[row] + NODE_HEIGHT + more + GAP_Y));
    const point = (node: number): IBend => ({
      x: x[node] - left + right,
      y: tops[all.row[node]] + NODE_HEIGHT / 2,
      below: node < all.real ? own[node] : room[all.row[node]]
    });
    part.nodes.forEach((node, i) => (nodes[node] = { x: point(i).x, y: point(i).y }));
    part.edges.forEach((edge, i) => (edges[edge] = all.chains[i].map(point)));
    right += x.reduce((most, at, node) => Math.max(most, at + half(node)), 0) - left + GAP_X;
    bottom = Math.max(bottom, tops[rows.length] - GAP_Y - MARGIN);
  }
  return {
    width: nodes.length ? right - GAP_X + MARGIN : 0,
    height: bottom + 2 * MARGIN,
    nodes,
    edges
  };
}

interface IPart {
  readonly nodes: number[];
  readonly edges: number[];
}

/** The parts of a graph that no edge connects, in the order of their first nodes. */
function connected(count: number, pairs: readonly (readonly [number, number])[]): IPart[] {
  const parent = Array.from({ length: count }, (_, node) => node);
  const root = (node: number): number => {
    while (parent[node] !== node) {
      parent[node] = parent[parent[node]];
      node = parent[node];
    }
    return node;
  };
  pairs.forEach(([a, b]) => (parent[Math.max(root(a), root(b))] = Math.min(root(a), root(b))));
  const parts = new Map<number, IPart>();
  for (let node = 0; node < count; node++) {
    const at = root(node);
    parts.set(at, parts.get(at) ?? { nodes: [], edges: [] });
    parts.get(at)!.nodes.push(node);
  }
  pairs.forEach(([a], edge) => parts.get(root(a))!.edges.push(edge));
  return [...parts.values()];
}

function width(graph: ILayered, node: number): number {
  return node < graph.real ? NODE_WIDTH : DUMMY_WIDTH;
}

/** The x of each node: near its neighbours, apart from those beside it. */
function columns(graph: ILayered, rows: readonly (readonly number[])[]): number[] {
  const x = new Array<number>(graph.row.length).fill(0);
  const apart = (a: number, b: number) => (width(graph, a) + width(graph, b)) / 2 + GAP_X;
  for (const row of rows) {
    row.forEach((node, i) => (x[node] = i ? x[row[i - 1]] + apart(row[i - 1], node) : 0));
    const middle = row.length ? (x[row[0]] + x[row[row.length - 1]]) / 2 : 0;
    row.forEach(node => (x[node] -= middle));
  }
  for (let round = 0; round < ROUNDS; round++) {
    const down = round % 2 === 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[down ? i : rows.length - 1 - i];
      const wanted = row.map(node => {
        const sided = down ? graph.above[node] : graph.below[node];
        // At last both sides count, so that a node stands between them.
        const near = round < ROUNDS * 0.6 ? sided : [...graph.above[node], ...graph.below[node]];
        return near.length ? near.reduce((sum, other) => sum + x[other], 0) / near.length : x[node];
      });
      spread(row, wanted, apart).forEach((at, k) => (x[row[k]] = at));
    }
  }
  return x;
}

/** The places nearest to the wanted ones that keep their distance: pushed right, and left, halved. */
function spread(
  row: readonly number[],
  wanted: readonly number[],
  apart: (a: number, b: number) => number
): number[] {
  const right = [...wanted];
  for (let i = 1; i < row.length; i++) {
    right[i] = Math.max(wanted[i], right[i - 1] + apart(row[i - 1], row[i]));
  }
  const left = [...wanted];
  for (let i = row.length - 2; i >= 0; i--) {
    left[i] = Math.min(wanted[i], left[i + 1] - apart(row[i], row[i + 1]));
  }
  return right.map((at, i) => (at + left[i]) / 2);
}
