import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import {
  isBare,
  problem,
  replaced,
  replacedAll,
  roleName,
  settingValue,
  settingValues,
  stepName,
  withRole,
  withStep,
  type TagTable
} from './tags';

const PYTHON = process.env.NBDAG_PYTHON ?? '../.venv/bin/python';
const table = JSON.parse(
  execFileSync(PYTHON, ['-m', 'nbdag.cli', 'tags', '--json'], { encoding: 'utf8' })
) as TagTable;
const named = (name: string) => table.find(one => one.name === name)!;

describe('tags', () => {
  it('name a step', () => {
    expect(stepName(table, ['remove-input', 'step:train_2', 'cpu:2'])).toBe('train_2');
    expect(stepName(table, ['step:Not A Name', 'other'])).toBeNull();
  });

  it('say what kind of cell it is', () => {
    expect(roleName(table, ['step:a', 'imports'])).toBe('imports');
    expect(roleName(table, ['step:a'])).toBeNull();
  });

  it('of others are kept, in their place', () => {
    const tags = ['remove-input', 'step:a', 'slideshow'];
    expect(withStep(table, tags, 'b')).toEqual(['remove-input', 'step:b', 'slideshow']);
    expect(withStep(table, tags, null)).toEqual(['remove-input', 'slideshow']);
    expect(withRole(table, [...tags, 'skip'], 'imports')).toEqual([...tags, 'imports']);
  });

  it('hold settings', () => {
    const tags = ['step:a', 'retry:3:10s', 'on-exit'];
    expect(settingValue(named('retry'), tags)).toBe('3:10s');
    expect(settingValue(named('on-exit'), tags)).toBe('');
    expect(settingValue(named('cpu'), tags)).toBeNull();
    expect(replaced(tags, named('retry'), '5')).toEqual(['step:a', 'retry:5', 'on-exit']);
    expect(replaced(tags, named('on-exit'), null)).toEqual(['step:a', 'retry:3:10s']);
    expect(replaced(['a'], named('on-exit'), '')).toEqual(['a', 'on-exit']);
  });

  it('hold settings of many values', () => {
    const tags = ['env:A=1', 'step:a', 'env:B=2'];
    expect(settingValues(named('env'), tags)).toEqual(['A=1', 'B=2']);
    expect(replacedAll(tags, named('env'), ['A=3'])).toEqual(['env:A=3', 'step:a']);
    expect(replacedAll(['step:a'], named('env'), ['A=1', 'B=2'])).toEqual(['step:a', 'env:A=1', 'env:B=2']);
    expect(replacedAll(tags, named('env'), [])).toEqual(['step:a']);
  });

  it('are checked as the table says', () => {
    expect(problem(named('step'), 'train')).toBe('');
    expect(problem(named('step'), '9 lives')).toContain('no digit first');
    expect(problem(named('memory'), '4Gi')).toBe('');
    expect(problem(named('memory'), 'a lot')).toContain('512Mi');
    expect(isBare(named('fan-out'))).toBe(true);
    expect(isBare(named('memory'))).toBe(false);
  });
});
