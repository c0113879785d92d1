/** Nodes: a step as a card with its title, its state, and what can be done with it. */

import type { IGraphNode, INodeState, IPoint, Look } from './graph';
import { NODE_HEIGHT, NODE_WIDTH } from './layout';
import { ICONS } from './states';
import { element, text } from './svg';

const TITLE_LENGTH = 24;
const LOOP_TITLE_LENGTH = 21;
const BAR = 'M6 0H4V44H6A6 6 0 0 1 0 38V6A6 6 0 0 1 6 0Z';
const BOX = { width: NODE_WIDTH, height: NODE_HEIGHT, rx: 6 };

/** The iterations of an opened loop: a grid below the card. */
const COLUMNS = 10;
const ROWS = 5;
const CELL = 16;
const ROOM = 8;

const LETTERS: Record<string, Look> = {
  r: 'running',
  s: 'succeeded',
  f: 'failed',
  k: 'skipped'
};

/** A drawn node, and the parts of it that change. */
export interface IDrawnNode {
  readonly group: SVGGElement;
  readonly icon: SVGElement;
  readonly label: Text;
  readonly count: Text | null;
  state: INodeState | null;
  /** The iterations, where they are shown. */
  parts: SVGGElement | null;
}

let template: SVGGElement | null = null;

/** Copying is much quicker than making, of which a thousand nodes make a second. */
function copied(): SVGGElement {
  template ??= element(
    'g',
    { class: 'nbdag-node', tabindex: -1, role: 'button' },
    element('rect', { class: 'nbdag-box', ...BOX }),
    element('path', { class: 'nbdag-bar', d: BAR }),
    element('rect', { class: 'nbdag-rim', ...BOX }),
    text(' ', { class: 'nbdag-title', x: 14, y: 18 }),
    element('path', { class: 'nbdag-icon', transform: 'translate(20 31)' }),
    text(' ', { class: 'nbdag-label', x: 30, y: 35 })
  );
  return template.cloneNode(true) as SVGGElement;
}

export function drawnNode(node: IGraphNode, at: IPoint): IDrawnNode {
  const group = copied();
  group.setAttribute('transform', `translate(${at.x - NODE_WIDTH / 2} ${at.y - NODE_HEIGHT / 2})`);
  group.dataset.id = node.id;
  const [box, bar, , title, icon, label] = group.children;
  const short = shortened(node.title, node.loop ? LOOP_TITLE_LENGTH : TITLE_LENGTH);
  title.firstChild!.nodeValue = short;
  if (short !== node.title) {
    const full = element('title');
    full.textContent = node.title;
    group.prepend(full);
  }
  if (node.setup) {
    group.classList.add('nbdag-mod-setup');
    icon.remove();
    label.remove();
    title.setAttribute('y', '27');
  } else {
    bar.setAttribute('fill', node.colour);
  }
  let count: SVGTextElement | null = null;
  if (node.loop) {
    box.before(
      element('rect', { class: 'nbdag-card', ...BOX, x: 6, y: 6 }),
      element('rect', { class: 'nbdag-card', ...BOX, x: 3, y: 3 })
    );
    count = text(' ', { class: 'nbdag-count', x: NODE_WIDTH - 10, y: 35 });
    group.append(count);
  }
  return {
    group,
    icon: icon as SVGElement,
    label: label.firstChild as Text,
    count: (count?.firstChild as Text) ?? null,
    state: null,
    parts: null
  };
}

/** Show a state in a node; `word` is the state in the user's language, `short` what there is room for. */
export function paint(
  node: IDrawnNode,
  title: string,
  state: INodeState,
  word: string,
  short = word
): void {
  const { group, icon, label, count } = node;
  if (node.state?.look !== state.look) {
    group.dataset.look = state.look;
    icon.setAttribute('d', ICONS[state.look]);
  }
  const counted = state.total === undefined ? '' : `${state.done ?? 0}/${state.total}`;
  group.setAttribute('aria-label', `${title}, ${word}${counted && `, ${counted}`}`);
  label.nodeValue = short;
  if (count) {
    count.nodeValue = counted;
  }
  node.state = state;
}

/** How much room the iterations of an opened loop need below its card. */
export function partsHeight(state: INodeState | undefined): number {
  const number = state?.parts?.length ?? 0;
  return 2 * ROOM + CELL * Math.min(ROWS, Math.max(1, Math.ceil(number / COLUMNS)));
}

/** The iterations of an opened loop; `none` is said where there are none (yet). */
export function drawnParts(parts: string, none: string): SVGGElement {
  const height = partsHeight({ look: 'pending', label: '', parts });
  const group = element(
    'g',
    { class: 'nbdag-parts' },
    element('rect', { class: 'nbdag-drop', y: 8, width: NODE_WIDTH, height: height + NODE_HEIGHT - 8, rx: 6 })
  );
  const most = COLUMNS * ROWS;
  const shown = parts.length > most ? parts.slice(0, most - 2) : parts;
  [...shown].forEach((letter, i) => {
    const look = LETTERS[letter] ?? 'pending';
    const x = ROOM + CELL * (i % COLUMNS) + CELL / 2 + 2;
    const y = NODE_HEIGHT + ROOM + CELL * Math.floor(i / COLUMNS) + CELL / 2;
    const title = element('title');
    title.textContent = `${i + 1}: ${look}`;
    const place = { transform: `translate(${x} ${y})`, d: ICONS[look] };
    group.append(element('path', { class: 'nbdag-icon', 'data-look': look, ...place }, title));
  });
  const rest = parts.length - shown.length;
  if (rest || !parts) {
    const y = NODE_HEIGHT + height - ROOM - 4;
    const anchor = rest ? 'end' : 'start';
    const x = rest ? NODE_WIDTH - 8 : 14;
    group.append(text(rest ? `+${rest}` : none, { class: 'nbdag-label', x, y, 'text-anchor': anchor }));
  }
  return group;
}

/** A button in a card, beside its node: one can't hold the other. */
export function cardButton(name: string, label: string, caption: string, x: number, y: number, width: number): SVGGElement {
  const made = element(
    'g',
    { class: `nbdag-act nbdag-mod-${name}`, role: 'button', tabindex: 0, 'aria-label': label },
    element('rect', { x, y, width, height: 18, rx: 3 })
  );
  if (name === 'approve') {
    made.append(text(caption, { x: x + width / 2, y: y + 13, 'text-anchor': 'middle' }));
  } else {
    made.append(element('path', { d: `M${x + 5} ${y + 7}l4 4 4 -4` }));
  }
  made.dataset.act = name;
  return made;
}

export function shortened(title: string, most = TITLE_LENGTH): string {
  return title.length > most ? title.slice(0, most - 1).trimEnd() + '…' : title;
}
