import { describe, expect, it } from 'vitest';

import type { IGraph } from './graph';
import { layered } from './layers';
import { layout, NODE_HEIGHT, NODE_WIDTH } from './layout';
import { crossings, ordered } from './ordering';

function graph(nodes: number, edges: [number, number][]): IGraph {
  return {
    nodes: Array.from({ length: nodes }, (_, i) => ({ id: `s${i}`, title: `s${i}`, colour: '' })),
    edges: edges.map(([a, b]) => ({ source: `s${a}`, target: `s${b}`, rows: [], condition: '' }))
  };
}

/** A pipeline like those of notebooks: each step takes from one to three of those shortly before. */
function pipeline(nodes: number): [number, number][] {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  const edges: [number, number][] = [];
  for (let target = 1; target < nodes; target++) {
    const sources = new Set(
      Array.from({ length: 1 + random(3) }, () => Math.max(0, target - 1 - random(20)))
    );
    sources.forEach(source => edges.push([source, target]));
  }
  return edges;
}

describe('a layout', () => {
  it('of nothing is empty', () => {
    expect(layout(graph(0, []))).toMatchObject({ width: 0, nodes: [], edges: [] });
  });

  it('puts each step below those that it takes from', () => {
    const edges = pipeline(120);
    const { nodes } = layout(graph(120, edges));
    for (const [source, target] of edges) {
      expect(nodes[target].y - nodes[source].y).toBeGreaterThanOrEqual(NODE_HEIGHT);
    }
  });

  it('keeps steps apart and inside its size', () => {
    const { nodes, width, height } = layout(graph(120, pipeline(120)));
    for (const y of new Set(nodes.map(node => node.y))) {
      const row = nodes.filter(node => node.y === y);
      const x = row.map(node => node.x).sort((a, b) => a - b);
      x.slice(1).forEach((at, i) => expect(at - x[i]).toBeGreaterThan(NODE_WIDTH));
    }
    for (const { x, y } of nodes) {
      expect(x).toBeGreaterThanOrEqual(NODE_WIDTH / 2);
      expect(x).toBeLessThanOrEqual(width - NODE_WIDTH / 2);
      expect(y).toBeLessThanOrEqual(height - NODE_HEIGHT / 2);
    }
  });

  it('leads edges from their source to their target', () => {
    const edges = pipeline(40);
    const found = layout(graph(40, edges));
    edges.forEach(([source, target], i) => {
      expect(found.edges[i][0]).toMatchObject(found.nodes[source]);
      expect(found.edges[i].at(-1)).toMatchObject(found.nodes[target]);
    });
  });

  it('is straight for a chain and even for a fork', () => {
    const chain = layout(graph(3, [[0, 1], [1, 2]]));
    expect(new Set(chain.nodes.map(node => Math.round(node.x))).size).toBe(1);
    const fork = layout(graph(3, [[0, 1], [0, 2]]));
    expect(fork.nodes[0].x).toBeCloseTo((fork.nodes[1].x + fork.nodes[2].x) / 2);
  });

  it('puts side by side what nothing connects', () => {
    const found = layout(graph(4, [[0, 1], [2, 3]]));
    expect(found.nodes[2]).toEqual({ x: found.nodes[0].x + NODE_WIDTH + 24, y: found.nodes[0].y });
    expect(found.width).toBe(2 * NODE_WIDTH + 24 + 2 * 12);
  });

  it('makes room below a node that is opened, and only there', () => {
    const shut = layout(graph(4, [[0, 1], [1, 2], [0, 3]]));
    const open = layout(graph(4, [[0, 1], [1, 2], [0, 3]]), new Map([['s1', 50]]));
    expect(open.nodes.map((node, i) => node.y - shut.nodes[i].y)).toEqual([0, 0, 50, 0]);
    expect(open.height - shut.height).toBe(50);
    expect(open.edges[1][0].below).toBe(50);
  });

  it('crosses no edges where it need not', () => {
    const all = layered(6, [[0, 3], [1, 2], [0, 5], [1, 4]]);
    const rows = ordered(all);
    const place: number[] = [];
    rows.forEach(row => row.forEach((node, i) => (place[node] = i)));
    expect(crossings(rows, all.below, place)).toBe(0);
    expect(crossings([[0, 1], [2, 3]], [[3], [2], [], []], [0, 1, 0, 1])).toBe(1);
  });

  it('of 1,000 steps takes well under a second of the processor', () => {
    const big = graph(1000, pipeline(1000));
    const times = [1, 2, 3].map(() => {
      const before = process.cpuUsage();
      layout(big);
      return process.cpuUsage(before).user / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(500);
  }, 60_000); // the processor's time counts, not that of the wall
});
