/** What the user has set for all notebooks, see schema/pipelines.json; usual values without. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal, type ISignal } from '@lumino/signaling';

/** Where a run can be: this machine, a cluster with Argo Workflows, Kubeflow Pipelines. */
export type Target = 'here' | 'argo' | 'kfp';

export interface ISettings {
  /** Where Run runs. */
  readonly target: Target;
  /** Take from earlier runs what has not changed. */
  readonly onlyChanged: boolean;
  readonly namespace: string;
  readonly image: string;
  readonly profile: string;
  /** The artifact store on the cluster: a config map and its key. */
  readonly repository: string;
  /** The address of Kubeflow Pipelines, a file with a token for it, and one with certificates. */
  readonly endpoint: string;
  readonly tokenFile: string;
  readonly authorities: string;
  /** Show problems in the cells. */
  readonly squiggles: boolean;
  /** The colours of the states. */
  readonly states: 'usual' | 'colour-blind';
}

const USUAL: ISettings = {
  target: 'here',
  onlyChanged: true,
  namespace: '',
  image: '',
  profile: '',
  repository: '',
  endpoint: '',
  tokenFile: '',
  authorities: '',
  squiggles: true,
  states: 'usual'
};

export class Settings {
  constructor(registry: ISettingRegistry | null, plugin: string) {
    void registry
      ?.load(plugin)
      .then(found => {
        this._found = found;
        found.changed.connect(this._read, this);
        this._read();
      })
      .catch(error => console.error('The settings of nbdag could not be read.', error));
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get now(): ISettings {
    return this._now;
  }

  /** Set one of them, for all notebooks and for ever. */
  async set<K extends keyof ISettings>(name: K, value: ISettings[K]): Promise<void> {
    this._now = { ...this._now, [name]: value };
    this._changed.emit();
    await this._found?.set(name, value);
  }

  private _read(): void {
    this._now = { ...USUAL, ...(this._found!.composite as Partial<ISettings>) };
    document.body.dataset.nbdagStates = this._now.states;
    this._changed.emit();
  }

  private _found: ISettingRegistry.ISettings | null = null;
  private _now = USUAL;
  private _changed = new Signal<this, void>(this);
}
