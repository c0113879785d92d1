import { describe, expect, it } from 'vitest';

import { filtered, pairs, shown, type IRunSummary } from './history';

const RUN: IRunSummary = {
  run: '20261129-a-x7k2',
  where: 'here',
  phase: 'Succeeded',
  started: 0,
  seconds: 1,
  parameters: { rate: 0.5 },
  metrics: { auc: 0.912345678 },
  message: ''
};
const FAILED: IRunSummary = { ...RUN, run: '20261129-a-b3c4', phase: 'Failed', where: 'cluster' };

describe('runs', () => {
  it.each([
    ['', [RUN, FAILED]],
    ['failed', [FAILED]],
    ['CLUSTER rate=0.5', [FAILED]],
    ['x7k2', [RUN]],
    ['nothing', []]
  ])('are filtered by %j', (filter, left) => {
    expect(filtered([RUN, FAILED], filter)).toEqual(left);
  });

  it('are told in short', () => {
    expect(pairs({ a: 1, b: 'x' })).toBe('a=1 b=x');
    expect(shown(0.912345678)).toBe('0.912346');
    expect(shown(null)).toBe('–');
    expect(shown('y'.repeat(50))).toHaveLength(40);
  });
});
