/** The words of states, in the user's language. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { INodeState } from '../dag/graph';

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
