/** The runs of one notebook, as the list in the panel works with them. */

import { PathExt } from '@jupyterlab/coreutils';

import type { Controller } from './controller';
import type { IComparison, IRunSummary } from './model/history';
import type { IRunsSource } from './view/runs';

export class Runs implements IRunsSource {
  constructor(private _controller: Controller) {}

  get version(): string {
    const run = this._controller.model.run;
    return run ? `${run.run} ${run.phase}` : 'none';
  }

  list(): Promise<IRunSummary[]> {
    return this._server.runs(this._path);
  }

  refresh(run: string): Promise<IRunSummary> {
    return this._server.refresh(this._path, run);
  }

  compare(before: string, after: string): Promise<IComparison> {
    return this._server.compare(this._path, before, after);
  }

  retry(run: string): Promise<void> {
    return this._controller.retry(run);
  }

  stop(run: string): Promise<void> {
    return this._server.stop(this._path, run);
  }

  remove(run: string): Promise<void> {
    return this._server.delete(this._path, run);
  }

  /** Open what a run executed: a notebook of its own beside this one. */
  async open(run: string): Promise<void> {
    const { contents } = this._controller;
    const stem = PathExt.basename(this._path, '.ipynb');
    const short = run.slice(run.lastIndexOf('-') + 1);
    const path = PathExt.join(PathExt.dirname(this._path), `${stem}.run-${short}.ipynb`);
    const there = await contents.get(path, { content: false }).catch(() => null);
    if (!there) {
      const content = await this._server.executed(this._path, run);
      await contents.save(path, { type: 'notebook', format: 'json', content });
    }
    await this._controller.open(path);
  }

  private get _server() {
    return this._controller.server;
  }

  private get _path(): string {
    return this._controller.path;
  }
}
