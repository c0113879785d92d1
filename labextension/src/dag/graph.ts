/** What is drawn: steps and what travels between them. Knows neither JupyterLab nor notebooks. */

/** How a step looks, as in `nbdag_converters/drawing/states.py`. */
export type Look = 'pending' | 'running' | 'succeeded' | 'cached' | 'skipped' | 'failed' | 'waiting';

export interface IGraphNode {
  readonly id: string;
  readonly title: string;
  /** The step's own colour. */
  readonly colour: string;
}

export interface IGraphEdge {
  readonly source: string;
  readonly target: string;
  /** Rows of the table that is shown on hover: what travels, and why. */
  readonly rows: readonly (readonly [string, string])[];
  /** The test that decides whether the target runs, "" for none. */
  readonly condition: string;
}

export interface IGraph {
  readonly nodes: readonly IGraphNode[];
  readonly edges: readonly IGraphEdge[];
}

/** What a node shows of a run. */
export interface INodeState {
  readonly look: Look;
  /** Of a pending one: it is part of a run that goes on. */
  readonly queued?: boolean;
  /** `3.2 s`, `failed after 3.2 s`. */
  readonly label: string;
}

export interface IPoint {
  readonly x: number;
  readonly y: number;
}
