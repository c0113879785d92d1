/** The plugin of the item in the status bar: how far the notebook's run is. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import { doing, isDone, timeLeft } from '../model/run';
import { IPipelines } from '../tokens';
import { h } from '../view/dom';
import { forEachPanel } from './pipelines';

/** The time that is left is shown anew so often, in ms. */
const TICK = 1000;

export const status: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:status',
  description: 'Shows in the status bar how far the run is.',
  autoStart: true,
  requires: [INotebookTracker, IPipelines, IStatusBar],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IPipelines,
    bar: IStatusBar,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    const node = h('button', {
      type: 'button',
      class: 'nbdag-status',
      title: trans.__('Show the pipeline'),
      onclick: () => void app.commands.execute(CommandIDs.show)
    });
    const item = new Widget({ node });
    const changed = new Signal<Widget, void>(item);
    const run = () => known.of(tracker.currentWidget)?.model.run ?? null;
    let timer = 0;
    const refresh = () => {
      const now = run();
      window.clearTimeout(timer);
      if (now && !isDone(now.phase)) {
        const left = timeLeft(now, Date.now() / 1000);
        node.textContent = `nbdag: ${doing(now)}${left && ` · ${trans.__('%1 left', left)}`}`;
        timer = left ? window.setTimeout(refresh, TICK) : 0;
      }
      changed.emit();
    };
    bar.registerStatusItem('nbdag:status', {
      item,
      align: 'left',
      rank: 20,
      isActive: () => run() !== null && !isDone(run()!.phase),
      activeStateChanged: changed
    });
    tracker.currentChanged.connect(refresh);
    forEachPanel(tracker, panel => known.of(panel)?.model.changed.connect(refresh));
  }
};
