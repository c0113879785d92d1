/** The plugin on which the others build: it follows each open notebook. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { Controller } from '../controller';
import { Server, Stream } from '../server';
import { IPipelines } from '../tokens';
import { Settings } from './settings';

export const pipelines: JupyterFrontEndPlugin<IPipelines> = {
  id: 'nbdag:pipelines',
  description: 'Knows the pipeline of each open notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry],
  provides: IPipelines,
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null
  ): IPipelines => {
    const { serverSettings, contents } = app.serviceManager;
    const server = new Server(serverSettings);
    const stream = new Stream(serverSettings);
    const table = server.tags();
    const settings = new Settings(registry, 'nbdag:pipelines');
    const open = (path: string) => app.commands.execute('docmanager:open', { path });
    const services = { server, stream, contents, table, settings, open };
    const known = new WeakMap<NotebookPanel, Controller>();
    // Made when first asked for: the tracker tells of a notebook's focus before it tells of it.
    const of = (panel: NotebookPanel | null) => {
      if (panel && !known.has(panel)) {
        known.set(panel, new Controller(panel, services));
      }
      return (panel && known.get(panel)) || null;
    };
    forEachPanel(tracker, of);
    return { of, table, settings, server };
  }
};

/** Visit the notebooks that are open, and each that will be. */
export function forEachPanel(tracker: INotebookTracker, visit: (panel: NotebookPanel) => unknown) {
  tracker.forEach(visit);
  tracker.widgetAdded.connect((_, panel) => void visit(panel));
}

/** What a plugin does with one open notebook. */
type Visit = (panel: NotebookPanel, known: IPipelines, trans: TranslationBundle) => unknown;

/** A plugin that does one thing with each open notebook. */
export function panelPlugin(id: string, description: string, visit: Visit): JupyterFrontEndPlugin<void> {
  return {
    id,
    description,
    autoStart: true,
    requires: [INotebookTracker, IPipelines],
    optional: [ITranslator],
    activate: (
      _: JupyterFrontEnd,
      tracker: INotebookTracker,
      known: IPipelines,
      translator: ITranslator | null
    ) => {
      const trans = (translator ?? nullTranslator).load('nbdag');
      forEachPanel(tracker, panel => visit(panel, known, trans));
    }
  };
}
