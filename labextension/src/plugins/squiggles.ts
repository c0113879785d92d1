/** The plugin of the squiggles in the cells. */

import type { IDiagnostic } from '../model/pipeline';
import { showSquiggles } from '../view/squiggles';
import { panelPlugin } from './pipelines';

export const squiggles = panelPlugin(
  'nbdag:squiggles',
  'Marks problems at their place in the cells.',
  (panel, known, trans) => {
    const model = known.of(panel)!.model;
    let shown: readonly IDiagnostic[] | null = null;
    let wasOn = true;
    const show = () => {
      const on = known.settings.now.squiggles;
      const same = model.diagnostics === shown && on === wasOn;
      if (!model.checked || panel.isDisposed || same) {
        return;
      }
      [shown, wasOn] = [model.diagnostics, on];
      const found = on ? model.diagnostics : [];
      panel.content.widgets.forEach((cell, i) => {
        const own = found.filter(one => one.cell === i + 1);
        // A cell that is far off the screen has no editor yet.
        void cell.ready.then(() => cell.isDisposed || showSquiggles(cell, own, trans));
      });
    };
    model.changed.connect(show);
    known.settings.changed.connect(show);
    panel.disposed.connect(() => known.settings.changed.disconnect(show));
  }
);
