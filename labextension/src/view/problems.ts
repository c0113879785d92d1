/** The list of what a check has found; a click leads to the line. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IDiagnostic } from '../model/pipeline';
import { h } from './dom';

const SIGNS = { error: '✕', warning: '▲', info: 'ℹ' };

/** Return the list as an element. */
export function problemList(
  found: readonly IDiagnostic[],
  trans: TranslationBundle,
  onOpen: (one: IDiagnostic) => void
): HTMLElement {
  if (!found.length) {
    return h('div', { class: 'nbdag-quiet' }, trans.__('No problems.'));
  }
  return h('ul', { class: 'nbdag-problems' }, ...found.map(one => row(one, trans, onOpen)));
}

function row(
  one: IDiagnostic,
  trans: TranslationBundle,
  onOpen: (one: IDiagnostic) => void
): HTMLElement {
  const place = [
    one.cell === null ? '' : trans.__('cell %1', one.cell),
    one.line === null ? '' : trans.__('line %1', one.line)
  ];
  const head = [one.code, ...place].filter(Boolean).join(' · ');
  const button = h(
    'button',
    { type: 'button', class: 'nbdag-problem', onclick: () => onOpen(one) },
    h('span', { class: 'nbdag-sign', role: 'img', 'aria-label': one.severity }, SIGNS[one.severity]),
    h(
      'span',
      {},
      h('span', { class: 'nbdag-problem-text' }, one.message),
      h('span', { class: 'nbdag-problem-fix' }, one.fix),
      h('span', { class: 'nbdag-problem-place' }, head)
    )
  );
  button.dataset.severity = one.severity;
  return h('li', {}, button);
}
