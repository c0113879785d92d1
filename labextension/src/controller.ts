/** Controller: keeps one open notebook, its model and the server in step. */

import type { Contents } from '@jupyterlab/services';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import { Signal } from '@lumino/signaling';

import { KernelClient } from './kernel';
import { PipelineModel } from './model/model';
import { isBad, isDone, type IStepRun } from './model/run';
import { stepName, type TagTable } from './model/tags';
import { contentOf, putOutputs, setAllTags, tagsOf } from './notebook';
import { Runs } from './runs';
import type { Settings, Target } from './plugins/settings';
import type { ICellOutputs, IValue, Server, Stream, Told } from './server';

const CHECK_AFTER = 300;

/** What of the notebook is run, and where; all of it, here, with its defaults unless said. */
export type IRunOptions = {
  readonly to?: Target;
  readonly targets?: string[];
  readonly from?: string[];
  readonly typed?: Record<string, string>;
  readonly namespace?: string;
  readonly image?: string;
  readonly profile?: string;
  readonly repository?: string;
  readonly endpoint?: string;
  readonly token_file?: string;
  readonly authorities?: string;
};

/** What all controllers share. */
export interface IServices {
  readonly server: Server;
  readonly stream: Stream;
  readonly contents: Contents.IManager;
  readonly table: Promise<TagTable>;
  readonly settings: Settings;
  /** Open a file in the front end. */
  readonly open: (path: string) => Promise<unknown>;
}

export class Controller implements IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    services: IServices
  ) {
    const { server, stream, contents, table, settings } = services;
    this._server = server;
    this._stream = stream;
    this._contents = contents;
    this._table = table;
    this._settings = settings;
    this.open = services.open;
    this._kernel = new KernelClient(panel.sessionContext);
    this._path = this._localPath();
    panel.context.pathChanged.connect(this._onPath, this);
    panel.content.modelContentChanged.connect(this._onContent, this);
    panel.context.saveState.connect(this._onSave, this);
    stream.told.connect(this._onTold, this);
    void panel.context.ready.then(() => {
      if (!this.isDisposed) {
        stream.follow(this._path);
        void this.check();
      }
    });
    panel.disposed.connect(() => this.dispose());
  }

  readonly model = new PipelineModel();
  /** Open a file in the front end. */
  readonly open: (path: string) => Promise<unknown>;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._stream.leave(this._path);
    this._debouncer.dispose();
    Signal.clearData(this);
    Signal.clearData(this.model);
  }

  /** Look at the notebook as it is now; answers that come too late are let go. */
  async check(): Promise<void> {
    if (!this.panel.content.model) {
      return;
    }
    const content = contentOf(this.panel);
    const text = JSON.stringify(content);
    if (text === this._checkedText) {
      return;
    }
    this._checkedText = text;
    try {
      const found = await this._server.check(this._path, content as unknown as JSONValue);
      if (this._checkedText === text && !this.isDisposed) {
        const table = await this._table;
        const untagged = !this.panel.content.widgets.some(cell => stepName(table, tagsOf(cell)));
        this.model.setChecked(found, untagged);
      }
    } catch (error) {
      this._checkedText = '';
      this.model.setTrouble(String((error as Error).message));
    }
  }

  /** What was typed for the parameters last. */
  typed: Readonly<Record<string, string>> = {};
  /** What was typed last for the place of a run, at each target. */
  places: Readonly<Partial<Record<Target, Readonly<Record<string, string>>>>> = {};

  get server(): Server {
    return this._server;
  }

  get contents(): Contents.IManager {
    return this._contents;
  }

  /** The notebook's path, as Jupyter calls it. */
  get path(): string {
    return this._path;
  }

  /** Run the notebook as it is on the screen. */
  async run(options: IRunOptions = {}): Promise<void> {
    if (this.model.running) {
      return;
    }
    this.model.setTrouble('');
    this.model.setStarting(true);
    try {
      const { from, ...others } = options;
      const cache = this._settings.now.onlyChanged;
      const asked: JSONObject = { cache, ...others, ...(from ? { from_steps: [...from] } : {}) };
      const run = await this._start(asked);
      this._own = run;
      if (this.model.run?.run === run) {
        void this._takeOutputs();
      }
    } catch (error) {
      this.model.setStarting(false);
      this.model.setTrouble(String((error as Error).message));
    }
  }

  /** The notebook's runs, to be listed. */
  readonly runs = new Runs(this);

  /** Tag the notebook by its headings; undo in a cell takes that back there. */
  async propose(): Promise<void> {
    const content = contentOf(this.panel) as unknown as JSONValue;
    await this._try(
      this._server.propose(this._path, content).then(tags => {
        setAllTags(this.panel, tags);
        this.model.setTrouble('');
      })
    );
  }

  /** Go on from what succeeded in a run. */
  async retry(run: string): Promise<void> {
    const notebook = await this._server.file(this._path);
    const asked = await this._kernel.retry({ notebook, run });
    this._own = asked ?? (await this._server.retry(this._path, run));
    void this._takeOutputs();
  }

  /** Ask the run to end. */
  async stop(): Promise<void> {
    const run = this.model.run;
    if (run && !isDone(run.phase)) {
      await this._try(this._server.stop(this._path, run.run));
    }
  }

  /** Let a step of the newest run through its gate, or, where not `value`, fail it there. */
  async approve(step: string, value = true): Promise<void> {
    const run = this.model.run;
    if (run) {
      await this._try(this._server.approve(this._path, run.run, step, value));
    }
  }

  /** What a step has saved in the newest run, and what its cells displayed. */
  async values(step: string): Promise<IValue[]> {
    const run = this.model.run;
    return run ? this._server.values(this._path, run.run, step) : [];
  }

  async outputs(step: string): Promise<ICellOutputs[]> {
    const run = this.model.run;
    return run ? this._server.outputs(this._path, run.run, step) : [];
  }

  /** What the process of a step has printed in the newest run. */
  async log(step: string): Promise<string> {
    const run = this.model.run;
    return run ? this._server.log(this._path, run.run, step) : '';
  }

  /** Start a run in the kernel, or, where none can, in the server. */
  private async _start(asked: JSONObject): Promise<string> {
    const content = contentOf(this.panel) as unknown as JSONValue;
    const notebook = await this._server.file(this._path);
    const request = { ...asked, notebook, content: JSON.stringify(content) };
    return (
      (await this._kernel.run(request)) ?? (await this._server.start(this._path, content, asked))
    );
  }

  private async _try(asked: Promise<unknown>): Promise<void> {
    try {
      await asked;
    } catch (error) {
      this.model.setTrouble(String((error as Error).message));
    }
  }

  private _onContent(): void {
    void this._debouncer.invoke().catch(() => undefined);
  }

  private _onPath(): void {
    const own = this._own;
    this._stream.leave(this._path);
    this._path = this._localPath();
    this._own = own;
    this._stream.follow(this._path, this.model.run?.run);
  }

  /** A notebook that was deleted is there again: take what could not be taken meanwhile. */
  private _onSave(_: unknown, state: string): void {
    if (state === 'completed' && this._missed) {
      this.model.setTrouble('');
      void this._takeOutputs();
    }
  }

  private _onTold(_: Stream, news: Told): void {
    if (news.path !== this._path) {
      return;
    }
    if ('error' in news) {
      this.model.setTrouble(news.error);
      return;
    }
    if ('gone' in news) {
      this.model.setGone(news.gone);
      return;
    }
    this.model.setTold(news);
    void this._takeOutputs();
  }

  /**
   * Put the outputs of the steps that are done under their cells.
   *
   * Only the tab that started the run does that: two writers would write twice.
   */
  private async _takeOutputs(): Promise<void> {
    const run = this.model.run;
    if (!run || run.run !== this._own) {
      return;
    }
    this._missed = false;
    for (const [name, step] of Object.entries(run.steps)) {
      const key = `${run.run}/${name}/${step.finished}`;
      if (!isDone(step.phase) || step.phase === 'Skipped' || this._taken.has(key)) {
        continue;
      }
      this._taken.add(key);
      try {
        const cells = await this._server.outputs(this._path, run.run, name);
        if (!this.isDisposed) {
          this._tell(putOutputs(this.panel, run.run, withFailure(cells, step)));
        }
      } catch (error) {
        this._taken.delete(key);
        this._missed = true;
        this.model.setTrouble(String((error as Error).message));
        return;
      }
    }
    if (isDone(run.phase) && this._own === run.run) {
      this._own = null; // what the cells show from now on is nobody's to change
    }
  }

  private _tell(edited: readonly number[]): void {
    if (edited.length) {
      const cells = edited.length > 1 ? `Cells ${edited.join(', ')} were` : `Cell ${edited[0]} was`;
      const rest = 'since the run started; what is shown below is not of this run.';
      this.model.setTrouble(`${cells} edited or removed ${rest}`);
    }
  }

  /** The run that this tab has started; it is known after a reload, too. */
  private get _own(): string | null {
    return window.sessionStorage.getItem(`nbdag:run:${this._path}`);
  }

  private set _own(run: string | null) {
    window.sessionStorage.setItem(`nbdag:run:${this._path}`, run ?? '');
  }

  private _localPath(): string {
    return this._contents.localPath(this.panel.context.path);
  }

  private _server: Server;
  private _stream: Stream;
  private _contents: Contents.IManager;
  private _table: Promise<TagTable>;
  private _settings: Settings;
  private _kernel: KernelClient;
  private _path: string;
  private _checkedText = '';
  private _taken = new Set<string>();
  private _missed = false;
  private _isDisposed = false;
  private _debouncer = new Debouncer(() => this.check(), CHECK_AFTER);
}

/** The outputs with the reason of a failure that no cell displayed: nbdag's own words. */
function withFailure(cells: ICellOutputs[], step: IStepRun): ICellOutputs[] {
  const shown = cells.some(cell => cell.outputs.some(output => output.output_type === 'error'));
  if (!isBad(step.phase) || shown || !step.cell) {
    return cells;
  }
  const message = step.message ?? '';
  const failure = { output_type: 'error', ename: 'nbdag', evalue: message, traceback: [message] };
  return cells.map(cell =>
    cell.number === step.cell ? { ...cell, outputs: [...cell.outputs, failure] } : cell
  );
}
