/** The open notebook: what is read from it, and the few things that are written into it. */

import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookContent, IOutput } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { JSONExt, type JSONObject } from '@lumino/coreutils';

import type { ICellOutputs } from './server';

/** The key of what we write into a cell's metadata: the run that its outputs are of. */
export const MARK = 'nbdag';

/** The notebook as it is on the screen, without what a run doesn't depend on. */
export function contentOf(panel: NotebookPanel): INotebookContent {
  const content = panel.content.model!.toJSON() as INotebookContent;
  for (const cell of content.cells) {
    delete cell.metadata[MARK];
    if (cell.cell_type === 'code') {
      cell.outputs = [];
      cell.execution_count = null;
    }
  }
  return content;
}

/** The tags of a cell. */
export function tagsOf(cell: Cell): string[] {
  const tags = cell.model.getMetadata('tags') as unknown;
  return Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [];
}

/** Give a cell other tags, if they are other ones; undo in the cell takes that back. */
export function setTags(cell: Cell, tags: readonly string[]): void {
  if (JSONExt.deepEqual(tagsOf(cell), [...tags])) {
    return;
  }
  // On its own JupyterLab lets no change of metadata be undone; inside a transaction it does.
  cell.model.sharedModel.transact(() => {
    if (tags.length) {
      cell.model.setMetadata('tags', [...tags]);
    } else {
      cell.model.deleteMetadata('tags');
    }
  });
}

/**
 * Put what cells displayed in a run under them, and return the numbers of those left as they are,
 * since they were edited or removed after the run had started.
 */
export function putOutputs(panel: NotebookPanel, run: string, cells: ICellOutputs[]): number[] {
  const known = new Map(panel.content.widgets.map(cell => [cell.model.id, cell]));
  const left: number[] = [];
  for (const ran of cells) {
    const cell = known.get(ran.id);
    if (cell?.model.type !== 'code' || cell.model.sharedModel.source !== ran.source) {
      left.push(ran.number);
      continue;
    }
    put(cell.model as ICodeCellModel, run, ran.outputs);
  }
  return left;
}

function put(model: ICodeCellModel, run: string, outputs: IOutput[]): void {
  if (!JSONExt.deepEqual(model.outputs.toJSON() as JSONObject[], outputs as JSONObject[])) {
    // They are of this user's own run, as those of a cell that the kernel has run.
    model.trusted = true;
    model.outputs.fromJSON(outputs);
  }
  if ((model.getMetadata(MARK) as JSONObject | undefined)?.run !== run) {
    model.setMetadata(MARK, { run });
  }
}

/** Give all cells other tags at once, in their order. */
export function setAllTags(panel: NotebookPanel, tags: readonly (readonly string[])[]): void {
  panel.content.model?.sharedModel.transact(() => {
    panel.content.widgets.forEach((cell, i) => setTags(cell, tags[i] ?? tagsOf(cell)));
  });
}

/** The run that the outputs of a cell are of. */
export function runOf(cell: Cell): string | null {
  const mark = cell.model.getMetadata(MARK) as JSONObject | undefined;
  return typeof mark?.run === 'string' ? mark.run : null;
}

/** Take away what runs have put into the notebook; what the kernel displayed stays. */
export function removeOutputs(panel: NotebookPanel): void {
  for (const cell of panel.content.widgets) {
    if (cell.model.type === 'code' && runOf(cell)) {
      (cell.model as ICodeCellModel).clearExecution();
      cell.model.deleteMetadata(MARK);
    }
  }
}

/** Make a cell the active one and scroll to it; it may not be in the page yet. */
export async function jump(panel: NotebookPanel, index: number, line?: number | null): Promise<void> {
  const notebook = panel.content;
  const cell = notebook.widgets[index];
  if (!cell) {
    return;
  }
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  if (notebook.notebookConfig.windowingMode !== 'full') {
    await cell.ready;
  }
  await notebook.scrollToCell(cell, 'center');
  if (line && cell.editor) {
    cell.editor.setCursorPosition({ line: line - 1, column: 0 });
  }
}
