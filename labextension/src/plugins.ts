/** The only file that touches JupyterLab's tokens: it wires models, views and commands. */

import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';

import { Controller } from './controller';
import { progress } from './model/run';
import { Server, Stream } from './server';
import { IPipelines } from './tokens';
import { Chip } from './view/chip';
import { openForm } from './view/form';
import { pipelineIcon } from './view/icon';
import { PipelinePanel } from './view/panel';
import { rendererFactory } from './widget/renderer';

namespace CommandIDs {
  export const run = 'nbdag:run';
  export const stop = 'nbdag:stop';
  export const show = 'nbdag:show';
  export const tag = 'nbdag:tag';
}

const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };

/** Follows each open notebook. */
const pipelines: JupyterFrontEndPlugin<IPipelines> = {
  id: 'nbdag:pipelines',
  description: 'Knows the pipeline of each open notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IPipelines,
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker): IPipelines => {
    const { serverSettings, contents } = app.serviceManager;
    const server = new Server(serverSettings);
    const stream = new Stream(serverSettings);
    const table = server.tags();
    const known = new WeakMap<NotebookPanel, Controller>();
    // Made when first asked for: the tracker tells of a notebook's focus before it tells of it.
    const of = (panel: NotebookPanel | null) => {
      if (panel && !known.has(panel)) {
        known.set(panel, new Controller(panel, server, stream, contents, table));
      }
      return (panel && known.get(panel)) || null;
    };
    forEachPanel(tracker, of);
    return {
      of,
      table
    };
  }
};

/** Visit the notebooks that are open, and each that will be. */
function forEachPanel(tracker: INotebookTracker, visit: (panel: NotebookPanel) => unknown) {
  tracker.forEach(visit);
  tracker.widgetAdded.connect((_, panel) => void visit(panel));
}

/** Commands, and the buttons of the notebook's toolbar (see schema/commands.json). */
const commands: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:commands',
  description: 'Run and stop a notebook as a pipeline.',
  autoStart: true,
  requires: [INotebookTracker, IPipelines],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IPipelines,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    const current = () => known.of(tracker.currentWidget);
    const reveal = () =>
      app.commands.hasCommand(CommandIDs.show) && app.commands.execute(CommandIDs.show);
    app.commands.addCommand(CommandIDs.run, {
      label: trans.__('Run Pipeline'),
      caption: trans.__('Run the notebook, as it is on the screen, as a pipeline of its steps'),
      icon: pipelineIcon,
      isEnabled: () => current() !== null && !current()!.model.running,
      execute: async () => {
        void reveal();
        await current()?.run();
      },
      describedBy: NO_ARGUMENTS
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
    const refresh = () => {
      app.commands.notifyCommandChanged(CommandIDs.run);
      app.commands.notifyCommandChanged(CommandIDs.stop);
    };
    tracker.currentChanged.connect(refresh);
    const watch = (panel: NotebookPanel) => known.of(panel)?.model.changed.connect(refresh);
    forEachPanel(tracker, watch);
    // A toolbar that is older than its command doesn't hear that there is one, only that it changed.
    refresh();
    for (const command of [CommandIDs.run, CommandIDs.stop]) {
      palette?.addItem({ command, category: trans.__('Pipeline') });
    }
  }
};

/** The chips in the cells, and their form. */
const chips: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:chips',
  description: 'Shows and sets the step of each cell.',
  autoStart: true,
  requires: [INotebookTracker, IPipelines],
  optional: [ICommandPalette, ITranslator],
  activate: async (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IPipelines,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    const open = async (cell: Cell, anchor: HTMLElement) => {
      const model = known.of(tracker.currentWidget)?.model;
      const steps = model?.pipeline?.steps.map(step => step.name) ?? [];
      const onClose = () => tracker.currentWidget?.content.node.focus();
      openForm({ cell, anchor, table: await known.table, steps, trans, onClose });
    };
    app.commands.addCommand(CommandIDs.tag, {
      label: trans.__('Set Step of Cell'),
      caption: trans.__('Say which step of the pipeline the cell belongs to'),
      isEnabled: () => tracker.activeCell?.model.type === 'code',
      execute: async () => {
        const cell = tracker.activeCell;
        if (cell) {
          await cell.ready;
          await open(cell, cell.node.querySelector<HTMLElement>('.nbdag-chip') ?? cell.node);
        }
      },
      describedBy: NO_ARGUMENTS
    });
    palette?.addItem({ command: CommandIDs.tag, category: trans.__('Pipeline') });
    const table = await known.table;
    const watch = (panel: NotebookPanel) => {
      const model = known.of(panel)?.model;
      const install = () =>
        panel.content.widgets.forEach(
          cell =>
            void cell.ready.then(() => {
              if (!cell.isDisposed && model) {
                Chip.install({ cell, model, table, trans, onOpen: (c, a) => void open(c, a) });
              }
            })
        );
      void panel.context.ready.then(() => {
        install();
        panel.content.model?.cells.changed.connect(install);
      });
      panel.content.modelChanged.connect(install);
    };
    forEachPanel(tracker, watch);
  }
};

/** The panel at the right. */
const panel: JupyterFrontEndPlugin<void> = {
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
    palette?.addItem({ command: CommandIDs.show, category: trans.__('Pipeline') });
  }
};

/** What nbdag displays below cells. */
const outputs: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:outputs',
  description: 'Draws the pipelines and runs that a cell displays.',
  autoStart: true,
  requires: [INotebookTracker, IPipelines],
  optional: [ITranslator],
  activate: (
    _: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IPipelines,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    // Before the widget of the same output, which needs a kernel.
    const add = (panel: NotebookPanel) =>
      panel.content.rendermime.addFactory(rendererFactory(known.of(panel)!, trans), -20);
    forEachPanel(tracker, add);
  }
};

export default [pipelines, panel, outputs, commands, chips];
