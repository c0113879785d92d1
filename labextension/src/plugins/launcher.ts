/** The plugin of the launcher's card: a notebook that is a small pipeline already. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { pipelineIcon } from '../view/icon';

export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'nbdag:launcher',
  description: 'Makes a new notebook that is a pipeline.',
  autoStart: true,
  optional: [ILauncher, ICommandPalette, IDefaultFileBrowser, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    cards: ILauncher | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdag');
    const { contents, kernelspecs } = app.serviceManager;
    app.commands.addCommand(CommandIDs.create, {
      label: args => (args.cwd ? trans.__('Pipeline Notebook') : trans.__('New Pipeline Notebook')),
      caption: trans.__('Make a notebook with parameters and two steps'),
      icon: pipelineIcon,
      execute: async args => {
        const folder = typeof args.cwd === 'string' ? args.cwd : browser?.model.path ?? '';
        const made = await contents.newUntitled({ path: folder, type: 'notebook' });
        await kernelspecs.ready;
        const name = kernelspecs.specs?.default ?? '';
        const spec = kernelspecs.specs?.kernelspecs[name];
        const kernelspec = spec ? { name, display_name: spec.display_name, language: spec.language } : null;
        const content = template(trans.__('A pipeline'), kernelspec);
        await contents.save(made.path, { type: 'notebook', format: 'json', content });
        return app.commands.execute('docmanager:open', { path: made.path });
      },
      describedBy: {
        args: {
          type: 'object',
          properties: { cwd: { type: 'string', description: 'The folder to make it in' } }
        }
      }
    });
    cards?.add({ command: CommandIDs.create, category: trans.__('Notebook'), rank: 50 });
    palette?.addItem({ command: CommandIDs.create, category: trans.__('Pipeline') });
  }
};

/** A notebook with a parameter and two steps. */
function template(title: string, kernelspec: JSONObject | null): JSONObject {
  const code = (id: string, tag: string, source: string) => ({
    cell_type: 'code',
    id,
    metadata: { tags: [tag] },
    source,
    outputs: [],
    execution_count: null
  });
  return {
    cells: [
      { cell_type: 'markdown', id: 'title', metadata: {}, source: `# ${title}` },
      code('parameters', 'parameters', 'count = 10'),
      code('load', 'step:load', 'numbers = list(range(count))'),
      code('total', 'step:total', 'total = sum(numbers)\ntotal')
    ],
    metadata: kernelspec ? { kernelspec } : {},
    nbformat: 4,
    nbformat_minor: 5
  };
}
