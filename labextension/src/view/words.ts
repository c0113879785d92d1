/** The words of states, in the user's language. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { INodeState } from '../dag/graph';
import type { IDagWords } from '../dag/words';

/** A state in words: `3.2 s`, `running 0.4 s`, `failed after 3.2 s`, `cached`. */
export function stateWord(trans: TranslationBundle, state: INodeState): string {
  switch (state.look) {
    case 'pending':
      return state.queued ? trans.__('pending') : trans.__('not run');
    case 'running':
      return state.label ? trans.__('running %1', state.label) : trans.__('running');
    case 'succeeded':
      return state.label || trans.__('succeeded');
    case 'failed':
      return state.label ? trans.__('failed after %1', state.label) : trans.__('failed');
    case 'cached':
      return trans.__('cached');
    case 'skipped':
      return trans.__('skipped');
    case 'waiting':
      return trans.__('waiting for approval');
  }
}

/** What a drawing says. */
export function dagWords(trans: TranslationBundle): IDagWords {
  return {
    label: trans.__('Pipeline'),
    search: trans.__('Search steps'),
    approve: trans.__('Approve'),
    waits: trans.__('waiting'),
    approveStep: title => trans.__('Approve %1', title),
    iterationsOf: title => trans.__('Iterations of %1', title),
    noIterations: trans.__('no iterations yet'),
    state: state => stateWord(trans, state)
  };
}
