/** What the drawer shows of a selected step: its log, outputs, values and settings. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { OutputArea, OutputAreaModel } from '@jupyterlab/outputarea';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { IStep } from '../model/pipeline';
import type { ICellOutputs, IValue } from '../server';
import { h } from './dom';

/** A size as people say it: `310 kB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  for (; bytes >= 999.5 && at < units.length - 1; at++) {
    bytes /= 1000;
  }
  return `${bytes >= 9.95 || at === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[at]}`;
}

export function valueTable(values: readonly IValue[], trans: TranslationBundle): HTMLElement {
  if (!values.length) {
    return h('div', { class: 'nbdag-quiet' }, trans.__('Nothing is saved (yet).'));
  }
  const rows = values.map(({ name, type, bytes }) => [name, type, size(bytes)]);
  return table([trans.__('Name'), trans.__('Type'), trans.__('Size')], rows);
}

/** The settings of a step, as its tags say. */
export function settingTable(step: IStep, trans: TranslationBundle): HTMLElement {
  const rows = Object.entries(step.config ?? {}).map(([name, value]) => [name, told(value)]);
  if (!rows.length) {
    return h('div', { class: 'nbdag-quiet' }, trans.__('All as usual: its tags set nothing.'));
  }
  return table([trans.__('Setting'), trans.__('Value')], rows);
}

/** What the cells of a step displayed; the caller disposes it. */
export function outputList(
  cells: readonly ICellOutputs[],
  rendermime: IRenderMimeRegistry,
  trans: TranslationBundle
): Widget {
  const values = cells.flatMap(cell => cell.outputs);
  if (!values.length) {
    const empty = trans.__('Nothing was displayed (yet).');
    return new Widget({ node: h('div', { class: 'nbdag-quiet' }, empty) });
  }
  const model = new OutputAreaModel({ values, trusted: true });
  const area = new OutputArea({ model, rendermime });
  area.disposed.connect(() => model.dispose());
  return area;
}

function told(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map(told).join(', ');
  }
  if (value && typeof value === 'object') {
    return Object.entries(value).map(([key, each]) => `${key} ${told(each)}`).join(', ');
  }
  return String(value);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const cells = (name: 'th' | 'td', texts: readonly string[]) =>
    h('tr', {}, ...texts.map(text => h(name, name === 'th' ? { scope: 'col' } : {}, text)));
  return h(
    'table',
    { class: 'nbdag-table' },
    h('thead', {}, cells('th', head)),
    h('tbody', {}, ...rows.map(row => cells('td', row)))
  );
}
