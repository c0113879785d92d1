/** A pipeline as the server sends it (`model/wire.py`: fields with their default are left out). */

import type { IGraph, IGraphEdge } from '../dag/graph';
import type { IParameter } from './parameters';
import { STEP_COLOURS } from '../dag/states';

export interface IStepCell {
  readonly number: number;
  readonly id: string;
}

export interface IStep {
  readonly name: string;
  readonly title: string;
  readonly cells: readonly IStepCell[];
  readonly condition?: { readonly text: string; readonly step: string } | null;
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

/** What is drawn of a pipeline. */
export function graphOf(pipeline: IPipeline): IGraph {
  return {
    nodes: pipeline.steps.map((step, i) => ({
      id: step.name,
      title: step.title || step.name,
      colour: stepColour(i)
    })),
    edges: (pipeline.edges ?? []).map(edge => graphEdge(pipeline, edge))
  };
}

function graphEdge(pipeline: IPipeline, edge: IEdge): IGraphEdge {
  const condition = pipeline.steps.find(step => step.name === edge.target)?.condition;
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

function edgeRows(edge: IEdge): [string, string][] {
  const why = new Map<string, string>();
  for (const reason of edge.reasons ?? []) {
    for (const name of reason.names) {
      if (!why.has(name)) {
        why.set(name, `${RULES[reason.rule] ?? reason.rule} in cell ${reason.cell}`);
      }
    }
  }
  const names = new Set([...(edge.names ?? []), ...(edge.files ?? []), ...why.keys()]);
  return [...names].map(name => [shownName(name), why.get(name) ?? '']);
}

/** A variable's name; hidden state, as `@random.numpy`, in words. */
function shownName(name: string): string {
  const [, kind, rest] = /^@(\w+)\.(.*)$/.exec(name) ?? [];
  return kind === 'random' ? `random state (${rest})` : kind ? `${kind} (${rest})` : name;
}
