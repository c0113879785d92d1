/** The plugin of what nbdag displays below cells. */

import { rendererFactory } from '../widget/renderer';
import { panelPlugin } from './pipelines';

export const outputs = panelPlugin(
  'nbdag:outputs',
  'Draws the pipelines and runs that a cell displays.',
  (panel, known, trans) =>
    // Before the widget of the same output, which needs a kernel.
    panel.content.rendermime.addFactory(rendererFactory(known.of(panel)!, trans), -20)
);
