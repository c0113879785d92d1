/**
 * Renderer: draws what nbdag displays below a cell, in JupyterLab with our extension.
 *
 *     output ─► as it was then; of a run of this notebook, what the server tells of it
 *        └────► the kernel's widget, once there is one: live, whatever notebook it is of
 *
 * So a saved notebook is drawn without a kernel, and one that isn't trusted without its code.
 */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type Message, MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { Controller } from '../controller';
import type { IPipeline } from '../model/pipeline';
import { told, type IRun, type IRunTold } from '../model/run';
import { jump } from '../notebook';
import { InlineDag } from './inline';

const MIME = 'application/vnd.nbdag.dag+json';
const WIDGET = 'application/vnd.jupyter.widget-view+json';

interface IShown {
  readonly pipeline: IPipeline;
  readonly run: IRunTold | null;
}

/** What makes renderers for one notebook. They run no code of the notebook, so all are safe. */
export function rendererFactory(
  controller: Controller,
  trans: TranslationBundle
): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [MIME],
    createRenderer: () => new DagRenderer(controller, trans)
  };
}

class DagRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(
    private _controller: Controller,
    trans: TranslationBundle
  ) {
    super();
    this._view = new InlineDag(this.node, {
      trans,
      onApprove: step => void _controller.approve(step),
      onOpen: cells => cells.length && void jump(_controller.panel, cells[0] - 1)
    });
    _controller.model.changed.connect(this._refresh, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { pipeline, run } = model.data[MIME] as unknown as IShown;
    this._own = run && told(null, run, run.now);
    this._at = run && run.now;
    this._view.setPipeline(pipeline);
    this._refresh();
    // The widget's code comes from the kernel, or from the file: only who trusts it runs it.
    if (model.trusted && WIDGET in model.data) {
      this._await(model);
    }
  }

  override dispose(): void {
    this._controller.model.changed.disconnect(this._refresh, this);
    this._arrived.disconnect();
    this._live?.dispose();
    this._view.dispose();
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this._live) {
      MessageLoop.sendMessage(this._live, Widget.Msg.AfterAttach);
    }
  }

  /** Let the kernel's widget take the drawing's place as soon as it is there, if it ever is. */
  private _await(model: IRenderMime.IMimeModel): void {
    const { rendermime } = this._controller.panel.content;
    if (this._live || !rendermime.getFactory(WIDGET)) {
      return;
    }
    this._live = rendermime.createRenderer(WIDGET);
    this._live.node.hidden = true;
    this.node.append(this._live.node);
    if (this.isAttached) {
      MessageLoop.sendMessage(this._live, Widget.Msg.AfterAttach);
    }
    this._arrived.observe(this._live.node, { childList: true, subtree: true });
    void this._live.renderModel(model).catch(() => undefined);
  }

  private _onArrived(): void {
    const there = this._live?.node.querySelector('.nbdag-inline') ?? null;
    this._view.node.hidden = there !== null;
    this._live!.node.hidden = there === null;
  }

  private _refresh(): void {
    const { run, trouble } = this._controller.model;
    const live = this._own !== null && run?.run === this._own.run;
    this._view.setRun(live ? run : this._own, live ? null : this._at);
    this._view.setTrouble(live ? trouble : '');
  }

  private _view: InlineDag;
  private _own: IRun | null = null;
  private _at: number | null = null;
  private _live: IRenderMime.IRenderer | null = null;
  private _arrived = new MutationObserver(() => this._onArrived());
}
