/** What waits for a person: a line a step, with both answers. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { iconSvg } from '../dag/states';
import type { IGate } from '../model/run';
import { fromSvg, h } from './dom';

export class GateList {
  constructor(
    private _trans: TranslationBundle,
    private _onAnswer: (step: string, value: boolean) => void
  ) {}

  readonly node = h('div', { class: 'nbdag-gates', role: 'status' });

  /** Show these and no others; who is about to press a button keeps it. */
  show(gates: readonly IGate[]): void {
    const key = JSON.stringify(gates);
    if (key !== this._shown) {
      this._shown = key;
      this.node.replaceChildren(...gates.map(gate => this._row(gate)));
    }
  }

  private _row({ step, question }: IGate): HTMLElement {
    const trans = this._trans;
    const button = (word: string, label: string, value: boolean) =>
      h(
        'button',
        { type: 'button', class: 'nbdag-button', 'aria-label': label, onclick: () => this._onAnswer(step, value) },
        word
      );
    const approve = button(trans.__('Approve'), trans.__('Approve: %1', step), true);
    approve.classList.add('nbdag-mod-accept');
    return h(
      'div',
      { class: 'nbdag-gate' },
      fromSvg(iconSvg('waiting')),
      h('span', {}, h('strong', {}, step), question && ` ${question}`),
      approve,
      button(trans.__('Deny'), trans.__('Deny: %1', step), false)
    );
  }

  private _shown = '[]';
}
