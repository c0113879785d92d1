/** The plugin of the console in which a step of the last run can be tried, on what it began with. */

import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, type ISessionContext } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { began } from '../model/run';
import { IPipelines } from '../tokens';

/** What JupyterLab's command returns. */
interface IConsolePanel {
  readonly sessionContext: ISessionContext;
  readonly console: { inject(code: string): Promise<void> };
}

export const consoles: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:console',
  description: 'Opens a console with what a step of the last run began with.',
  autoStart: true,
  // Notebook 7 would open it in a window of its own, out of our reach.
  requires: [ILabShell, INotebookTracker, IPipelines],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    _shell: ILabShell,
    tracker: INotebookTracker,
    known: IPipelines,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    const controller = () => known.of(tracker.currentWidget);
    const stepOf = (named: unknown) => {
      const cell = tracker.activeCell?.model.id ?? '';
      const name = typeof named === 'string' ? named : controller()?.model.stepOf(cell)?.name;
      return name !== undefined && began(controller()?.model.run ?? null, name) ? name : null;
    };
    app.commands.addCommand(CommandIDs.console, {
      label: trans.__('Open a Console with This Step’s Inputs'),
      caption: trans.__('Try the cells of the step line by line, on what it began with in the last run'),
      isEnabled: args => stepOf(args.step) !== null,
      execute: async args => {
        const step = stepOf(args.step);
        const { panel, path, model } = controller()!;
        const { session, kernelPreference } = panel.sessionContext;
        const opened: IConsolePanel = await app.commands.execute('console:create', {
          basePath: PathExt.dirname(path),
          insertMode: 'split-bottom',
          ref: panel.id,
          kernelPreference: { name: session?.kernel?.name ?? kernelPreference.name, shouldStart: true }
        });
        await opened.sessionContext.ready;
        const [run, name] = [model.run!.run, step].map(text => JSON.stringify(text));
        await opened.console.inject(`import nbdag\nnbdag.open_run(${run})[${name}].restore(globals())`);
      },
      describedBy: {
        args: {
          type: 'object',
          properties: {
            step: { type: 'string', description: 'A step, in place of that of the active cell' }
          }
        }
      }
    });
    palette?.addItem({ command: CommandIDs.console, category: trans.__('Pipeline') });
  }
};
