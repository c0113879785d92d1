/** The plugin of what nbdag displays below cells. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IPipelines } from '../tokens';
import { rendererFactory } from '../widget/renderer';
import { forEachPanel } from './pipelines';

export const outputs: JupyterFrontEndPlugin<void> = {
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
