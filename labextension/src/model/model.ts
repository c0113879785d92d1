/** PipelineModel: all that is known of one notebook's pipeline and its newest run; no DOM. */

import { JSONExt } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IGraph, INodeState } from '../dag/graph';
import { graphOf, stepColour, type IDiagnostic, type IPipeline } from './pipeline';
import { isBad, isDone, stepState, told, type IRun, type IRunTold } from './run';

/** What a check of the notebook has found. */
export interface IChecked {
  readonly pipeline: IPipeline | null;
  readonly diagnostics: readonly IDiagnostic[];
}

/** The step that a cell belongs to. */
export interface ICellStep {
  readonly name: string;
  readonly colour: string;
}

export class PipelineModel {
  /** Anything has changed but the time. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The pipeline; where the notebook has errors now, that of the last time when it had none. */
  get pipeline(): IPipeline | null {
    return this._pipeline;
  }

  /** Whether `pipeline` is that of the notebook as it is now. */
  get current(): boolean {
    return this._current;
  }

  /** Whether the notebook has been looked at. */
  get checked(): boolean {
    return this._checked;
  }

  get diagnostics(): readonly IDiagnostic[] {
    return this._diagnostics;
  }

  get run(): IRun | null {
    return this._run;
  }

  /** Why something that was asked for could not be done, "" for nothing. */
  get trouble(): string {
    return this._trouble;
  }

  get graph(): IGraph {
    return this._graph;
  }

  get running(): boolean {
    return this.starting || (this._run !== null && !isDone(this._run.phase));
  }

  /** Between a press on Run and the first word of the run. */
  get starting(): boolean {
    return this._starting;
  }

  /** Whether no cell says which step it belongs to: the notebook is one step then. */
  get untagged(): boolean {
    return this._untagged;
  }

  /** Whether it is on the screen, so that nobody has to be told of it elsewhere. */
  get watched(): boolean {
    return this._watched;
  }

  /** Each step's state now. */
  states(): Map<string, INodeState> {
    const now = Date.now() / 1000;
    const names = this._graph.nodes.map(node => node.id);
    return new Map(names.map(name => [name, this.state(name, now)]));
  }

  /** A step's state now. */
  state(name: string, now = Date.now() / 1000): INodeState {
    return stepState(this._run, name, now);
  }

  /** The step of a cell, where the pipeline has it. */
  stepOf(cell: string): ICellStep | null {
    return this._cells.get(cell) ?? null;
  }

  /** The step that failed in this cell in the newest run. */
  failedIn(cell: string): string | null {
    const step = this._pipeline?.steps.find(each => each.cells.some(one => one.id === cell));
    const ran = step && this._run?.steps[step.name];
    const number = step?.cells.find(one => one.id === cell)?.number;
    return ran && isBad(ran.phase) && ran.cell === number ? step.name : null;
  }

  /** The colour of a step. */
  colourOf(step: string): string | null {
    return this._graph.nodes.find(node => node.id === step)?.colour ?? null;
  }

  /** Take in what a check has found; `untagged`, of a notebook without a step's name. */
  setChecked(found: IChecked, untagged: boolean): void {
    this._untagged = untagged;
    this._checked = true;
    this._current = found.pipeline !== null;
    this._diagnostics = found.diagnostics;
    if (found.pipeline) {
      this._pipeline = found.pipeline;
      const graph = graphOf(found.pipeline);
      // The same graph stays the same object: nobody has to draw it anew.
      this._graph = JSONExt.deepEqual(graph as never, this._graph as never) ? this._graph : graph;
      this._cells = new Map(
        found.pipeline.steps.flatMap((step, i) =>
          step.cells.map(cell => [cell.id, { name: step.name, colour: stepColour(i) }] as const)
        )
      );
    }
    this._changed.emit();
  }

  setTold(news: IRunTold): void {
    this._run = told(this._run, news, Date.now() / 1000);
    this._starting = false;
    this._changed.emit();
  }

  /** A run was deleted, or could not be started after all. */
  setGone(run: string): void {
    if (this._run?.run === run) {
      this._run = null;
      this._changed.emit();
    }
  }

  setStarting(starting: boolean): void {
    this._starting = starting;
    this._changed.emit();
  }

  setTrouble(trouble: string): void {
    this._trouble = trouble;
    this._changed.emit();
  }

  setWatched(watched: boolean): void {
    if (watched !== this._watched) {
      this._watched = watched;
      this._changed.emit();
    }
  }

  private _changed = new Signal<this, void>(this);
  private _pipeline: IPipeline | null = null;
  private _graph: IGraph = { nodes: [], edges: [] };
  private _cells = new Map<string, ICellStep>();
  private _diagnostics: readonly IDiagnostic[] = [];
  private _run: IRun | null = null;
  private _trouble = '';
  private _untagged = false;
  private _checked = false;
  private _current = false;
  private _starting = false;
  private _watched = false;
}
