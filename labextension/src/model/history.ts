/** The runs of a notebook, and what differs between two; as the server sends them. Pure. */

import type { JSONValue } from '@lumino/coreutils';

export interface IRunSummary {
  readonly run: string;
  readonly where: 'here' | 'cluster';
  readonly phase: string;
  readonly started: number;
  readonly seconds: number | null;
  readonly parameters: Readonly<Record<string, JSONValue>>;
  readonly metrics: Readonly<Record<string, JSONValue>>;
  readonly message: string;
}

/** A value in two runs, `null` in one that doesn't have it. */
export interface IPair {
  readonly name: string;
  readonly before: JSONValue;
  readonly after: JSONValue;
  readonly same: boolean;
  readonly difference: number | null;
}

export interface IComparison {
  readonly parameters: readonly IPair[];
  readonly metrics: readonly IPair[];
  readonly seconds: IPair;
  readonly steps: readonly {
    readonly name: string;
    readonly phase: IPair;
    readonly seconds: IPair;
    readonly changed: boolean;
    readonly cells: readonly number[];
    readonly inputs: readonly string[];
    readonly parameters: readonly string[];
  }[];
}

/** The runs in which each word of the filter is found: id, state, place, parameters, metrics. */
export function filtered(runs: readonly IRunSummary[], filter: string): IRunSummary[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter(run => {
    const text = [run.run, run.phase, run.where, pairs(run.parameters), pairs(run.metrics)].join(' ');
    return words.every(word => text.toLowerCase().includes(word));
  });
}

/** `rate=0.5 name=x`. */
export function pairs(values: Readonly<Record<string, JSONValue>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(' ');
}

/** A value in short. */
export function shown(value: JSONValue): string {
  if (value === null) {
    return '–';
  }
  const text =
    typeof value === 'number' && !Number.isInteger(value)
      ? String(Number(value.toPrecision(6)))
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
