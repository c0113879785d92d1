import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { duration, ICONS, STEP_COLOURS } from './states';

const DRAWING = '../converters/nbdag_converters/drawing';

it('icons and colours are those of the drawings that Python makes', () => {
  const icons = readFileSync(`${DRAWING}/icons.py`, 'utf8').replace(/"\n\s+"/g, '');
  for (const shape of Object.values(ICONS)) {
    expect(icons).toContain(shape);
  }
  const style = readFileSync(`${DRAWING}/style.py`, 'utf8');
  const colours = /STEP_COLOURS = \(([^)]*)\)/.exec(style)![1].match(/#\w+/g);
  expect(colours).toEqual(STEP_COLOURS);
});

it.each([
  [0.04, '0.0 s'],
  [3.24, '3.2 s'],
  [42.4, '42 s'],
  [185, '3 min 05 s'],
  [3720, '1 h 02 min']
])('says %s seconds as %s', (seconds, said) => expect(duration(seconds)).toBe(said));
