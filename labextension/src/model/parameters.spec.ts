import { describe, expect, it } from 'vitest';

import { chosen, wanted } from './parameters';

describe('parameters', () => {
  it.each([
    ['int', ' -3 '],
    ['float', '1e-3'],
    ['float', '2'],
    ['float', '.5'],
    ['str', ''],
    ['bool', 'true'],
    ['list', '[1,\n "a"]'],
    ['dict', '{"a": null}'],
    ['none', 'anything']
  ])('of type %s may be %j', (type, text) => expect(wanted(type, text)).toBe(''));

  it.each([
    ['int', '1.5'],
    ['int', ''],
    ['float', 'many'],
    ['bool', '1'],
    ['list', '{}'],
    ['dict', '[]']
  ])('of type %s are not %j', (type, text) => expect(wanted(type, text)).not.toBe(''));

  it('that are as usual are not sent', () => {
    const parameters = ['a', 'b'].map(name => ({ name, type: 'float', text: '1.0', help: '' }));
    expect(chosen(parameters, { a: '1', b: '1.0', gone: '5' })).toEqual({ a: '1' });
  });
});
