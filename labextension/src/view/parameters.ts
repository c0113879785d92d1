/** The dialog before a run: a typed field for each parameter, and where a cluster runs it. */

import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { wanted, type IParameter } from '../model/parameters';
import { h } from './dom';

export type PlaceName = 'endpoint' | 'namespace' | 'image';

/** A field that isn't a parameter of the notebook: where it runs on a cluster. */
export interface IPlaceField {
  readonly name: PlaceName;
  readonly label: string;
  readonly placeholder: string;
  /** What was chosen last time, or is set for all notebooks. */
  readonly value: string;
  /** It can't be left empty. */
  readonly needed: boolean;
}

export interface IParametersOptions {
  readonly title: string;
  readonly parameters: readonly IParameter[];
  /** What was chosen last time. */
  readonly values: Readonly<Record<string, string>>;
  readonly place: readonly IPlaceField[];
  readonly trans: TranslationBundle;
}

export interface IAnswer {
  readonly values: Readonly<Record<string, string>>;
  readonly place: Record<string, string>;
}

/** Ask for the parameters of a run; `null` where it is called off. */
export async function askParameters(options: IParametersOptions): Promise<IAnswer | null> {
  const { trans, title } = options;
  const body = new Fields(options);
  const dialog = new Dialog<IAnswer>({
    title,
    body,
    focusNodeSelector: '.nbdag-parameters input', // the button, where there is none
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Run') })
    ]
  });
  body.onCheck = right => {
    dialog.node.querySelector<HTMLButtonElement>('.jp-mod-accept')!.disabled = !right;
  };
  body.check();
  const result = await dialog.launch();
  return result.button.accept ? result.value : null;
}

class Fields extends Widget {
  constructor(private _options: IParametersOptions) {
    super();
    this.addClass('nbdag-parameters');
    const { parameters, place, trans } = _options;
    this.node.append(...place.map(one => this._placeField(one)));
    this.node.append(...parameters.map(one => this._parameter(one)));
    if (!parameters.length) {
      const how = trans.__('Tag a cell `parameters`: what it sets can be chosen here.');
      this.node.append(h('p', { class: 'nbdag-quiet' }, trans.__('The notebook has no parameters.'), ' ', how));
    }
  }

  onCheck: (right: boolean) => void = () => undefined;

  /** Say whether all can be taken as it is. */
  check(): void {
    this.onCheck(this._wrong.size === 0);
  }

  getValue(): IAnswer {
    return { values: this._values, place: this._place };
  }

  private _placeField(one: IPlaceField): HTMLElement {
    const { name, label, placeholder, needed } = one;
    const input = h('input', { type: 'text', value: one.value, placeholder, spellcheck: false, required: needed });
    const take = () => {
      const value = input.value.trim();
      this._place[name] = value;
      this._wrong[needed && !value ? 'add' : 'delete'](`@${name}`);
    };
    input.oninput = () => {
      take();
      this.check();
    };
    take();
    return h('label', {}, h('span', {}, label), input);
  }

  private _parameter(one: IParameter): HTMLElement {
    const { trans } = this._options;
    const now = this._options.values[one.name] ?? one.text;
    this._values[one.name] = now;
    const name = h('span', { class: 'nbdag-parameter-name' }, one.name);
    const type = h('span', { class: 'nbdag-parameter-type' }, one.type === 'none' ? 'any' : one.type);
    const help = one.help ? [h('small', {}, one.help)] : [];
    const wrong = h('small', { class: 'nbdag-parameter-wrong', role: 'alert' });
    const control = one.type === 'bool' ? this._box(one.name, now) : this._text(one, now);
    if (one.type !== 'bool') {
      control.addEventListener('input', () => {
        this._values[one.name] = control.value;
        const words = wanted(one.type, control.value);
        wrong.textContent = words && trans.__('This has to be %1.', words);
        control.setAttribute('aria-invalid', String(words !== ''));
        this._wrong[words ? 'add' : 'delete'](one.name);
        this.check();
      });
    }
    return h('label', {}, h('span', {}, name, type), control, ...help, wrong);
  }

  private _text(one: IParameter, value: string): HTMLInputElement {
    return h('input', {
      type: 'text',
      value,
      spellcheck: false,
      autocomplete: 'off',
      inputmode: one.type === 'int' ? 'numeric' : one.type === 'float' ? 'decimal' : 'text',
      title: this._options.trans.__('Usually %1', one.text)
    });
  }

  private _box(name: string, value: string): HTMLInputElement {
    const box = h('input', { type: 'checkbox', checked: value === 'true' });
    box.onchange = () => (this._values[name] = String(box.checked));
    return box;
  }

  private _values: Record<string, string> = {};
  private _place: Record<string, string> = {};
  private _wrong = new Set<string>();
}
