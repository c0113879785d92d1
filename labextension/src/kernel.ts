/** The door to the client in the notebook's kernel, see `nbdag/kernel/client.py`. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

const SERVE = "__import__('nbdag.kernel.client', fromlist=['serve']).serve()";
/** How long the client may take to be there, in ms; a run itself is waited for. */
const PATIENCE = 6000;

interface IAnswer {
  readonly id: number;
  readonly run?: string;
  readonly error?: string;
  /** It can't see the notebook's file. */
  readonly absent?: boolean;
}

/** What JupyterLab's comms have beyond their interface. */
interface IOverSubshell extends Kernel.IComm {
  readonly subshellStarted?: Promise<void>;
}

export class KernelClient {
  constructor(private _session: ISessionContext) {}

  /**
   * Have the kernel start a run, and return its id; `null` where there is no kernel that can.
   *
   * It answers while a cell runs: what it is asked goes to a subshell.
   */
  run(request: JSONObject): Promise<string | null> {
    return this._start({ ...request, do: 'run' });
  }

  /** Have the kernel go on from a run, likewise. */
  retry(request: JSONObject): Promise<string | null> {
    return this._start({ ...request, do: 'retry' });
  }

  private async _start(request: JSONObject): Promise<string | null> {
    const kernel = this._session.session?.kernel;
    if (!kernel || !(await within(PATIENCE, isAble(kernel)))) {
      return null;
    }
    if (this._kernel !== kernel || this._comm?.isDisposed !== false) {
      this._comm = await this._open(kernel).catch(() => null);
      this._kernel = kernel;
    }
    const comm = this._comm;
    if (!comm) {
      return null;
    }
    const answer = await this._ask(kernel, comm, request);
    if (answer.error) {
      throw new Error(answer.error);
    }
    return answer.run ?? null;
  }

  /** Start the client in the kernel, and say hello to it. */
  private async _open(kernel: Kernel.IKernelConnection): Promise<Kernel.IComm | null> {
    if (!(await serve(kernel))) {
      return null;
    }
    const comm = kernel.createComm('nbdag');
    // Before that its messages would go to the main shell, which may be busy.
    await within(PATIENCE, (comm as IOverSubshell).subshellStarted ?? Promise.resolve());
    comm.onMsg = message => {
      const answer = message.content.data as unknown as IAnswer;
      this._waiting.get(answer.id)?.(answer);
      this._waiting.delete(answer.id);
    };
    comm.open({});
    const hello = await within(PATIENCE, this._ask(kernel, comm, { do: 'hello' }));
    return hello && !hello.error ? comm : null;
  }

  private _ask(
    kernel: Kernel.IKernelConnection,
    comm: Kernel.IComm,
    data: JSONObject
  ): Promise<IAnswer> {
    const id = ++this._last;
    return new Promise(resolve => {
      const done = (answer: IAnswer) => {
        kernel.statusChanged.disconnect(gone);
        resolve(answer);
      };
      const gone = (_: unknown, status: string) => {
        if (['dead', 'restarting', 'autorestarting', 'terminating'].includes(status)) {
          this._waiting.delete(id);
          this._comm = null;
          done({ id, error: 'The kernel ended before it had started the run.' });
        }
      };
      kernel.statusChanged.connect(gone);
      this._waiting.set(id, done);
      comm.send({ ...data, id });
    });
  }

  private _waiting = new Map<number, (answer: IAnswer) => void>();
  private _last = 0;
  private _kernel: Kernel.IKernelConnection | null = null;
  private _comm: Kernel.IComm | null = null;
}

/** Whether the kernel can be asked while it runs a cell. */
async function isAble(kernel: Kernel.IKernelConnection): Promise<boolean> {
  if (kernel.connectionStatus !== 'connected' || kernel.status === 'dead' || !kernel.handleComms) {
    return false;
  }
  const info = await kernel.info;
  return info.language_info.name === 'python' && kernel.supportsSubshells;
}

/** Import the client in the kernel, on a subshell that is there only for that. */
async function serve(kernel: Kernel.IKernelConnection): Promise<boolean> {
  const made = await within(PATIENCE, kernel.requestCreateSubshell({}).done);
  const subshell = made?.content.subshell_id;
  if (!subshell) {
    return false;
  }
  // A connection of its own would first ask the main shell, which may be busy.
  const usual = kernel.subshellId;
  kernel.subshellId = subshell;
  const asked = kernel.requestExecute({ code: SERVE, silent: true, store_history: false });
  kernel.subshellId = usual;
  const reply = await within(PATIENCE, asked.done);
  await within(PATIENCE, kernel.requestDeleteSubshell({ subshell_id: subshell }).done);
  return reply?.content.status === 'ok';
}

/** What is promised, or `null` where it isn't there in time. */
async function within<T>(time: number, promised: Promise<T>): Promise<T | null> {
  let timer = 0;
  const late = new Promise<null>(resolve => {
    timer = window.setTimeout(() => resolve(null), time);
  });
  try {
    return await Promise.race([promised, late]);
  } finally {
    window.clearTimeout(timer);
  }
}
