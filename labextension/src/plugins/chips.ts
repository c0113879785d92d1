/** The plugin of the chips in the cells, and their form. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { stepName, withStep } from '../model/tags';
import { jump, removeOutputs, setTags, tagsOf } from '../notebook';
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
    const onAgain = (step: string) => void app.commands.execute(CommandIDs.runFrom, { step });
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
    app.commands.addCommand(CommandIDs.merge, {
      label: trans.__('Merge Cell with the Step Above'),
      caption: trans.__('Take the name of its step from the cell, so that it goes on with the one above'),
      isEnabled: () => tracker.activeCell?.model.type === 'code',
      execute: async () => {
        const cell = tracker.activeCell;
        if (cell) {
          setTags(cell, withStep(await known.table, tagsOf(cell), null));
        }
      },
      describedBy: NO_ARGUMENTS
    });
    app.commands.addCommand(CommandIDs.next, {
      label: trans.__('Next Step'),
      caption: trans.__('Go to the cell in which the next step begins'),
      isEnabled: () => tracker.currentWidget !== null,
      execute: async () => {
        const panel = tracker.currentWidget;
        const names = await known.table;
        const { widgets, activeCellIndex } = panel!.content;
        const order = widgets.map((_, i) => (activeCellIndex + 1 + i) % widgets.length);
        const next = order.find(i => stepName(names, tagsOf(widgets[i])) !== null);
        if (next !== undefined) {
          await jump(panel!, next);
        }
      },
      describedBy: NO_ARGUMENTS
    });
    app.commands.addCommand(CommandIDs.propose, {
      label: trans.__('Propose Steps from Headings'),
      caption: trans.__('Make a step of each part of the notebook below a heading'),
      isEnabled: () => Boolean(known.of(tracker.currentWidget)?.model.untagged),
      execute: () => known.of(tracker.currentWidget)?.propose(),
      describedBy: NO_ARGUMENTS
    });
    app.commands.addCommand(CommandIDs.forget, {
      label: trans.__('Remove Outputs of Runs'),
      caption: trans.__('Clear the cells whose outputs are of a run of the pipeline'),
      isEnabled: () => tracker.currentWidget !== null,
      execute: () => tracker.currentWidget && removeOutputs(tracker.currentWidget),
      describedBy: NO_ARGUMENTS
    });
    const { tag, merge, next, propose, forget } = CommandIDs;
    for (const command of [tag, merge, next, propose, forget]) {
      palette?.addItem({ command, category: trans.__('Pipeline') });
    }
    const table = await known.table;
    const onOpen = (cell: Cell, anchor: HTMLElement) => void open(cell, anchor);
    const watch = (panel: NotebookPanel) => {
      const model = known.of(panel)?.model;
      const install = () =>
        panel.content.widgets.forEach(
          cell =>
            void cell.ready.then(() => {
              if (!cell.isDisposed && model) {
                Chip.install({ cell, model, table, trans, onOpen, onAgain });
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
