/** A pipeline as the server sends it (`model/wire.py`: fields with their default are left out). */

import type { IEdgeRow, IGraph, IGraphEdge } from '../dag/graph';
import type { IParameter } from './parameters';
import { STEP_COLOURS } from '../dag/states';

export interface IStepCell {
  readonly number: number;
  readonly id: string;
}

/** A statement from elsewhere in the notebook that is run again in front of a step. */
export interface ISlice {
  readonly kind: string;
  readonly cell: number;
  readonly binds?: readonly string[];
}

export interface IStep {
  readonly name: string;
  readonly title: string;
  readonly cells: readonly IStepCell[];
  readonly slices?: readonly ISlice[];
  readonly condition?: { readonly text: string; readonly step: string } | null;
  readonly loop?: object | null;
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface IReason {
  readonly rule: string;
  readonly names: readonly string[];
  readonly cell: number;
  readonly line: number;
}

export interface IEdge {
  readonly source: string;
  readonly target: string;
  readonly names?: readonly string[];
  readonly files?: readonly string[];
  readonly reasons?: readonly IReason[];
}

export interface IPipeline {
  readonly name: string;
  readonly steps: readonly IStep[];
  readonly edges?: readonly IEdge[];
  readonly parameters?: readonly IParameter[];
}

export interface IDiagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly cell: number | null;
  readonly line: number | null;
  readonly column?: number | null;
  readonly end_column?: number | null;
  readonly fix: string;
  /** The tag that it is about, and the one that would be right. */
  readonly tag?: string;
  readonly suggestion?: string;
}

/** The colour of the step that is the `index`-th in the notebook. */
export function stepColour(index: number): string {
  return STEP_COLOURS[index % STEP_COLOURS.length];
}

/** What is drawn of a pipeline; with `setup` also the cells whose statements steps run again. */
export function graphOf(pipeline: IPipeline, setup = false): IGraph {
  const steps = new Map(pipeline.steps.map(step => [step.name, step]));
  const graph = {
    nodes: pipeline.steps.map((step, i) => ({
      id: step.name,
      title: step.title || step.name,
      colour: stepColour(i),
      ...(step.loop ? { loop: true } : {})
    })),
    edges: (pipeline.edges ?? []).map(edge => graphEdge(steps.get(edge.target), edge))
  };
  return setup ? withSetup(graph, pipeline) : graph;
}

const SETUP = '@cell:';

/** The number of the cell that a node of setup stands for, `null` for a step's. */
export function setupCell(id: string): number | null {
  return id.startsWith(SETUP) ? Number(id.slice(SETUP.length)) : null;
}

function withSetup(graph: IGraph, pipeline: IPipeline): IGraph {
  const cells = new Map<number, Map<string, Map<string, string>>>();
  for (const step of pipeline.steps) {
    for (const { cell, kind, binds } of step.slices ?? []) {
      const targets = cells.get(cell) ?? cells.set(cell, new Map()).get(cell)!;
      const names = targets.get(step.name) ?? targets.set(step.name, new Map()).get(step.name)!;
      (binds ?? []).forEach(name => names.set(name, kind));
    }
  }
  const numbers = [...cells.keys()].sort((a, b) => a - b);
  const kinds = (cell: number) =>
    [...new Set([...cells.get(cell)!.values()].flatMap(names => [...names.values()]))].join(', ');
  return {
    nodes: [
      ...numbers.map(cell => ({
        id: SETUP + cell,
        title: `Cell ${cell}: ${kinds(cell) || 'setup'}`,
        colour: '',
        setup: true
      })),
      ...graph.nodes
    ],
    edges: [
      ...numbers.flatMap(cell =>
        [...cells.get(cell)!].map(([target, names]) => ({
          source: SETUP + cell,
          target,
          rows: [...names].map(([name, kind]) => ({ name, why: kind })),
          condition: ''
        }))
      ),
      ...graph.edges
    ]
  };
}

function graphEdge(target: IStep | undefined, edge: IEdge): IGraphEdge {
  const condition = target?.condition;
  return {
    source: edge.source,
    target: edge.target,
    rows: edgeRows(edge),
    condition: condition?.step === edge.source ? condition.text : ''
  };
}

/** Why an edge is there, in the words of people; see `Rule` in `model/pipeline.py`. */
const RULES: Record<string, string> = {
  read: 'read',
  change: 'changed in place',
  alias: 'the same object',
  late: 'used by a function',
  unset: 'may stay as it was',
  file: 'file',
  random: 'random state',
  display: 'last displayed value',
  condition: 'decides',
  declared: 'declared by a tag',
  order: 'order of the notebook'
};

function edgeRows(edge: IEdge): IEdgeRow[] {
  const why = new Map<string, string>();
  for (const reason of edge.reasons ?? []) {
    for (const name of reason.names) {
      if (!why.has(name)) {
        why.set(name, `${RULES[reason.rule] ?? reason.rule} in cell ${reason.cell}`);
      }
    }
  }
  const names = new Set([...(edge.names ?? []), ...(edge.files ?? []), ...why.keys()]);
  return [...names].map(name => ({ name: shownName(name), why: why.get(name) ?? '' }));
}

/** A variable's name; hidden state, as `@random.numpy`, in words. */
function shownName(name: string): string {
  const [, kind, rest] = /^@(\w+)\.(.*)$/.exec(name) ?? [];
  return kind === 'random' ? `random state (${rest})` : kind ? `${kind} (${rest})` : name;
}
