/** Our plugins; each can be disabled by itself. They alone touch JupyterLab's tokens. */

import { chips } from './plugins/chips';
import { commands } from './plugins/commands';
import { consoles } from './plugins/console';
import { gates } from './plugins/gates';
import { launcher } from './plugins/launcher';
import { outputs } from './plugins/outputs';
import { panel } from './plugins/panel';
import { pipelines } from './plugins/pipelines';
import { squiggles } from './plugins/squiggles';
import { status } from './plugins/status';

export default [pipelines, panel, outputs, commands, chips, squiggles, status, launcher, gates, consoles];
