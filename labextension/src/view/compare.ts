/** Two runs side by side. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONValue } from '@lumino/coreutils';

import { duration } from '../dag/states';
import { shown, type IComparison, type IPair } from '../model/history';
import { h } from './dom';

/** Return the comparison as an element, with a way back. */
export function comparison(
  found: IComparison,
  trans: TranslationBundle,
  onBack: () => void
): HTMLElement {
  const back = h(
    'button',
    { type: 'button', class: 'nbdag-link', onclick: onBack },
    `← ${trans.__('All runs')}`
  );
  const changes = (pairs: readonly IPair[]) => pairs.map(pair => row(pair, shown, changed(pair)));
  const steps = found.steps.map(step => {
    const why = [
      ...step.cells.map(cell => trans.__('cell %1', cell)),
      ...step.inputs.map(name => trans.__('input %1', name)),
      ...step.parameters.map(name => trans.__('parameter %1', name))
    ];
    const { before, after } = step.phase;
    const state = before === after ? '' : `${shown(before)} → ${shown(after)}`.toLowerCase();
    const times = { ...step.seconds, name: step.name, same: !step.changed };
    return row(times, time, [state, ...why].filter(Boolean).join(', '));
  });
  return h(
    'div',
    { class: 'nbdag-compare' },
    back,
    ...table(trans.__('Parameters'), changes(found.parameters), trans),
    ...table(trans.__('Metrics'), changes(found.metrics), trans),
    ...table(
      trans.__('Steps'),
      [...steps, row({ ...found.seconds, name: trans.__('whole run'), same: true }, time, '')],
      trans
    )
  );
}

function table(title: string, rows: HTMLElement[], trans: TranslationBundle): HTMLElement[] {
  if (!rows.length) {
    return [];
  }
  const heads = [title, trans.__('before'), trans.__('after'), trans.__('changed')];
  return [
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...heads.map(word => h('th', { scope: 'col' }, word)))),
      h('tbody', {}, ...rows)
    )
  ];
}

function row(pair: IPair, word: (value: JSONValue) => string, note: string): HTMLElement {
  const made = h(
    'tr',
    {},
    h('th', { scope: 'row' }, pair.name),
    h('td', {}, word(pair.before)),
    h('td', {}, word(pair.after)),
    h('td', {}, note)
  );
  made.classList.toggle('nbdag-mod-other', !pair.same);
  return made;
}

function changed(pair: IPair): string {
  const { difference } = pair;
  return pair.same || difference === null ? '' : `${difference > 0 ? '+' : ''}${shown(difference)}`;
}

function time(value: JSONValue): string {
  return typeof value === 'number' ? duration(value) : '–';
}
