import { describe, expect, it } from 'vitest';

import { doing, gates, progress, stepState, timeLeft, told, type IRunTold } from './run';

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

  it.each([
    [{ a: 'Running', b: 'Pending' }, 'a 0/2'],
    [{ a: 'Running', b: 'Running', c: 'Succeeded' }, 'a +1 1/3'],
    [{ a: 'Succeeded', b: 'Suspended' }, 'b 1/2'],
    [{ a: 'Succeeded', b: 'Pending' }, '1/2']
  ])('of %j says %s', (phases, words) => {
    const steps = Object.entries(phases).map(([name, phase]) => [name, { phase, seconds: null }]);
    expect(doing(told(null, { ...FIRST, steps: Object.fromEntries(steps) }, 1000))).toBe(words);
  });

  it.each([
    [42, 0, '0:42'],
    [42, 12.5, '0:30'],
    [42, 60, '0:00'],
    [192, 0, '3:12'],
    [3725, 0, '1:02:05'],
    [null, 0, '']
  ])('of which %s s were left has %s s later %s left', (remaining, later, words) => {
    // Our clock goes wrong by ten minutes.
    expect(timeLeft(told(null, { ...FIRST, remaining }, 400), 400 + later)).toBe(words);
  });

  it('waits for a person, nobody knows how long', () => {
    const steps = { ask: { phase: 'Suspended', seconds: null, message: 'Publish?' } };
    const run = told(null, { ...FIRST, steps, remaining: 3 }, 1000);
    expect(gates(run)).toEqual([{ step: 'ask', question: 'Publish?' }]);
    expect(timeLeft(run, 1000)).toBe('');
    expect(gates(null)).toEqual([]);
  });
});
