/** The plugin that asks, wherever one is in JupyterLab, whether a step may go on. */

import { Notification } from '@jupyterlab/apputils';

import { gates as gatesOf, type IGate } from '../model/run';
import { panelPlugin } from './pipelines';

export const gates = panelPlugin(
  'nbdag:gates',
  'Asks by a notification whether a step that waits for approval may run.',
  (panel, known, trans) => {
    const controller = known.of(panel)!;
    const shown = new Map<string, string>();
    const close = (key: string) => {
      Notification.dismiss(shown.get(key));
      shown.delete(key);
    };
    const ask = ({ step, question }: IGate) => {
      const answer = (value: boolean) => () => void controller.approve(step, value);
      const text = `${controller.model.pipeline?.name ?? ''} · ${step}: ${question}`;
      return Notification.info(text, {
        autoClose: false,
        actions: [
          { label: trans.__('Approve'), callback: answer(true), displayType: 'accent' },
          { label: trans.__('Deny'), callback: answer(false) }
        ]
      });
    };
    controller.model.changed.connect(({ run, watched }) => {
      // The panel asks by itself, and a notification would lie over it.
      const waits = watched ? [] : gatesOf(run);
      const keys = new Map(waits.map(gate => [`${run!.run} ${gate.step}`, gate]));
      [...shown.keys()].filter(key => !keys.has(key)).forEach(close);
      keys.forEach((gate, key) => shown.has(key) || shown.set(key, ask(gate)));
    });
    panel.disposed.connect(() => [...shown.keys()].forEach(close));
  }
);
