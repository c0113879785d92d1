/** InlineDag: a pipeline, or a run of it, below a cell. The same for the widget and for JupyterLab. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { DagView } from '../dag/view';
import { graphOf, type IPipeline } from '../model/pipeline';
import { isDone, stepState, type IRun } from '../model/run';
import { h } from '../view/dom';
import { summary } from '../view/summary';
import { dagWords } from '../view/words';

const MOST = 320;
const LEAST = 68;
const TICK = 250;

export interface IInlineOptions {
  readonly trans: TranslationBundle;
  readonly onApprove: (step: string) => void;
  /** A step was clicked: its cells' numbers. */
  readonly onOpen?: (cells: readonly number[]) => void;
}

export class InlineDag {
  constructor(host: HTMLElement, private _options: IInlineOptions) {
    host.append(this.node);
    this._view = new DagView(this._body, {
      words: dagWords(_options.trans),
      whole: true,
      onOpen: id => this._openStep(id),
      onApprove: _options.onApprove
    });
  }

  setPipeline(pipeline: IPipeline): void {
    this._pipeline = pipeline;
    this._view.setGraph(graphOf(pipeline));
    this._refresh();
    const tall = Math.max(LEAST, Math.min(MOST, this._view.size.height + 16));
    this._body.style.height = `${tall}px`;
    this._view.fit();
  }

  /** Show a run; `at`, as it was at that time, of a run of which nobody tells what has become. */
  setRun(run: IRun | null, at: number | null = null): void {
    this._run = run;
    this._at = at;
    this._refresh();
    const live = run !== null && at === null && !isDone(run.phase);
    if (live && !this._timer) {
      this._timer = window.setInterval(() => this._refresh(), TICK);
    } else if (!live) {
      window.clearInterval(this._timer);
      this._timer = 0;
    }
  }

  /** Say why something that was asked for could not be done, "" for nothing. */
  setTrouble(trouble: string): void {
    this._trouble.textContent = trouble;
    this._trouble.hidden = !trouble;
  }

  dispose(): void {
    window.clearInterval(this._timer);
    this._view.dispose();
    this.node.remove();
  }

  private _refresh(): void {
    const { trans } = this._options;
    const steps = this._pipeline?.steps ?? [];
    const now = this._at ?? Date.now() / 1000;
    if (this._run) {
      const run = this._run;
      this._view.setStates(new Map(steps.map(({ name }) => [name, stepState(run, name, now)])));
    }
    this._name.textContent = this._pipeline?.name ?? '';
    const words = summary(trans, steps.length, this._run, now);
    const old = this._at !== null && this._run !== null && !isDone(this._run.phase);
    this._summary.textContent = old ? trans.__('%1, when saved', words) : words;
  }

  private _openStep(id: string): void {
    this._view.select(id);
    const step = this._pipeline?.steps.find(each => each.name === id);
    this._options.onOpen?.(step?.cells.map(cell => cell.number) ?? []);
  }

  private _name = h('span', { class: 'nbdag-name' });
  private _summary = h('span', { class: 'nbdag-summary' });
  private _body = h('div', { class: 'nbdag-inline-body' });
  private _trouble = h('div', { class: 'nbdag-trouble', role: 'alert', hidden: true });
  readonly node = h(
    'div',
    { class: 'nbdag-inline' },
    h('div', { class: 'nbdag-head' }, this._name, this._summary),
    this._body,
    this._trouble
  );
  private _view: DagView;
  private _pipeline: IPipeline | null = null;
  private _run: IRun | null = null;
  private _at: number | null = null;
  private _timer = 0;
}
