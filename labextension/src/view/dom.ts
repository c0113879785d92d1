/** One line per element: `h('button', {class: 'a', onclick: f}, 'text')`. */

type Attributes = Record<string, unknown>;

/** Make an element; attributes that are functions, booleans or `value` are set as properties. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function' || typeof value === 'boolean' || key === 'value') {
      (made as unknown as Attributes)[key] = value;
    } else {
      made.setAttribute(key, String(value));
    }
  }
  made.append(...children);
  return made;
}

/** An element with an icon of a state, and words for who can't see it. */
export function fromSvg(svg: string): Element {
  const holder = document.createElement('span');
  holder.innerHTML = svg;
  return holder.firstElementChild!;
}
