/** Search: a field over the drawing, in which a step is looked for by its name. */

export interface ISearchOptions {
  readonly label: string;
  /** The text has changed: the host marks what it matches and says how many these are. */
  readonly onText: (text: string) => number;
  /** To the next one, or, backwards, to the one before. */
  readonly onNext: (backwards: boolean) => void;
  readonly onClose: () => void;
}

export class Search {
  constructor(frame: HTMLElement, private _options: ISearchOptions) {
    this._node.className = 'nbdag-search';
    this._node.hidden = true;
    this._input.type = 'search';
    this._input.placeholder = _options.label;
    this._input.setAttribute('aria-label', _options.label);
    this._count.setAttribute('role', 'status');
    this._node.append(this._input, this._count);
    frame.append(this._node);
    this._input.addEventListener('input', () => this._look());
    this._input.addEventListener('keydown', event => {
      if (event.key === 'Enter') {
        _options.onNext(event.shiftKey);
      } else if (event.key === 'Escape') {
        this.close();
      } else {
        event.stopPropagation();
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
  }

  open(): void {
    this._node.hidden = false;
    this._input.focus();
    this._input.select();
    this._look();
  }

  close(): void {
    this._node.hidden = true;
    this._options.onText('');
    this._options.onClose();
  }

  private _look(): void {
    const text = this._input.value.trim();
    const found = this._options.onText(text);
    this._count.textContent = text ? String(found) : '';
  }

  private _node = document.createElement('div');
  private _input = document.createElement('input');
  private _count = document.createElement('span');
}
