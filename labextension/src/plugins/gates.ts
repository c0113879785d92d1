/** The plugin that asks, wherever one is in JupyterLab, whether a step may go on. */

import { Notification } from '@jupyterlab/apputils';

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
    controller.model.changed.connect(model => {
      const run = model.run;
      const waits = Object.entries(run?.steps ?? {}).filter(([, step]) => step.phase === 'Suspended');
      const keys = new Map(waits.map(([name, step]) => [`${run!.run} ${name}`, [name, step.message]]));
      [...shown.keys()].filter(key => !keys.has(key)).forEach(close);
      for (const [key, [name, message]] of keys) {
        if (!shown.has(key)) {
          const answer = (value: boolean) => () => void controller.approve(name!, value);
          const text = `${model.pipeline?.name ?? ''} · ${name}: ${message ?? ''}`;
          const id = Notification.info(text, {
            autoClose: false,
            actions: [
              { label: trans.__('Approve'), callback: answer(true), displayType: 'accent' },
              { label: trans.__('Deny'), callback: answer(false) }
            ]
          });
          shown.set(key, id);
        }
      }
    });
    panel.disposed.connect(() => [...shown.keys()].forEach(close));
  }
);
