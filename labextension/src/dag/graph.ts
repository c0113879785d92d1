/** What is drawn: steps and what travels between them. Knows neither JupyterLab nor notebooks. */

/** How a step looks, as in `nbdag_converters/drawing/states.py`. */
export type Look = 'pending' | 'running' | 'succeeded' | 'cached' | 'skipped' | 'failed' | 'waiting';

export interface IGraphNode {
  readonly id: string;
  readonly title: string;
  /** The step's own colour. */
  readonly colour: string;
  /** It fans out: its iterations can be shown. */
  readonly loop?: boolean;
  /** It is no step, but a cell whose statements steps run again. */
  readonly setup?: boolean;
}

/** Something that travels along an edge. */
export interface IEdgeRow {
  readonly name: string;
  readonly why: string;
  /** Its type and size, once they are known: `DataFrame · 96 kB`. */
  readonly what?: string;
}

export interface IGraphEdge {
  readonly source: string;
  readonly target: string;
  /** Rows of the table that is shown on hover: what travels, and why. */
  readonly rows: readonly IEdgeRow[];
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
  /** Of a loop: iterations that are done, of how many, and the state of each, a letter each. */
  readonly done?: number;
  readonly total?: number;
  readonly parts?: string;
}

export interface IPoint {
  readonly x: number;
  readonly y: number;
}
