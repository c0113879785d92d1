/** The panel at the right: the DAG, its states live, the problems, and the log of a step. */

import { CommandToolbarButton, Toolbar } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';

import type { Controller } from '../controller';
import { DagView } from '../dag/view';
import { graphOf, setupCell } from '../model/pipeline';
import { isBad, isDone } from '../model/run';
import { jump } from '../notebook';
import { h } from './dom';
import { problemList } from './problems';
import { summary } from './summary';
import { dagWords } from './words';

const TICK = 250;
/** The colours of a terminal. */
const ANSI = /\u001b\[[0-9;]*m/g;

export interface IPipelinePanelOptions {
  readonly commands: CommandRegistry;
  readonly ids: { readonly run: string; readonly stop: string; readonly tag: string; readonly propose: string };
  readonly trans: TranslationBundle;
}

/** A tab of the drawer; `refresh` is called whenever anything has changed while it is shown. */
export interface IDrawerTab {
  readonly id: string;
  readonly label: string;
  readonly node: HTMLElement;
  refresh(controller: Controller | null): void;
}

export class PipelinePanel extends Widget {
  constructor(private _options: IPipelinePanelOptions) {
    super();
    const { commands, ids, trans } = _options;
    this.addClass('nbdag-panel');
    const toolbar = new Toolbar();
    const label = trans.__('Run pipeline');
    toolbar.addItem('run', new CommandToolbarButton({ commands, id: ids.run, label }));
    toolbar.addItem('stop', new CommandToolbarButton({ commands, id: ids.stop, args: { toolbar: true } }));
    toolbar.addItem('spacer', Toolbar.createSpacerItem());
    const layout = (this.layout = new PanelLayout());
    layout.addWidget(toolbar);
    this._hint = h(
      'div',
      { class: 'nbdag-hint' },
      h('p', {}, trans.__('No cell is tagged yet, so all of the notebook is one step.')),
      this._button(trans.__('Propose steps from headings'), () => void commands.execute(ids.propose)),
      this._button(trans.__('Make this cell a step'), () => void commands.execute(ids.tag))
    );
    this.node.append(this._head, this._hint, this._body, this._drawer);
    this._view = new DagView(this._body, {
      words: dagWords(trans),
      onOpen: id => this._openStep(id),
      onApprove: id => void this._controller?.approve(id)
    });
    this._view.node.append(this._zoom());
    this._body.append(this._empty);
    this._refresh();
  }

  /** Show the pipeline of another notebook, or of none. */
  setController(controller: Controller | null): void {
    this._controller?.model.changed.disconnect(this._refresh, this);
    this._controller = controller;
    controller?.model.changed.connect(this._refresh, this);
    this._graph = null;
    this._selected = null;
    this._tab = 'problems';
    this._refresh();
  }

  /** Add a tab to the drawer. */
  addTab(tab: IDrawerTab): void {
    this._more.push(tab);
    this._refreshDrawer();
  }

  /** Show a tab of the drawer. */
  showTab(id: string): void {
    this._tab = id;
    this._refreshDrawer();
  }

  override dispose(): void {
    window.clearInterval(this._timer);
    this._view.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._refresh();
  }

  private _refresh(): void {
    const model = this._controller?.model ?? null;
    const graph = model?.graph ?? null;
    if (graph && (graph !== this._graph || this._setupShown !== this._withSetup)) {
      this._graph = graph;
      this._setupShown = this._withSetup;
      this._view.setGraph(this._withSetup ? graphOf(model!.pipeline!, true) : graph);
    }
    const shown = Boolean(graph?.nodes.length);
    this._view.node.hidden = !shown;
    this._view.node.classList.toggle('nbdag-mod-stale', shown && !model!.current);
    this._hint.hidden = !model?.untagged;
    this._refreshEmpty(shown);
    this._refreshStates();
    this._refreshDrawer();
    const live = Boolean(model?.running);
    if (live && !this._timer) {
      this._timer = window.setInterval(() => this._refreshStates(), TICK);
    } else if (!live) {
      window.clearInterval(this._timer);
      this._timer = 0;
    }
  }

  private _refreshStates(): void {
    const model = this._controller?.model;
    if (model) {
      this._view.setStates(model.states());
    }
    this._head.replaceChildren(
      h('span', { class: 'nbdag-name' }, model?.pipeline?.name ?? ''),
      h('span', { class: 'nbdag-summary', role: 'status' }, this._summary())
    );
  }

  private _summary(): string {
    const { trans } = this._options;
    const model = this._controller?.model;
    if (!model?.pipeline) {
      return '';
    }
    return model.starting
      ? trans.__('starting…')
      : summary(trans, model.pipeline.steps.length, model.run);
  }

  private _refreshEmpty(shown: boolean): void {
    const { trans } = this._options;
    const model = this._controller?.model;
    this._empty.hidden = shown;
    if (shown) {
      return;
    }
    if (!this._controller) {
      this._empty.replaceChildren(trans.__('Open a notebook to see its pipeline.'));
    } else if (!model?.checked) {
      this._empty.replaceChildren(model?.trouble || trans.__('Reading the notebook…'));
    } else if (model.diagnostics.some(one => one.severity === 'error')) {
      this._empty.replaceChildren(
        h('strong', {}, trans.__('This notebook is no pipeline yet')),
        h('p', {}, trans.__('The problems below say why, and what to do.'))
      );
    }
  }

  private _refreshDrawer(): void {
    const { trans } = this._options;
    const model = this._controller?.model;
    if (!model?.checked) {
      this._drawer.hidden = true;
      return;
    }
    this._drawer.hidden = false;
    const run = model.run;
    const found = [...(run && isDone(run.phase) ? run.diagnostics : []), ...model.diagnostics];
    const count = found.length ? ` (${found.length})` : '';
    const tabs = h('div', { class: 'nbdag-tabs', role: 'tablist' }, this._tabOf('problems', trans.__('Problems') + count));
    tabs.append(...this._more.map(tab => this._tabOf(tab.id, tab.label)));
    if (this._selected) {
      tabs.append(this._tabOf('log', trans.__('Log of %1', this._selected)));
    }
    const trouble = model.trouble ? [h('div', { class: 'nbdag-trouble', role: 'alert' }, model.trouble)] : [];
    const list = problemList(found, trans, one => {
      if (one.cell !== null && this._controller) {
        void jump(this._controller.panel, one.cell - 1, one.line);
      }
    });
    const more = this._more.find(tab => tab.id === this._tab);
    more?.refresh(this._controller);
    const body = more?.node ?? (this._tab === 'log' && this._selected ? this._log : list);
    this._drawer.replaceChildren(tabs, ...trouble, h('div', { class: 'nbdag-drawer-body' }, body));
    if (body === this._log) {
      void this._refreshLog(this._selected!);
    }
  }

  private async _refreshLog(step: string): Promise<void> {
    const { trans } = this._options;
    const controller = this._controller;
    const run = controller?.model.run;
    const state = run?.steps[step];
    let text = '';
    if (state && state.phase !== 'Pending') {
      text = await controller!.log(step).catch(error => String((error as Error).message));
    }
    if (this._selected !== step || this._controller !== controller) {
      return;
    }
    const shown = text.replace(ANSI, '') || (state?.message ? '' : trans.__('Nothing was printed.'));
    const message = state?.message ? [h('div', { class: 'nbdag-trouble' }, state.message)] : [];
    this._log.replaceChildren(...message, shown);
  }

  private _tabOf(tab: string, label: string): HTMLElement {
    return h(
      'button',
      {
        type: 'button',
        role: 'tab',
        class: 'nbdag-tab',
        'aria-selected': String(this._tab === tab),
        onclick: () => {
          this._tab = tab;
          this._refreshDrawer();
        }
      },
      label
    );
  }

  private _openStep(id: string): void {
    const controller = this._controller;
    const cell = setupCell(id);
    if (controller && cell !== null) {
      void jump(controller.panel, cell - 1);
      return;
    }
    const step = controller?.model.pipeline?.steps.find(each => each.name === id);
    if (!controller || !step) {
      return;
    }
    this._selected = id;
    this._tab = controller.model.run ? 'log' : this._tab;
    this._view.select(id);
    this._refreshDrawer();
    const failed = controller.model.run?.steps[id];
    const at = (failed && isBad(failed.phase) && failed.cell) || step.cells[0]?.number;
    if (at) {
      void jump(controller.panel, at - 1, failed?.line);
    }
  }

  /** Show the cells whose imports and definitions the steps run again, or hide them. */
  private _toggleSetup(): void {
    this._withSetup = !this._withSetup;
    this._setup.setAttribute('aria-pressed', String(this._withSetup));
    this._refresh();
    this._view.fit();
  }

  private _zoom(): HTMLElement {
    const { trans } = this._options;
    this._setup = this._button('ƒ', () => this._toggleSetup(), trans.__('Show imports and definitions'));
    this._setup.setAttribute('aria-pressed', 'false');
    return h(
      'div',
      { class: 'nbdag-zoom' },
      this._button('+', () => this._view.zoom(1.25), trans.__('Zoom in')),
      this._button('−', () => this._view.zoom(0.8), trans.__('Zoom out')),
      this._button('⤢', () => this._view.fit(true), trans.__('Show all')),
      this._button('⌕', () => this._view.search(), trans.__('Search steps (/)')),
      this._setup
    );
  }

  private _button(text: string, onclick: () => void, label = text): HTMLElement {
    return h('button', { type: 'button', class: 'nbdag-button', title: label, 'aria-label': label, onclick }, text);
  }

  private _controller: Controller | null = null;
  private _head = h('div', { class: 'nbdag-head' });
  private _body = h('div', { class: 'nbdag-body' });
  private _hint: HTMLElement;
  private _empty = h('div', { class: 'nbdag-empty' });
  private _drawer = h('div', { class: 'nbdag-drawer' });
  private _log = h('pre', { class: 'nbdag-log', role: 'log', tabindex: '0' });
  private _view: DagView;
  private _graph: unknown = null;
  private _setup!: HTMLElement;
  private _withSetup = false;
  private _setupShown = false;
  private _selected: string | null = null;
  private _tab = 'problems';
  private _more: IDrawerTab[] = [];
  private _timer = 0;
}
