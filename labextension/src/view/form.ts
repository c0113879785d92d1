/** The form of a cell's step: a popover made from the tag table, saved as you type. */

import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';

import {
  isBare,
  problem,
  replaced,
  replacedAll,
  roleName,
  settingValue,
  settingValues,
  stepName,
  withRole,
  withStep,
  type IDirective,
  type TagTable
} from '../model/tags';
import { setTags, tagsOf } from '../notebook';
import { h } from './dom';

const SAVE_AFTER = 400;

export interface IFormOptions {
  readonly cell: Cell;
  readonly anchor: HTMLElement;
  readonly table: TagTable;
  /** The names of the notebook's steps, to complete with. */
  readonly steps: readonly string[];
  readonly trans: TranslationBundle;
  readonly onClose: () => void;
}

/** Open the form below its anchor; it closes by Escape, Enter, or a click elsewhere. */
export function openForm(options: IFormOptions): void {
  new Form(options).open();
}

class Form {
  constructor(private _options: IFormOptions) {
    const { trans } = _options;
    this._node = h('form', { class: 'nbdag-form', popover: 'auto', 'aria-label': trans.__('Step') });
    this._node.append(this._stepField(), this._roleField(), this._settings(), this._lists());
    this._node.onsubmit = event => event.preventDefault();
    this._node.onkeydown = event => {
      event.stopPropagation(); // JupyterLab's shortcuts are not meant for what is typed here
      if (event.key === 'Enter' && !(event.target as Element).matches('summary, textarea')) {
        event.preventDefault();
        this._node.hidePopover();
      }
    };
    this._node.ontoggle = event => {
      if ((event as ToggleEvent).newState === 'closed') {
        this._save();
        this._node.remove();
        _options.onClose();
      }
    };
  }

  open(): void {
    document.body.append(this._node);
    this._node.showPopover();
    this._place();
    const name = this._node.querySelector('input')!;
    name.focus();
    name.select();
  }

  /** Stand below the anchor, or above it, or, where there is no room either way, beside it. */
  private _place(): void {
    const anchor = this._options.anchor.getBoundingClientRect();
    const own = this._node.getBoundingClientRect();
    const [below, above] = [anchor.bottom + 4, anchor.top - own.height - 4];
    const lowest = window.innerHeight - own.height - 8;
    const beside = below > lowest && above < 8;
    const top = below <= lowest ? below : beside ? lowest : above;
    const left = beside ? anchor.right + 8 : anchor.left;
    this._node.style.left = `${Math.max(8, Math.min(left, window.innerWidth - own.width - 8))}px`;
    this._node.style.top = `${Math.max(8, top)}px`;
  }

  private _stepField(): HTMLElement {
    const { table, trans, steps } = this._options;
    const one = table.find(each => each.kind === 'step')!;
    const names = h('datalist', { id: 'nbdag-steps' }, ...steps.map(name => h('option', { value: name })));
    const input = h('input', {
      type: 'text',
      list: names.id,
      spellcheck: false,
      autocomplete: 'off',
      placeholder: trans.__('continues the step above'),
      value: stepName(table, this._tags) ?? ''
    });
    const check = () => (input.value ? problem(one, input.value) : '');
    const save = () => (this._tags = withStep(table, this._tags, input.value || null));
    return h('div', {}, this._field(trans.__('Step'), one.help, input, check, save), names);
  }

  private _roleField(): HTMLElement {
    const { table, trans } = this._options;
    const roles = table.filter(one => one.kind === 'role');
    const select = h(
      'select',
      {},
      h('option', { value: '' }, trans.__('part of a step')),
      ...roles.map(one => h('option', { value: one.name, title: one.help }, one.name))
    );
    select.value = roleName(table, this._tags) ?? '';
    const save = () => (this._tags = withRole(table, this._tags, select.value || null));
    return this._field(trans.__('This cell is'), '', select, () => '', save);
  }

  private _settings(): HTMLElement {
    const { table, trans } = this._options;
    const shown = table.filter(one => one.kind === 'setting' && !one.many);
    const set = shown.filter(one => settingValue(one, this._tags) !== null).length;
    const title = set ? trans.__('Settings (%1)', set) : trans.__('Settings');
    return this._folded(title, set > 0, shown.map(one => this._setting(one)));
  }

  /** Settings that may stand more than once: one a line. */
  private _lists(): HTMLElement {
    const { table, trans } = this._options;
    const shown = table.filter(one => one.kind === 'setting' && one.many);
    const set = shown.reduce((sum, one) => sum + settingValues(one, this._tags).length, 0);
    const title = trans.__('Secrets, variables, volumes');
    return this._folded(set ? `${title} (${set})` : title, set > 0, shown.map(one => this._list(one)));
  }

  private _list(one: IDirective): HTMLElement {
    const values = settingValues(one, this._tags);
    const text = h('textarea', {
      rows: Math.max(values.length, 1),
      spellcheck: false,
      placeholder: one.example.slice(one.name.length + 1),
      value: values.join('\n')
    });
    const lines = () => text.value.split('\n').map(line => line.trim()).filter(Boolean);
    text.oninput = () => (text.rows = text.value.split('\n').length);
    const check = () => lines().map(line => problem(one, line)).find(Boolean) ?? '';
    const save = () => (this._tags = replacedAll(this._tags, one, lines()));
    return this._field(one.name, one.help, text, check, save);
  }

  private _folded(title: string, open: boolean, fields: HTMLElement[]): HTMLElement {
    const details = h('details', {}, h('summary', {}, title), ...fields);
    details.open = open;
    details.ontoggle = () => this._place();
    return details;
  }

  private _setting(one: IDirective): HTMLElement {
    const value = settingValue(one, this._tags);
    const fields = one.forms.some(form => form.fields.length > 0);
    const text = h('input', {
      type: 'text',
      spellcheck: false,
      autocomplete: 'off',
      placeholder: one.example.slice(one.name.length + 1),
      value: value ?? ''
    });
    if (!isBare(one)) {
      const check = () => (text.value ? problem(one, text.value) : '');
      const save = () => (this._tags = replaced(this._tags, one, text.value || null));
      return this._field(one.name, one.help, text, check, save);
    }
    const box = h('input', { type: 'checkbox', checked: value !== null });
    text.oninput = () => (box.checked = box.checked || text.value !== '');
    const both = h('span', { class: 'nbdag-form-both' }, box, ...(fields ? [text] : []));
    const check = () => (box.checked ? problem(one, text.value) : '');
    const save = () => (this._tags = replaced(this._tags, one, box.checked ? text.value : null));
    return this._field(one.name, one.help, both, check, save);
  }

  /** A labelled control; `save` is called where `check` finds nothing wrong. */
  private _field(
    name: string,
    help: string,
    control: HTMLElement,
    check: () => string,
    save: () => void
  ): HTMLElement {
    const wrong = h('div', { class: 'nbdag-form-wrong', role: 'alert' });
    const label = h('label', { title: help }, h('span', {}, name), control);
    const field = h('div', { class: 'nbdag-form-field' }, label, wrong);
    field.addEventListener('input', () => {
      wrong.textContent = check();
      field.classList.toggle('nbdag-mod-wrong', wrong.textContent !== '');
      if (!wrong.textContent) {
        save();
        window.clearTimeout(this._timer);
        this._timer = window.setTimeout(() => this._save(), SAVE_AFTER);
      }
    });
    return field;
  }

  private _save(): void {
    window.clearTimeout(this._timer);
    if (!this._options.cell.isDisposed) {
      setTags(this._options.cell, this._tags);
    }
  }

  private _node: HTMLFormElement;
  private _timer = 0;
  private _tags = tagsOf(this._options.cell);
}
