/** What our plugins give each other. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';

import type { Controller } from './controller';
import type { TagTable } from './model/tags';
import type { Settings } from './plugins/settings';
import type { Server } from './server';

export interface IPipelines {
  /** The controller of an open notebook. */
  of(panel: NotebookPanel | null): Controller | null;
  /** The tag language. */
  readonly table: Promise<TagTable>;
  /** What the user has set for all notebooks. */
  readonly settings: Settings;
  readonly server: Server;
}

export const IPipelines = new Token<IPipelines>(
  'nbdag:IPipelines',
  'The pipelines of the open notebooks.'
);
