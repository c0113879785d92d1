/** The list of a notebook's runs: filter, compare two, open, retry, stop, delete. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Look } from '../dag/graph';
import { duration, iconSvg } from '../dag/states';
import { filtered, pairs, type IComparison, type IRunSummary } from '../model/history';
import { isDone, lookOf } from '../model/run';
import { comparison } from './compare';
import { fromSvg, h } from './dom';

/** What can be done with runs; each rejects with words for people. */
export interface IRunsSource {
  /** Changes where the list may have changed. */
  readonly version: string;
  list(): Promise<IRunSummary[]>;
  refresh(run: string): Promise<IRunSummary>;
  compare(before: string, after: string): Promise<IComparison>;
  open(run: string): Promise<void>;
  retry(run: string): Promise<void>;
  stop(run: string): Promise<void>;
  remove(run: string): Promise<void>;
}

export class RunsView {
  constructor(private _trans: TranslationBundle) {
    this._filter = h('input', {
      type: 'search',
      class: 'nbdag-runs-filter',
      placeholder: _trans.__('Filter runs'),
      'aria-label': _trans.__('Filter runs'),
      oninput: () => this._draw()
    });
    this._compare = h(
      'button',
      { type: 'button', class: 'nbdag-button', onclick: () => void this._try(this._showComparison()) },
      _trans.__('Compare')
    );
    const head = h('div', { class: 'nbdag-runs-head' }, this._filter, this._compare);
    this._main = h('div', {}, head, this._trouble, this._list);
    this.node.append(this._main);
  }

  readonly node = h('div', { class: 'nbdag-runs' });

  /** Show the runs of a notebook, if there is anything new. */
  refresh(source: IRunsSource | null): void {
    const key = source ? source.version : '';
    if (source === this._source && key === this._version) {
      return;
    }
    if (source !== this._source) {
      this._runs = [];
      this._chosen.clear();
      this.node.replaceChildren(this._main);
    }
    this._source = source;
    this._version = key;
    void this._load();
  }

  private async _load(): Promise<void> {
    const source = this._source;
    if (!source) {
      this._draw();
      return;
    }
    await this._try(
      source.list().then(runs => {
        if (this._source === source) {
          this._runs = runs;
          this._draw();
        }
      })
    );
  }

  private _draw(): void {
    const shown = filtered(this._runs, this._filter.value);
    const { __ } = { __: this._trans.__.bind(this._trans) };
    const known = new Set(this._runs.map(run => run.run));
    this._chosen.forEach(run => known.has(run) || this._chosen.delete(run));
    this._compare.disabled = this._chosen.size !== 2;
    this._compare.title = __('Tick two runs to compare them');
    const empty = this._runs.length
      ? __('No run matches.')
      : __('This notebook has no runs yet. Press Run pipeline to make one.');
    const focused = focusIn(this._list);
    this._list.replaceChildren(
      ...(shown.length ? shown.map(run => this._row(run)) : [h('li', { class: 'nbdag-quiet' }, empty)])
    );
    focused?.(this._filter);
  }

  private _row(run: IRunSummary): HTMLElement {
    const trans = this._trans;
    const done = isDone(run.phase);
    const look: Look = lookOf(run.phase);
    const when = new Date(run.started * 1000);
    const day = when.toDateString() === new Date().toDateString() ? '' : `${when.toLocaleDateString()} `;
    const time = day + when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
    const box = h('input', {
      type: 'checkbox',
      checked: this._chosen.has(run.run),
      'aria-label': trans.__('Compare the run of %1', time)
    });
    box.onchange = () => {
      this._chosen[box.checked ? 'add' : 'delete'](run.run);
      this._draw();
    };
    const words = [
      done ? '' : trans.__('running'),
      run.seconds === null ? '' : duration(run.seconds),
      run.where === 'cluster' ? trans.__('on a cluster') : ''
    ];
    const icon = h('span', { role: 'img', 'aria-label': run.phase, class: 'nbdag-runs-state' }, fromSvg(iconSvg(look)));
    const text = h(
      'div',
      { class: 'nbdag-runs-text' },
      h('span', { class: 'nbdag-runs-time', title: run.run }, time),
      h('span', { class: 'nbdag-runs-more' }, words.filter(Boolean).join(' · ')),
      ...[pairs(run.metrics), pairs(run.parameters), run.message]
        .filter(Boolean)
        .map(line => h('span', { class: 'nbdag-runs-line', title: line }, line))
    );
    const row = h('li', { class: 'nbdag-runs-row' }, box, icon, text, this._buttons(run, done));
    row.dataset.run = run.run;
    row.dataset.look = look;
    return row;
  }

  private _buttons(run: IRunSummary, done: boolean): HTMLElement {
    const trans = this._trans;
    const source = this._source!;
    const button = (word: string, act: () => Promise<unknown>) =>
      h(
        'button',
        { type: 'button', class: 'nbdag-link', onclick: () => void this._try(act().then(() => this._load())) },
        word
      );
    const failed = done && run.phase !== 'Succeeded';
    return h(
      'div',
      { class: 'nbdag-runs-buttons' },
      ...(done ? [button(trans.__('Open'), () => source.open(run.run))] : []),
      ...(failed ? [button(trans.__('Retry'), () => source.retry(run.run))] : []),
      ...(done ? [] : [button(trans.__('Stop'), () => source.stop(run.run))]),
      ...(done || run.where === 'here'
        ? []
        : [button(trans.__('Refresh'), () => source.refresh(run.run))]),
      ...(done ? [this._delete(run.run)] : [])
    );
  }

  /** Delete asks once more, in place. */
  private _delete(run: string): HTMLElement {
    const trans = this._trans;
    const button = h('button', { type: 'button', class: 'nbdag-link' }, trans.__('Delete'));
    let sure = false;
    button.onclick = () => {
      if (sure) {
        void this._try(this._source!.remove(run).then(() => this._load()));
        return;
      }
      sure = true;
      button.textContent = trans.__('Delete for ever?');
      button.classList.add('nbdag-mod-sure');
    };
    button.onblur = () => {
      sure = false;
      button.textContent = trans.__('Delete');
      button.classList.remove('nbdag-mod-sure');
    };
    return button;
  }

  private async _showComparison(): Promise<void> {
    const order = this._runs.map(run => run.run).filter(run => this._chosen.has(run));
    const [after, before] = order;
    const found = await this._source!.compare(before, after);
    const back = () => {
      this.node.replaceChildren(this._main);
      this._compare.focus();
    };
    const shown = comparison(found, this._trans, back);
    this.node.replaceChildren(shown);
    shown.querySelector('button')?.focus();
  }

  private async _try(asked: Promise<unknown>): Promise<void> {
    try {
      await asked;
      this._trouble.textContent = '';
    } catch (error) {
      this._trouble.textContent = String((error as Error).message);
    }
    this._trouble.hidden = !this._trouble.textContent;
  }

  private _source: IRunsSource | null = null;
  private _version = '';
  private _runs: IRunSummary[] = [];
  private _chosen = new Set<string>();
  private _filter: HTMLInputElement;
  private _compare: HTMLButtonElement;
  private _trouble = h('div', { class: 'nbdag-trouble', role: 'alert', hidden: true });
  private _list = h('ul', { class: 'nbdag-runs-list' });
  private _main: HTMLElement;
}

/** What has the focus in a list that is made anew: how to give it back, or to `other`, if it is gone. */
function focusIn(list: HTMLElement): ((other: HTMLElement) => void) | null {
  const rows = [...list.children] as HTMLElement[];
  const row = rows.findIndex(one => one.contains(document.activeElement));
  if (row < 0) {
    return null;
  }
  const all = 'input, button';
  const at = [...rows[row].querySelectorAll(all)].indexOf(document.activeElement!);
  return other => {
    const same = [...list.children].find(one => (one as HTMLElement).dataset.run === rows[row].dataset.run);
    const next = (same ?? list.children[row])?.querySelectorAll<HTMLElement>(all);
    (next?.[Math.min(at, next.length - 1)] ?? other).focus();
  };
}
