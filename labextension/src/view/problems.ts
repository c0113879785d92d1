/** The list of what a check has found; a click leads to the line. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Controller } from '../controller';
import type { IDiagnostic } from '../model/pipeline';
import { isDone } from '../model/run';
import { jump } from '../notebook';
import { h } from './dom';
import type { IDrawerTab } from './drawer';

const SIGNS = { error: '✕', warning: '▲', info: 'ℹ' };

export class ProblemsTab implements IDrawerTab {
  constructor(private _trans: TranslationBundle) {}

  readonly id = 'problems';
  readonly node = h('div');

  label(controller: Controller | null): string {
    const number = problemsOf(controller).length;
    const label = this._trans.__('Problems');
    return number ? `${label} (${number})` : label;
  }

  refresh(controller: Controller | null): void {
    const found = problemsOf(controller);
    const key = JSON.stringify(found);
    if (key !== this._shown) {
      this._shown = key;
      const open = ({ cell, line }: IDiagnostic) =>
        cell !== null && this._controller && void jump(this._controller.panel, cell - 1, line);
      this.node.replaceChildren(problemList(found, this._trans, open));
    }
    this._controller = controller;
  }

  private _controller: Controller | null = null;
  private _shown = '';
}

/** What a run has found, once it is over, and what the check has. */
function problemsOf(controller: Controller | null): readonly IDiagnostic[] {
  const model = controller?.model;
  const run = model?.run;
  return [...(run && isDone(run.phase) ? run.diagnostics : []), ...(model?.diagnostics ?? [])];
}

/** Return the list as an element. */
function problemList(
  found: readonly IDiagnostic[],
  trans: TranslationBundle,
  onOpen: (one: IDiagnostic) => unknown
): HTMLElement {
  if (!found.length) {
    return h('div', { class: 'nbdag-quiet' }, trans.__('No problems.'));
  }
  return h('ul', { class: 'nbdag-problems' }, ...found.map(one => row(one, trans, onOpen)));
}

function row(
  one: IDiagnostic,
  trans: TranslationBundle,
  onOpen: (one: IDiagnostic) => unknown
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
