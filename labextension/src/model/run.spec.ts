import { describe, expect, it } from 'vitest';

import { progress, stepState, told, type IRunTold } from './run';

const FIRST: IRunTold = {
  run: 'r1',
  whole: true,
  now: 1000,
  phase: 'Running',
  started: 990,
  finished: null,
  message: '',
  diagnostics: [],
  steps: {
    load: { phase: 'Running', started: 998, seconds: null },
    train: { phase: 'Pending', seconds: null }
  }
};

describe('a run', () => {
  it('keeps the steps of which it is told nothing new', () => {
    const before = told(null, FIRST, 1000);
    const load = { phase: 'Succeeded', started: 998, seconds: 3 };
    const after = told(before, { ...FIRST, whole: false, steps: { load } }, 1001);
    expect(after.steps).toEqual({ load, train: FIRST.steps.train });
    expect(progress(after)).toEqual([1, 2]);
  });

  it('forgets the steps of another run', () => {
    const before = told(null, FIRST, 1000);
    expect(told(before, { ...FIRST, run: 'r2', whole: false, steps: {} }, 1000).steps).toEqual({});
  });

  it('counts by the clock of the server, however wrong ours goes', () => {
    const run = told(null, FIRST, 400);
    expect(stepState(run, 'load', 401.5)).toEqual({ look: 'running', label: '3.5 s' });
  });

  it.each([
    [{ phase: 'Succeeded', seconds: 3.2 }, { look: 'succeeded', label: '3.2 s' }],
    [{ phase: 'Succeeded', seconds: 0, cached: true }, { look: 'cached', label: '' }],
    [{ phase: 'Error', seconds: 1 }, { look: 'failed', label: '1.0 s' }],
    [{ phase: 'Skipped', seconds: null }, { look: 'skipped', label: '' }],
    [{ phase: 'Suspended', seconds: null }, { look: 'waiting', label: '' }],
    [{ phase: 'Unheard of', seconds: null }, { look: 'pending', label: '', queued: true }]
  ])('shows %j as %j', (step, look) => {
    expect(stepState(told(null, { ...FIRST, steps: { step } }, 1000), 'step', 1000)).toEqual(look);
  });

  it('shows how far a loop is', () => {
    const loop = { phase: 'Running', started: 999, seconds: null, done: 3, total: 5 };
    const run = told(null, { ...FIRST, steps: { loop } }, 1000);
    expect(stepState(run, 'loop', 1000)).toEqual({ look: 'running', label: '1.0 s', done: 3, total: 5 });
  });
});
