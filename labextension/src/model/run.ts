/** A run as the server tells it, and what a step of it looks like. Pure. */

import type { INodeState, Look } from '../dag/graph';
import { duration } from '../dag/states';
import type { IDiagnostic } from './pipeline';

export interface IStepRun {
  readonly phase: string;
  readonly started?: number;
  readonly finished?: number;
  readonly seconds: number | null;
  readonly cached?: boolean;
  readonly problem?: string;
  readonly message?: string;
  readonly cell?: number;
  readonly line?: number;
  /** Iterations of a loop that are done, of how many. */
  readonly done?: number;
  readonly total?: number;
  /** The phases of the iterations, a letter each: `s` succeeded, `r` running, `f` failed, `k` skipped. */
  readonly parts?: string;
}

/** What the server tells: all of a run (`whole`), or the steps that changed. Times are in seconds. */
export interface IRunTold {
  readonly run: string;
  readonly whole: boolean;
  readonly now: number;
  readonly phase: string;
  readonly started: number | null;
  readonly finished: number | null;
  readonly message: string;
  readonly diagnostics: readonly IDiagnostic[];
  readonly steps: Readonly<Record<string, IStepRun>>;
  /** How many seconds it goes on, as far as earlier runs tell. */
  readonly remaining?: number | null;
}

export interface IRun extends Omit<IRunTold, 'whole' | 'now' | 'remaining'> {
  /** How far the server's clock is ahead of ours, in seconds. */
  readonly ahead: number;
  /** When it will be done, by our clock; `null` where nobody knows. */
  readonly due: number | null;
}

const DONE = new Set(['Succeeded', 'Failed', 'Error', 'Skipped']);
const BAD = new Set(['Failed', 'Error']);
const LOOKS: Record<string, Look> = {
  Pending: 'pending',
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Error: 'failed',
  Skipped: 'skipped',
  Suspended: 'waiting'
};

export function isDone(phase: string): boolean {
  return DONE.has(phase);
}

export function isBad(phase: string): boolean {
  return BAD.has(phase);
}

/** Whether a step has begun in a run, so that there is what it began with. */
export function began(run: IRun | null, step: string): boolean {
  const phase = run?.steps[step]?.phase;
  return phase !== undefined && !['Pending', 'Skipped', 'Omitted'].includes(phase);
}

/** The step, first of `names`, that failed in a run. */
export function failure(run: IRun, names: readonly string[]): string | null {
  return names.find(name => isBad(run.steps[name]?.phase ?? '')) ?? null;
}

/** What a phase looks like. */
export function lookOf(phase: string): Look {
  return LOOKS[phase] ?? 'pending';
}

/** The run after one more message; `now` is our clock, in seconds. */
export function told(before: IRun | null, news: IRunTold, now: number): IRun {
  const { whole, now: theirs, remaining = null, ...rest } = news;
  const due = remaining === null ? null : now + remaining;
  const known = whole || before?.run !== news.run ? {} : before.steps;
  return { ...rest, ahead: theirs - now, due, steps: { ...known, ...news.steps } };
}

/** How many steps are done, of how many. */
export function progress(run: IRun): [number, number] {
  const steps = Object.values(run.steps);
  return [steps.filter(step => isDone(step.phase)).length, steps.length];
}

/** A step that waits for a person, and what that person is asked. */
export interface IGate {
  readonly step: string;
  readonly question: string;
}

export function gates(run: IRun | null): IGate[] {
  return Object.entries(run?.steps ?? {})
    .filter(([, { phase }]) => phase === 'Suspended')
    .map(([step, { message }]) => ({ step, question: message ?? '' }));
}

/** `train 3/5`: what runs, or waits, and how many steps are done. */
export function doing(run: IRun): string {
  const of = (phase: string) => Object.keys(run.steps).filter(name => run.steps[name].phase === phase);
  const [running, waiting] = [of('Running'), of('Suspended')];
  const [first, ...others] = running.length ? running : waiting;
  const more = others.length ? `+${others.length}` : '';
  return [first, more, progress(run).join('/')].filter(Boolean).join(' ');
}

/** `0:42`: how long the run still goes on at `now`, our clock in seconds; "" where nobody knows. */
export function timeLeft(run: IRun, now: number): string {
  if (run.due === null || gates(run).length) {
    return '';
  }
  const left = Math.max(0, Math.ceil(run.due - now));
  const two = (number: number) => String(number).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** What a step looks like at `now`, our clock in seconds. */
export function stepState(run: IRun | null, name: string, now: number): INodeState {
  const step = run?.steps[name];
  if (!run || !step) {
    return { look: 'pending', label: '' };
  }
  const look: Look = step.cached ? 'cached' : lookOf(step.phase);
  const queued = look === 'pending' && !isDone(run.phase) ? { queued: true } : {};
  const loop = step.total === undefined ? {} : { done: step.done ?? 0, total: step.total };
  const parts = step.parts ? { parts: step.parts } : {};
  return { look, label: label(step, look, now + run.ahead), ...queued, ...loop, ...parts };
}

function label(step: IStepRun, look: Look, now: number): string {
  if (look === 'running') {
    return duration(now - (step.started ?? now));
  }
  const timed = look === 'succeeded' || look === 'failed';
  return timed && step.seconds !== null ? duration(step.seconds) : '';
}
