/** Drawer: below the DAG, a tab each for what is to be told; what has the focus keeps it. */

import type { Controller } from '../controller';
import { h } from './dom';

const BODY = 'nbdag-drawer-body';

export interface IDrawerTab {
  readonly id: string;
  /** Whether it is about the selected step: it is there only where there is one. */
  readonly ofStep?: boolean;
  readonly node: HTMLElement;
  label(controller: Controller | null): string;
  /** Called whenever anything has changed while it is shown. */
  refresh(controller: Controller | null, step: string | null): void;
}

export class Drawer {
  constructor(tabs: readonly IDrawerTab[]) {
    this.node.append(this._list, this._trouble, this._body);
    tabs.forEach(tab => this.add(tab));
    this._shown = tabs[0].id;
    this._list.onkeydown = event => this._onKey(event);
  }

  readonly node = h('div', { class: 'nbdag-drawer', hidden: true });

  /** Add a tab, before those of a step. */
  add(tab: IDrawerTab): void {
    const at = tab.ofStep ? -1 : this._tabs.findIndex(one => one.ofStep);
    this._tabs.splice(at < 0 ? this._tabs.length : at, 0, tab);
    const button = h('button', {
      type: 'button',
      role: 'tab',
      class: 'nbdag-tab',
      id: `nbdag-tab-${tab.id}`,
      'aria-controls': BODY,
      onclick: () => this.show(tab.id)
    });
    this._buttons.set(tab.id, button);
    this._list.replaceChildren(...this._tabs.map(one => this._buttons.get(one.id)!));
  }

  /** Show a tab. */
  show(id: string): void {
    this._shown = id;
    this.refresh(this._controller);
  }

  /** Show what is known of a step: in the tab that is shown, if it is about steps, else in `usual`. */
  open(step: string, usual: string): void {
    this._step = step;
    this.show(this._tab.ofStep ? this._shown : usual);
  }

  /** Show a tab of a step unasked: not in place of the runs, where somebody is at work. */
  offer(step: string, id: string): void {
    if (this._tab.ofStep || this._tab === this._tabs[0]) {
      this._step = step;
      this.show(id);
    }
  }

  /** Show what there is now of a notebook. */
  refresh(controller: Controller | null): void {
    if (controller !== this._controller) {
      this._controller = controller;
      this._step = null;
      this._shown = this._tab.ofStep ? this._tabs[0].id : this._shown;
    }
    const model = controller?.model;
    this.node.hidden = !model?.checked;
    if (!model?.checked) {
      return;
    }
    for (const tab of this._tabs) {
      const button = this._buttons.get(tab.id)!;
      const shown = tab.id === this._shown;
      button.hidden = Boolean(tab.ofStep) && this._step === null;
      button.textContent = tab.label(controller);
      button.setAttribute('aria-selected', String(shown));
      button.tabIndex = shown ? 0 : -1;
    }
    // An alert is read out each time when its text is set.
    if (this._trouble.textContent !== model.trouble) {
      this._trouble.textContent = model.trouble;
    }
    this._trouble.hidden = !model.trouble;
    const { id, node } = this._tab;
    this._body.setAttribute('aria-labelledby', this._buttons.get(id)!.id);
    if (this._body.firstChild !== node) {
      this._body.replaceChildren(node);
    }
    this._tab.refresh(controller, this._step);
  }

  private _onKey(event: KeyboardEvent): void {
    const stride = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (stride) {
      const there = this._tabs.filter(tab => !this._buttons.get(tab.id)!.hidden);
      const next = there[(there.indexOf(this._tab) + stride + there.length) % there.length];
      this.show(next.id);
      this._buttons.get(next.id)!.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private get _tab(): IDrawerTab {
    return this._tabs.find(tab => tab.id === this._shown)!;
  }

  private _controller: Controller | null = null;
  private _step: string | null = null;
  private _shown = '';
  private _tabs: IDrawerTab[] = [];
  private _buttons = new Map<string, HTMLButtonElement>();
  private _list = h('div', { class: 'nbdag-tabs', role: 'tablist' });
  private _trouble = h('div', { class: 'nbdag-trouble', role: 'alert', hidden: true });
  private _body = h('div', { class: 'nbdag-drawer-body', id: BODY, role: 'tabpanel' });
}
