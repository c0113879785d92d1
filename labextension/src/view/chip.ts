/** The chip in the header of a cell: its step, and how that went; a click opens the form. */

import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelLayout, Widget } from '@lumino/widgets';

import { iconSvg } from '../dag/states';
import type { PipelineModel } from '../model/model';
import { roleName, stepName, type TagTable } from '../model/tags';
import { runOf, tagsOf } from '../notebook';
import { fromSvg, h } from './dom';
import { stateWord } from './words';

export interface IChipOptions {
  readonly cell: Cell;
  readonly model: PipelineModel;
  readonly table: TagTable;
  readonly trans: TranslationBundle;
  readonly onOpen: (cell: Cell, anchor: HTMLElement) => void;
  /** Run a step again, and what comes after it. */
  readonly onAgain: (step: string) => void;
}

export class Chip extends Widget {
  /** Give a code cell its chip, in the header that JupyterLab leaves empty. */
  static install(options: IChipOptions): void {
    const header = [...options.cell.children()].find(child => child.hasClass('jp-CellHeader'));
    if (options.cell.model.type !== 'code' || !header) {
      return;
    }
    const layout = (header.layout ??= new PanelLayout()) as PanelLayout;
    if (!layout.widgets.some(widget => widget instanceof Chip)) {
      layout.addWidget(new Chip(options));
      layout.addWidget(new Again(options));
    }
  }

  constructor(private _options: IChipOptions) {
    super({ node: h('button', { type: 'button', class: 'nbdag-chip' }) });
    const { cell, model } = _options;
    this.node.onclick = () => _options.onOpen(cell, this.node);
    this.node.onmousedown = event => event.stopPropagation();
    cell.model.metadataChanged.connect(this.refresh, this);
    model.changed.connect(this.refresh, this);
    this.refresh();
  }

  /** Show the step and its state as they are now. */
  refresh(): void {
    const { cell, model, table, trans } = this._options;
    if (this.isDisposed || cell.isDisposed) {
      return;
    }
    const tags = tagsOf(cell);
    const own = stepName(table, tags);
    const role = roleName(table, tags);
    const member = model.stepOf(cell.model.id);
    const step = own ?? (role ? null : member?.name ?? null);
    const colour = (step && model.colourOf(step)) || 'var(--jp-border-color1)';
    const kind = own ? 'step' : role ? 'role' : step ? 'more' : 'none';
    cell.node.classList.toggle('nbdag-mod-step', step !== null);
    cell.node.style.setProperty('--nbdag-colour', colour);
    cell.node.dataset.nbdag = kind;
    this._mark(runOf(cell));
    const words = this._content(kind, own ?? role ?? step ?? '');
    const state = step ? model.state(step) : null;
    const shown = state && own && (state.look !== 'pending' || model.running) ? state : null;
    const word = shown ? stateWord(trans, shown) : '';
    const key = [kind, words, colour, shown?.look, word].join('\n');
    if (key === this._shown) {
      return;
    }
    this._shown = key;
    this.node.dataset.kind = kind;
    this.node.dataset.look = shown?.look ?? '';
    this.node.setAttribute('aria-label', this._label(kind, own ?? role ?? step, word));
    this.node.replaceChildren(
      h('span', { class: 'nbdag-dot', 'aria-hidden': 'true' }),
      h('span', { class: 'nbdag-chip-name' }, words)
    );
    if (shown) {
      this.node.append(fromSvg(iconSvg(shown.look)), h('span', { class: 'nbdag-chip-word' }, word));
    }
  }

  /** Say below the cell of which run its outputs are. */
  private _mark(run: string | null): void {
    const { node } = this._options.cell;
    if (run) {
      node.dataset.nbdagRun = this._options.trans.__('run %1', run.slice(run.lastIndexOf('-') + 1));
    } else {
      delete node.dataset.nbdagRun;
    }
  }

  private _content(kind: string, name: string): string {
    return kind === 'none' ? this._options.trans.__('step') : name;
  }

  private _label(kind: string, name: string | null, word: string): string {
    const { trans } = this._options;
    if (kind === 'none') {
      return trans.__('Make this cell a step');
    }
    const what = kind === 'role' ? trans.__('Cell tagged %1', name!) : trans.__('Step %1', name!);
    return word ? `${what}, ${word}` : what;
  }

  private _shown = '';
}

/** The button in the header of the cell in which a step failed: run it again. */
class Again extends Widget {
  constructor(private _options: IChipOptions) {
    const { cell, model, trans, onAgain } = _options;
    const words = trans.__('Re-run this step');
    super({ node: h('button', { type: 'button', class: 'nbdag-again', title: words }, `↻ ${words}`) });
    this.node.onclick = () => onAgain(model.failedIn(cell.model.id) ?? '');
    this.node.onmousedown = event => event.stopPropagation();
    model.changed.connect(this.refresh, this);
    this.refresh();
  }

  refresh(): void {
    const { cell, model } = this._options;
    this.node.hidden = cell.isDisposed || model.running || model.failedIn(cell.model.id) === null;
  }
}
