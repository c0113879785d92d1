/** How a run is, in a few words. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { duration } from '../dag/states';
import { isBad, isDone, progress, type IRun } from '../model/run';

/** `7 steps`, `running 3 of 7 · 4.2 s`, `failed after 2.0 s`; `now` is our clock, in seconds. */
export function summary(
  trans: TranslationBundle,
  steps: number,
  run: IRun | null,
  now = Date.now() / 1000
): string {
  if (!run) {
    return trans._n('%1 step', '%1 steps', steps);
  }
  const [done, total] = progress(run);
  const end = run.finished ?? now + run.ahead;
  const time = duration(end - (run.started ?? end));
  if (!isDone(run.phase)) {
    return trans.__('running %1 of %2 · %3', done, total, time);
  }
  if (isBad(run.phase)) {
    return run.message === 'interrupted'
      ? trans.__('stopped after %1', time)
      : trans.__('failed after %1', time);
  }
  return trans.__('succeeded in %1', time);
}
