/** The plugin of the chips in the cells, and their form. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { IPipelines } from '../tokens';
import { Chip } from '../view/chip';
import { openForm } from '../view/form';
import { forEachPanel } from './pipelines';

export const chips: JupyterFrontEndPlugin<void> = {
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
