/** The tabs of a selected step: its log, outputs, values and settings. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import type { Controller } from '../controller';
import { began, isBad, isDone } from '../model/run';
import { h } from './dom';
import type { IDrawerTab } from './drawer';
import { outputList, settingTable, valueTable } from './step';

/** The colours of a terminal. */
const ANSI = /\u001b\[[0-9;]*m/g;

/** The commands for a step that has run, each given as `step`. */
export interface IStepCommands {
  readonly runFrom: string;
  readonly console: string;
}

export function stepTabs(
  trans: TranslationBundle,
  commands: CommandRegistry,
  ids: IStepCommands
): IDrawerTab[] {
  return [
    new LogTab(trans, commands, ids),
    new DetailTab(trans, 'outputs', trans.__('Outputs'), async (controller, step) =>
      outputList(await controller.outputs(step), controller.panel.content.rendermime, trans)
    ),
    new DetailTab(trans, 'values', trans.__('Values'), async (controller, step) =>
      wrapped(valueTable(await controller.values(step), trans))
    ),
    new DetailTab(trans, 'settings', trans.__('Settings'), async (controller, step) => {
      const known = controller.model.pipeline?.steps.find(one => one.name === step);
      return wrapped(known ? settingTable(known, trans) : h('div'));
    })
  ];
}

class LogTab implements IDrawerTab {
  constructor(
    private _trans: TranslationBundle,
    private _commands: CommandRegistry,
    private _ids: IStepCommands
  ) {
    const inputs = _trans.__('Open a console with the inputs of this step');
    this._again = this._button(`↻ ${_trans.__('Re-run from here')}`, _ids.runFrom);
    this._console = this._button(`❯ ${_trans.__('Open a console')}`, _ids.console, inputs);
    this.node.append(h('div', { class: 'nbdag-actions' }, this._again, this._console), this._log);
  }

  readonly id = 'log';
  readonly ofStep = true;
  readonly node = h('div');

  label(): string {
    return this._trans.__('Log');
  }

  refresh(controller: Controller, step: string): void {
    const { run } = controller.model;
    const over = Boolean(run && isDone(run.phase));
    this._step = step;
    this._again.hidden = !over || !isBad(run!.steps[step]?.phase ?? '');
    this._console.hidden = !over || !began(run, step) || !this._commands.hasCommand(this._ids.console);
    void this._refresh(controller, step);
  }

  private async _refresh(controller: Controller, step: string): Promise<void> {
    const asked = (this._asked = { controller, step });
    const state = controller.model.run?.steps[step];
    let text = '';
    if (state && state.phase !== 'Pending') {
      text = await controller.log(step).catch(error => String((error as Error).message));
    }
    if (this._asked === asked) {
      const shown = text.replace(ANSI, '') || (state?.message ? '' : this._trans.__('Nothing was printed.'));
      const message = state?.message ? [h('div', { class: 'nbdag-trouble' }, state.message)] : [];
      this._log.replaceChildren(...message, shown);
    }
  }

  private _button(text: string, command: string, title = text): HTMLButtonElement {
    const onclick = () => void this._commands.execute(command, { step: this._step });
    return h('button', { type: 'button', class: 'nbdag-button', title, hidden: true, onclick }, text);
  }

  private _asked: object | null = null;
  private _step = '';
  private _again: HTMLElement;
  private _console: HTMLElement;
  private _log = h('pre', { class: 'nbdag-log', role: 'log', tabindex: '0' });
}

class DetailTab implements IDrawerTab {
  constructor(
    private _trans: TranslationBundle,
    readonly id: string,
    private _label: string,
    private _make: (controller: Controller, step: string) => Promise<Widget>
  ) {}

  readonly ofStep = true;
  readonly node = h('div', { class: 'nbdag-detail' });

  label(): string {
    return this._label;
  }

  refresh(controller: Controller, step: string): void {
    void this._refresh(controller, step);
  }

  /** Show it anew where it may have changed; what is shown stays until that is there. */
  private async _refresh(controller: Controller, step: string): Promise<void> {
    const { run, pipeline } = controller.model;
    const state = run?.steps[step];
    const config = pipeline?.steps.find(one => one.name === step)?.config;
    const key = JSON.stringify([controller.path, step, run?.run, state?.phase, state?.finished, config]);
    if (key === this._key) {
      return;
    }
    this._key = key;
    const found = await this._make(controller, step).catch((error: Error) =>
      wrapped(h('div', { class: 'nbdag-quiet' }, this._trans.__('Not known: %1', error.message)))
    );
    if (this._key !== key || !this.node.isConnected) {
      this._key = this._key === key ? '' : this._key;
      found.dispose();
      return;
    }
    this._shown?.dispose();
    this._shown = found;
    Widget.attach(found, this.node);
  }

  private _key = '';
  private _shown: Widget | null = null;
}

function wrapped(node: HTMLElement): Widget {
  return new Widget({ node });
}
