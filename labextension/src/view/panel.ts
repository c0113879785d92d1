/** The panel at the right: the DAG, its states live, and below it the drawer. */

import { CommandToolbarButton, Toolbar } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';

import type { Controller } from '../controller';
import type { IGraphEdge } from '../dag/graph';
import { DagView } from '../dag/view';
import { graphOf, setupCell } from '../model/pipeline';
import { failure, gates, isBad, isDone } from '../model/run';
import { jump } from '../notebook';
import { stepTabs, type IStepCommands } from './details';
import { h } from './dom';
import { Drawer } from './drawer';
import { GateList } from './gates';
import { ProblemsTab } from './problems';
import { size } from './step';
import { summary } from './summary';
import { dagWords } from './words';

const TICK = 250;

export interface IPipelinePanelOptions {
  readonly commands: CommandRegistry;
  readonly ids: IStepCommands & Readonly<Record<'run' | 'stop' | 'tag' | 'propose', string>>;
  readonly trans: TranslationBundle;
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
    this.drawer = new Drawer([new ProblemsTab(trans), ...stepTabs(trans, commands, ids)]);
    this._gates = new GateList(trans, (step, value) => void this._controller?.approve(step, value));
    this.node.append(this._head, this._gates.node, this._hint, this._body, this.drawer.node);
    this._view = new DagView(this._body, {
      words: dagWords(trans),
      onOpen: id => this._openStep(id),
      onApprove: id => void this._controller?.approve(id),
      what: edge => this._what(edge).catch(() => new Map<string, string>())
    });
    this._view.node.append(this._zoom());
    this._body.append(this._empty);
    this._refresh();
  }

  /** Show the pipeline of another notebook, or of none. */
  setController(controller: Controller | null): void {
    this._controller?.model.changed.disconnect(this._refresh, this);
    this._controller?.model.setWatched(false);
    this._controller = controller;
    controller?.model.changed.connect(this._refresh, this);
    this._graph = null;
    this._live = '';
    controller?.model.setWatched(this.isVisible);
    this._refresh();
  }

  /** What is below the DAG. */
  readonly drawer: Drawer;

  override dispose(): void {
    window.clearInterval(this._timer);
    this._view.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._controller?.model.setWatched(true);
    this._refresh();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._controller?.model.setWatched(false);
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
    this._gates.show(gates(model?.run ?? null));
    this._refreshStates();
    this.drawer.refresh(this._controller);
    this._showFailure();
    const live = Boolean(model?.running);
    if (live && !this._timer) {
      this._timer = window.setInterval(() => this._refreshStates(), TICK);
    } else if (!live) {
      window.clearInterval(this._timer);
      this._timer = 0;
    }
  }

  /** Show the log of the step that failed, when the run ends that was seen to go on. */
  private _showFailure(): void {
    const { run, pipeline } = this._controller?.model ?? { run: null, pipeline: null };
    if (!run || !isDone(run.phase)) {
      this._live = run?.run ?? '';
      return;
    }
    const step = this._live === run.run && pipeline && failure(run, pipeline.steps.map(each => each.name));
    this._live = '';
    if (step) {
      this._view.select(step);
      this.drawer.offer(step, 'log');
    }
  }

  private _refreshStates(): void {
    const model = this._controller?.model;
    if (model) {
      this._view.setStates(model.states());
    }
    this._name.textContent = model?.pipeline?.name ?? '';
    // A time that goes on would be read out without an end.
    this._summary.setAttribute('aria-live', model?.running ? 'off' : 'polite');
    this._summary.textContent = this._words();
  }

  /** How the run is. */
  private _words(): string {
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

  /** The types and sizes of what travels along an edge: what its source has saved. */
  private async _what(edge: IGraphEdge): Promise<Map<string, string>> {
    const controller = this._controller;
    const state = controller?.model.run?.steps[edge.source];
    const values = state && isDone(state.phase) ? await controller!.values(edge.source) : [];
    return new Map(values.map(({ name, type, bytes }) => [name, `${type} · ${size(bytes)}`]));
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
    this._view.select(id);
    this.drawer.open(id, controller.model.run ? 'log' : 'settings');
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
  private _name = h('span', { class: 'nbdag-name' });
  private _summary = h('span', { class: 'nbdag-summary', role: 'status' });
  private _head = h('div', { class: 'nbdag-head' }, this._name, this._summary);
  private _body = h('div', { class: 'nbdag-body' });
  private _gates: GateList;
  private _hint: HTMLElement;
  private _empty = h('div', { class: 'nbdag-empty' });
  private _view: DagView;
  private _graph: unknown = null;
  private _setup!: HTMLElement;
  private _live = '';
  private _withSetup = false;
  private _setupShown = false;
  private _timer = 0;
}
