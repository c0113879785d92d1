/** Squiggles: problems at their place in the cells, with quick fixes in the tooltip. */

import { setDiagnostics, type Diagnostic } from '@codemirror/lint';
import type { EditorView } from '@codemirror/view';
import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';

import { fixesOf, type IFix } from '../model/fixes';
import type { IDiagnostic } from '../model/pipeline';
import { setTags, tagsOf } from '../notebook';

/** Show what was found in a cell; nothing happens where it shows that already. */
export function showSquiggles(
  cell: Cell,
  found: readonly IDiagnostic[],
  trans: TranslationBundle
): void {
  const view = (cell.editor as unknown as { editor?: EditorView } | null)?.editor;
  if (!view) {
    return;
  }
  const key = JSON.stringify(found);
  if ((SHOWN.get(view) ?? '[]') === key) {
    return;
  }
  SHOWN.set(view, key);
  const marks = found.map(one => squiggle(one, view, cell, trans));
  view.dispatch(setDiagnostics(view.state, marks));
}

/** What is shown in each editor: none is told the same twice. */
const SHOWN = new WeakMap<EditorView, string>();

function squiggle(
  one: IDiagnostic,
  view: EditorView,
  cell: Cell,
  trans: TranslationBundle
): Diagnostic {
  const { doc } = view.state;
  const line = doc.line(Math.min(Math.max(one.line ?? 1, 1), doc.lines));
  const indent = line.text.length - line.text.trimStart().length;
  const start = one.column ? Math.min(one.column - 1, line.length) : indent;
  const end = one.column && one.end_column ? Math.min(one.end_column - 1, line.length) : line.length;
  return {
    from: line.from + start,
    to: line.from + Math.max(end, start),
    severity: one.severity,
    source: one.code,
    message: one.fix ? `${one.message}\n${one.fix}` : one.message,
    actions: fixesOf(one, tagsOf(cell)).map(fix => ({
      name: fixWord(fix, trans),
      apply: () => setTags(cell, fix.tags)
    }))
  };
}

/** What a fix does, in words. */
export function fixWord(fix: IFix, trans: TranslationBundle): string {
  switch (fix.verb) {
    case 'change':
      return trans.__('Change the tag to %1', fix.tag);
    case 'add':
      return trans.__('Add the tag %1', fix.tag);
    case 'remove':
      return trans.__('Remove the tag %1', fix.tag);
  }
}
