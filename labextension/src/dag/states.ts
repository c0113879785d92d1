/** How states look: a shape and a word each, never colour alone. As in `drawing/icons.py`. */

import type { Look } from './graph';

/**
 * Lines around (0, 0) within a radius of 5, one path each: thousands may have to change at once.
 *
 * That of `running` is filled by the even-odd rule: its left half.
 */
export const ICONS: Record<Look, string> = {
  pending: 'M-4.2 0a4.2 4.2 0 1 1 8.4 0a4.2 4.2 0 1 1 -8.4 0z',
  running: 'M-4.2 0a4.2 4.2 0 1 1 8.4 0a4.2 4.2 0 1 1 -8.4 0zM0 -4.2a4.2 4.2 0 0 1 0 8.4z',
  succeeded: 'M-4 .4L-1.2 3.4L4.2 -3.4',
  cached: 'M-3.6 -2.4A4.2 4.2 0 1 1 -4.2 .8M-4.6 -4.8L-3.8 -2L-1 -2.6',
  skipped: 'M-4.6 3C-3.4 -3.6 2.4 -4.6 4 1.4M4.9 -2.4L4.1 1.8L.2 .6',
  failed: 'M-3.4 -3.4L3.4 3.4M3.4 -3.4L-3.4 3.4',
  waiting:
    'M-2.4 .6V-3.2M-.6 -.6V-4.4M1.2 -.6V-4M3 .4V-2.8M-2.4 .6L-4.3 -.9' +
    'M-4.3 -.9C-3.4 2.6 -2.4 4.8 .2 4.8C2.4 4.8 3 3 3 .4'
};

/** The colours of steps, in notebook order; no red and no pure green, which mean states. */
export const STEP_COLOURS = [
  '#5b7fde',
  '#e08a3c',
  '#2fa58d',
  '#a86bd1',
  '#c9a227',
  '#3aa0c9',
  '#d46a92',
  '#7f9a3e'
];

/** An icon as an `<svg>` of its own, for HTML. */
export function iconSvg(look: Look): string {
  return (
    `<svg class="nbdag-icon" data-look="${look}" viewBox="-6 -6 12 12" width="12" height="12" ` +
    `aria-hidden="true"><path d="${ICONS[look]}"/></svg>`
  );
}

/** A time as people say it: `0.3 s`, `42 s`, `3 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) {
    return `${Math.max(seconds, 0).toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const two = (number: number) => String(number).padStart(2, '0');
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  }
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
