/** Words: what a drawing says; the host has it translated. */

import type { INodeState } from './graph';

export interface IDagWords {
  readonly label: string;
  readonly search: string;
  readonly approve: string;
  /** A step that waits, in short, beside its button. */
  readonly waits: string;
  /** The buttons of a step by its title, for who can't see them. */
  readonly approveStep: (title: string) => string;
  readonly iterationsOf: (title: string) => string;
  readonly noIterations: string;
  /** How states are called, below titles. */
  readonly state: (state: INodeState) => string;
}
