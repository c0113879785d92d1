/** Tip: the small table beside an edge that says what travels along it, and why. */

import type { IGraphEdge } from './graph';

const MOST = 12;

export class Tip {
  constructor(private _frame: HTMLElement) {
    this._node.className = 'nbdag-tip';
    this._node.setAttribute('role', 'tooltip');
    this._node.setAttribute('aria-live', 'polite'); // also where a key leads along an edge
    this._node.hidden = true;
    _frame.append(this._node);
  }

  /** Show what an edge carries, beside it; `what` says of names what they are, once it is known. */
  show(beside: Element, edge: IGraphEdge, what?: ReadonlyMap<string, string>): void {
    const head = document.createElement('div');
    head.className = 'nbdag-tip-head';
    head.textContent = edge.source.startsWith('@')
      ? `→ ${edge.target}`
      : `${edge.source} → ${edge.target}`;
    const table = document.createElement('table');
    for (const { name, why } of edge.rows.slice(0, MOST)) {
      const row = table.insertRow();
      row.insertCell().textContent = name;
      row.insertCell().textContent = what?.get(name) ?? '';
      row.insertCell().textContent = why;
    }
    if (edge.rows.length > MOST) {
      table.insertRow().insertCell().textContent = `+ ${edge.rows.length - MOST}`;
    }
    this._node.replaceChildren(head, table);
    this._node.hidden = false;
    const frame = this._frame.getBoundingClientRect();
    const box = beside.getBoundingClientRect();
    const own = this._node.getBoundingClientRect();
    const within = (at: number, size: number, room: number) =>
      Math.max(4, Math.min(at, room - size - 4));
    const x = within((box.left + box.right) / 2 - frame.left + 12, own.width, frame.width);
    const y = within((box.top + box.bottom) / 2 - frame.top - own.height / 2, own.height, frame.height);
    this._node.style.transform = `translate(${x}px, ${y}px)`;
  }

  hide(): void {
    this._node.hidden = true;
  }

  private _node = document.createElement('div');
}
