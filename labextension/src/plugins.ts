/** Our plugins; each can be disabled by itself. They alone touch JupyterLab's tokens. */

import { chips } from './plugins/chips';
import { commands } from './plugins/commands';
import { panel } from './plugins/panel';
import { pipelines } from './plugins/pipelines';

export default [pipelines, panel, commands, chips];
