/** The widget's module, for anywidget: it comes from the kernel, so any front end can show it. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPipeline } from '../model/pipeline';
import { told, type IRun, type IRunTold } from '../model/run';
import { InlineDag } from './inline';

/** What anywidget gives: the traits of `DagWidget`, and messages. */
interface IModel {
  get(name: 'pipeline'): IPipeline;
  get(name: 'run'): IRunTold | IRun | null;
  set(name: 'run', value: IRun): void;
  send(content: object): void;
  on(event: string, call: (content: { told?: IRunTold; trouble?: string }) => void): void;
  off(event: string, call: (content: { trouble?: string }) => void): void;
}

const put = (text: string, values: readonly unknown[]) =>
  text.replace(/%(\d)/g, (_, i) => String(values[Number(i) - 1]));

/** A kernel knows no language of its user. */
const trans = {
  __: (text: string, ...values: unknown[]) => put(text, values),
  _n: (one: string, many: string, n: number, ...values: unknown[]) =>
    put(n === 1 ? one : many, [n, ...values])
} as TranslationBundle;

const now = () => Date.now() / 1000;

/** The run as it is: what the kernel told first is not folded yet. */
function runOf(model: IModel): IRun | null {
  const run = model.get('run');
  return run && 'whole' in run ? told(null, run, now()) : (run as IRun | null);
}

/** Once a model: what is new is put into it, so that views made later, and a saved notebook, have it. */
function initialize({ model }: { model: IModel }): void {
  model.on('msg:custom', ({ told: news }) => {
    if (news) {
      model.set('run', told(runOf(model), news, now()));
    }
  });
  model.send({ ready: true });
}

function render({ model, el }: { model: IModel; el: HTMLElement }): () => void {
  const view = new InlineDag(el, { trans, onApprove: step => model.send({ approve: step }) });
  view.setPipeline(model.get('pipeline'));
  const onRun = () => view.setRun(runOf(model));
  const onMessage = ({ trouble = '' }) => view.setTrouble(trouble);
  model.on('change:run', onRun);
  model.on('msg:custom', onMessage);
  onRun();
  return () => {
    model.off('change:run', onRun);
    model.off('msg:custom', onMessage);
    view.dispose();
  };
}

export default { initialize, render };
