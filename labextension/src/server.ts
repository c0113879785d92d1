/** The only door to nbdag's server extension: its routes, and its stream. */

import { URLExt } from '@jupyterlab/coreutils';
import type { IOutput } from '@jupyterlab/nbformat';
import { ServerConnection } from '@jupyterlab/services';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IComparison, IRunSummary } from './model/history';
import type { IChecked } from './model/model';
import type { IRunTold } from './model/run';
import type { TagTable } from './model/tags';

/** What a cell displayed in a run, and the source that it had then. */
export interface ICellOutputs {
  readonly number: number;
  readonly id: string;
  readonly source: string;
  readonly outputs: IOutput[];
}

/** A value that a step has saved. */
export interface IValue {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
}

export class Server {
  constructor(private _settings: ServerConnection.ISettings) {}

  tags(): Promise<TagTable> {
    return this._ask<TagTable>(['tags']);
  }

  check(path: string, notebook: JSONValue): Promise<IChecked> {
    return this._ask<IChecked>(['check'], {}, { path, notebook });
  }

  /** Where the notebook is on the server's disk. */
  async file(path: string): Promise<string> {
    return (await this._ask<{ file: string }>(['file'], { path })).file;
  }

  async start(path: string, notebook: JSONValue, options: JSONObject = {}): Promise<string> {
    const body = { ...options, path, notebook };
    return (await this._ask<{ run: string }>(['runs'], {}, body)).run;
  }

  async stop(path: string, run: string): Promise<void> {
    await this._ask(['runs', run, 'stop'], { path }, {});
  }

  /** The tags of all cells, with steps by the notebook's headings. */
  async propose(path: string, notebook: JSONValue): Promise<string[][]> {
    return (await this._ask<{ tags: string[][] }>(['propose'], {}, { path, notebook })).tags;
  }

  async runs(path: string): Promise<IRunSummary[]> {
    return (await this._ask<{ runs: IRunSummary[] }>(['runs'], { path })).runs;
  }

  /** Look how far a run on a cluster is. */
  refresh(path: string, run: string): Promise<IRunSummary> {
    return this._ask<IRunSummary>(['runs', run, 'refresh'], { path }, {});
  }

  /** Go on from what succeeded in a run; the new run's id. */
  async retry(path: string, run: string): Promise<string> {
    return (await this._ask<{ run: string }>(['runs', run, 'retry'], { path }, {})).run;
  }

  async delete(path: string, run: string): Promise<void> {
    await this._ask(['runs', run, 'delete'], { path }, {});
  }

  /** The notebook as a run executed it. */
  executed(path: string, run: string): Promise<JSONObject> {
    return this._ask<JSONObject>(['runs', run, 'executed'], { path });
  }

  compare(path: string, before: string, after: string): Promise<IComparison> {
    return this._ask<IComparison>(['compare'], { path, before, after });
  }

  /** Let a step through its gate, or, where not `value`, fail it there. */
  async approve(path: string, run: string, node: string, value = true): Promise<void> {
    await this._ask(['runs', run, 'approve'], { path }, { node, value });
  }

  async outputs(path: string, run: string, step: string): Promise<ICellOutputs[]> {
    const query = { path, step };
    return (await this._ask<{ cells: ICellOutputs[] }>(['runs', run, 'outputs'], query)).cells;
  }

  async values(path: string, run: string, step: string): Promise<IValue[]> {
    return (await this._ask<{ values: IValue[] }>(['runs', run, 'steps', step, 'values'], { path })).values;
  }

  async log(path: string, run: string, step: string): Promise<string> {
    return (await this._ask<{ log: string }>(['runs', run, 'steps', step, 'log'], { path })).log;
  }

  /** Ask for something, and throw the server's own words where it refuses. */
  private async _ask<T>(
    route: readonly string[],
    query: Record<string, string> = {},
    body?: JSONObject
  ): Promise<T> {
    const parts = ['nbdag', ...route.map(encodeURIComponent)];
    const url = URLExt.join(this._settings.baseUrl, ...parts) + URLExt.objectToQueryString(query);
    const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    const response = await ServerConnection.makeRequest(url, init, this._settings);
    const data = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw new Error((data as { message?: string }).message || response.statusText);
    }
    return data as T;
  }
}

/** A message of the stream: how a notebook's newest run goes on, that it is gone, or why that isn't known. */
export type Told = { readonly path: string } & (
  | IRunTold
  | { readonly gone: string }
  | { readonly error: string }
);

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/** One websocket for all notebooks of this tab; it comes back by itself when it breaks. */
export class Stream implements IDisposable {
  constructor(private _settings: ServerConnection.ISettings) {}

  get told(): ISignal<this, Told> {
    return this._told;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Hear of the runs of a notebook from now on; `run` is one from before it had this name. */
  follow(path: string, run = ''): void {
    this._paths.set(path, run);
    if (this._socket?.readyState === WebSocket.OPEN) {
      this._socket.send(JSON.stringify({ follow: path, run }));
    } else if (!this._socket) {
      this._connect();
    }
  }

  leave(path: string): void {
    this._paths.delete(path);
    if (this._socket?.readyState === WebSocket.OPEN) {
      this._socket.send(JSON.stringify({ leave: path }));
    }
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    this._socket?.close();
    Signal.clearData(this);
  }

  private _connect(): void {
    const { wsUrl, token, appendToken } = this._settings;
    const query = appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
    const socket = new this._settings.WebSocket(URLExt.join(wsUrl, 'nbdag/stream') + query);
    this._socket = socket;
    socket.onopen = () => {
      this._wait = FIRST_WAIT;
      this._paths.forEach((run, path) => socket.send(JSON.stringify({ follow: path, run })));
    };
    socket.onmessage = event => this._told.emit(JSON.parse(event.data as string) as Told);
    socket.onclose = () => {
      this._socket = null;
      if (!this._isDisposed) {
        this._timer = window.setTimeout(() => this._connect(), this._wait);
        this._wait = Math.min(this._wait * 2, LONGEST_WAIT);
      }
    };
  }

  private _told = new Signal<this, Told>(this);
  private _paths = new Map<string, string>();
  private _socket: WebSocket | null = null;
  private _wait = FIRST_WAIT;
  private _timer = 0;
  private _isDisposed = false;
}
