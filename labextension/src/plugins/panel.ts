/** The plugin of the panel at the right. */

import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { IPipelines } from '../tokens';
import { pipelineIcon } from '../view/icon';
import { PipelinePanel } from '../view/panel';
import { RunsView } from '../view/runs';

export const panel: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:panel',
  description: 'Shows the pipeline as a DAG, live.',
  autoStart: true,
  requires: [INotebookTracker, IPipelines],
  optional: [ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IPipelines,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    const view = new PipelinePanel({ commands: app.commands, ids: CommandIDs, trans });
    view.id = 'nbdag-panel';
    view.title.icon = pipelineIcon;
    view.title.caption = trans.__('Pipeline');
    const runs = new RunsView(trans);
    view.drawer.add({
      id: 'runs',
      label: () => trans.__('Runs'),
      node: runs.node,
      refresh: controller => runs.refresh(controller?.runs ?? null)
    });
    app.shell.add(view, 'right', { rank: 300 });
    restorer?.add(view, view.id);
    const refresh = () => view.setController(known.of(tracker.currentWidget));
    tracker.currentChanged.connect(refresh);
    refresh();
    app.commands.addCommand(CommandIDs.show, {
      label: trans.__('Show Pipeline'),
      caption: trans.__('Show the pipeline of the notebook as a DAG'),
      icon: pipelineIcon,
      execute: () => app.shell.activateById(view.id),
      describedBy: NO_ARGUMENTS
    });
    app.commands.addCommand(CommandIDs.runs, {
      label: trans.__('Show Runs'),
      caption: trans.__('Show the runs of the notebook: compare, open, retry, delete'),
      execute: () => {
        view.drawer.show('runs');
        app.shell.activateById(view.id);
      },
      describedBy: NO_ARGUMENTS
    });
    palette?.addItem({ command: CommandIDs.runs, category: trans.__('Pipeline') });
    palette?.addItem({ command: CommandIDs.show, category: trans.__('Pipeline') });
  }
};
