import { describe, expect, it } from 'vitest';

import { fixesOf } from './fixes';
import type { IDiagnostic } from './pipeline';

const FOUND: IDiagnostic = {
  code: 'NB110',
  severity: 'error',
  message: '',
  cell: 1,
  line: null,
  fix: ''
};

describe('a quick fix', () => {
  it('puts the right tag into the place of the wrong one, or removes it', () => {
    const found = { ...FOUND, tag: 'stpe:a', suggestion: 'step:a' };
    expect(fixesOf(found, ['keep', 'stpe:a', 'cpu:2'])).toEqual([
      { verb: 'change', tag: 'step:a', tags: ['keep', 'step:a', 'cpu:2'] },
      { verb: 'remove', tag: 'stpe:a', tags: ['keep', 'cpu:2'] }
    ]);
  });

  it('adds a tag that is missing', () => {
    const found = { ...FOUND, suggestion: 'cache:enabled' };
    expect(fixesOf(found, ['step:a'])[0].tags).toEqual(['step:a', 'cache:enabled']);
    expect(fixesOf(found, ['cache:enabled'])).toEqual([]);
  });

  it('is none where nothing is known, or the tag is gone', () => {
    expect(fixesOf(FOUND, ['step:a'])).toEqual([]);
    expect(fixesOf({ ...FOUND, tag: 'gone' }, ['step:a'])).toEqual([]);
  });
});
