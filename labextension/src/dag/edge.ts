/** Edges: calm curves from card to card, and the test that decides at the end of one. */

import type { IGraphEdge } from './graph';
import { NODE_HEIGHT, type IBend } from './layout';
import { shortened } from './node';
import { element, text } from './svg';

let template: SVGGElement | null = null;

export function drawnEdge(number: number, through: readonly IBend[]): SVGGElement {
  template ??= element(
    'g',
    { class: 'nbdag-edge' },
    element('path', { class: 'nbdag-reach' }),
    element('path', { class: 'nbdag-line' })
  );
  const group = template.cloneNode(true) as SVGGElement;
  group.dataset.edge = String(number);
  const d = curve(through);
  const end = through[through.length - 1];
  const tip = `M${end.x - 3.5} ${end.y - NODE_HEIGHT / 2 - 5}l3.5 4 3.5 -4`;
  group.children[0].setAttribute('d', d);
  group.children[1].setAttribute('d', d + tip);
  return group;
}

/** The test of an edge, above its target; over all cards, so that none hides it. */
export function drawnCondition(edge: IGraphEdge, through: readonly IBend[]): SVGGElement {
  const end = through[through.length - 1];
  const short = shortened(edge.condition);
  const full = element('title');
  full.textContent = edge.condition;
  const width = short.length * 6.1 + 10;
  const y = end.y - NODE_HEIGHT / 2 - 22;
  return element(
    'g',
    { class: 'nbdag-condition' },
    full,
    element('rect', { x: end.x - width / 2, y, width, height: 15, rx: 7.5 }),
    text(short, { x: end.x, y: y + 11, 'text-anchor': 'middle' })
  );
}

/** A line through the points that leaves and arrives upright. */
function curve(points: readonly IBend[]): string {
  const half = NODE_HEIGHT / 2;
  const last = points.length - 1;
  let [x, y] = [points[0].x, points[0].y + half + points[0].below];
  let path = `M${x} ${y}`;
  for (let i = 1; i <= last; i++) {
    const point = points[i];
    const top = point.y - half;
    const middle = (y + top) / 2;
    path += `C${x} ${middle} ${point.x} ${middle} ${point.x} ${top}`;
    [x, y] = [point.x, point.y + half + point.below];
    if (i < last) {
      path += `V${y}`;
    }
  }
  return path;
}
