/** The plugin of the ways to run: commands, the toolbar's buttons, and the menu beside Run. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';

import { CommandIDs, NO_ARGUMENTS } from '../commands';
import type { IRunOptions } from '../controller';
import { progress } from '../model/run';
import { IPipelines } from '../tokens';
import { pipelineIcon } from '../view/icon';
import { menuButton, type MenuEntry } from '../view/menu';
import { askedOptions } from './asking';
import { forEachPanel } from './pipelines';
import type { Target } from './settings';

const ENTRIES: readonly MenuEntry[] = [
  [CommandIDs.runHere],
  [CommandIDs.runOnArgo],
  [CommandIDs.runOnKubeflow],
  null,
  [CommandIDs.runTo],
  [CommandIDs.runFrom],
  null,
  [CommandIDs.onlyChanged],
  [CommandIDs.parameters]
];

export const commands: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:commands',
  description: 'Run and stop a notebook as a pipeline.',
  autoStart: true,
  requires: [INotebookTracker, IPipelines],
  optional: [ICommandPalette, IToolbarWidgetRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IPipelines,
    palette: ICommandPalette | null,
    toolbar: IToolbarWidgetRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    const current = () => known.of(tracker.currentWidget);
    const isFree = () => current() !== null && !current()!.model.running;
    const activeStep = () => current()?.model.stepOf(tracker.activeCell?.model.id ?? '') ?? null;
    const start = async (options: IRunOptions) => {
      if (app.commands.hasCommand(CommandIDs.show)) {
        void app.commands.execute(CommandIDs.show);
      }
      await current()?.run(options);
    };
    const ask = async (to: Target) => {
      const controller = current();
      const options = controller && (await askedOptions(controller, known.settings.now, to, trans));
      if (options) {
        await start(options);
      }
    };
    // How they all are; each names itself, and says what it does.
    const way = { isEnabled: isFree, describedBy: NO_ARGUMENTS };

    app.commands.addCommand(CommandIDs.run, {
      ...way,
      label: trans.__('Run Pipeline'),
      caption: trans.__('Run the notebook, as it is on the screen, as a pipeline of its steps'),
      icon: pipelineIcon,
      execute: () => {
        const { target } = known.settings.now;
        return target === 'here' ? start({ to: 'here' }) : ask(target);
      }
    });
    app.commands.addCommand(CommandIDs.runHere, {
      ...way,
      label: trans.__('Run Here'),
      caption: trans.__('Run the pipeline on this machine'),
      execute: () => start({ to: 'here' })
    });
    app.commands.addCommand(CommandIDs.runOnArgo, {
      ...way,
      label: trans.__('Run on Argo…'),
      caption: trans.__('Run the pipeline on a cluster with Argo Workflows, each step a container'),
      execute: () => ask('argo')
    });
    app.commands.addCommand(CommandIDs.runOnKubeflow, {
      ...way,
      label: trans.__('Run on Kubeflow…'),
      caption: trans.__('Run the pipeline on Kubeflow Pipelines, each step a container'),
      execute: () => ask('kfp')
    });
    app.commands.addCommand(CommandIDs.runTo, {
      ...way,
      label: trans.__('Run to This Cell'),
      caption: trans.__('Run the step of the active cell, and the steps that it needs'),
      isEnabled: () => isFree() && activeStep() !== null,
      execute: () => start({ to: 'here', targets: [activeStep()!.name] })
    });
    app.commands.addCommand(CommandIDs.runFrom, {
      label: trans.__('Run from This Cell'),
      caption: trans.__(
        'Run the step of the active cell and what comes after it, with values of an earlier run'
      ),
      isEnabled: args => isFree() && (typeof args.step === 'string' || activeStep() !== null),
      execute: args => start({ to: 'here', from: [String(args.step ?? activeStep()!.name)] }),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            step: { type: 'string', description: 'A step, in place of that of the active cell' }
          }
        }
      }
    });
    app.commands.addCommand(CommandIDs.onlyChanged, {
      label: trans.__('Only Changed Steps'),
      caption: trans.__('Take steps that would do the same again from an earlier run'),
      isToggleable: true,
      isToggled: () => known.settings.now.onlyChanged,
      execute: () => known.settings.set('onlyChanged', !known.settings.now.onlyChanged),
      describedBy: NO_ARGUMENTS
    });
    app.commands.addCommand(CommandIDs.parameters, {
      ...way,
      label: trans.__('Parameters…'),
      caption: trans.__('Choose the parameters of a run, and run'),
      execute: () => ask('here')
    });
    app.commands.addCommand(CommandIDs.stop, {
      // In a toolbar it also says how far the run is.
      label: args => {
        const run = current()?.model.run;
        const done = run ? ` ${progress(run).join('/')}` : '';
        return args.toolbar ? `■${done}` : trans.__('Stop Pipeline');
      },
      caption: trans.__('Stop the pipeline'),
      icon: args => (args.toolbar ? undefined : stopIcon),
      isEnabled: () => Boolean(current()?.model.running),
      isVisible: () => Boolean(current()?.model.running),
      execute: async () => current()?.stop(),
      describedBy: { args: { type: 'object', properties: { toolbar: { type: 'boolean' } } } }
    });
    toolbar?.addFactory<NotebookPanel>('Notebook', 'nbdag-menu', () =>
      menuButton(app.commands, ENTRIES, trans)
    );
    const every = [CommandIDs.run, CommandIDs.stop, ...ENTRIES.flatMap(entry => entry?.[0] ?? [])];
    const refresh = () => every.forEach(command => app.commands.notifyCommandChanged(command));
    tracker.currentChanged.connect(refresh);
    tracker.activeCellChanged.connect(refresh);
    known.settings.changed.connect(refresh);
    forEachPanel(tracker, panel => known.of(panel)?.model.changed.connect(refresh));
    // A toolbar that is older than its command doesn't hear that there is one, only that it changed.
    refresh();
    for (const command of every) {
      palette?.addItem({ command, category: trans.__('Pipeline') });
    }
  }
};
