/** The plugin of the item in the status bar: how far the notebook's run is. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import { isDone, progress } from '../model/run';
import { IPipelines } from '../tokens';
import { h } from '../view/dom';
import { forEachPanel } from './pipelines';

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
    const refresh = () => {
      const now = run();
      if (now && !isDone(now.phase)) {
        const going = Object.entries(now.steps).filter(([, step]) => step.phase === 'Running');
        const waits = Object.entries(now.steps).filter(([, step]) => step.phase === 'Suspended');
        const names = (going.length ? going : waits).map(([name]) => name);
        const more = names.length > 1 ? ` +${names.length - 1}` : '';
        const what = names.length ? `${names[0]}${more} ` : '';
        node.textContent = `nbdag: ${what}${progress(now).join('/')}`;
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
