/** What our plugins give each other. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';

import type { Controller } from './controller';
import type { TagTable } from './model/tags';

export interface IPipelines {
  /** The controller of an open notebook. */
  of(panel: NotebookPanel | null): Controller | null;
  /** The tag language. */
  readonly table: Promise<TagTable>;
}

export const IPipelines = new Token<IPipelines>(
  'nbdag:IPipelines',
  'The pipelines of the open notebooks.'
);
