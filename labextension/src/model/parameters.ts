/** Parameters of a pipeline, and what a person types for them. Pure. */

/** A parameter as the server sends it. */
export interface IParameter {
  readonly name: string;
  /** int, float, bool, str, none, list or dict. */
  readonly type: string;
  /** The default, as it is typed. */
  readonly text: string;
  readonly help: string;
}

const SHAPES: Record<string, [RegExp, string]> = {
  int: [/^[+-]?\d+$/, 'a whole number'],
  float: [/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, 'a number'],
  bool: [/^(true|false)$/, 'true or false'],
  list: [/^\[[^]*\]$/, 'a list, as [1, 2]'],
  dict: [/^\{[^]*\}$/, 'an object, as {"a": 1}']
};

/** What the text has to be, where it can't be right; "" else: Python has the last word. */
export function wanted(type: string, text: string): string {
  const [shape, words] = SHAPES[type] ?? [/^/, ''];
  return shape.test(text.trim()) ? '' : words;
}

/** Of the typed texts, those that aren't the defaults. */
export function chosen(
  parameters: readonly IParameter[],
  typed: Readonly<Record<string, string>>
): Record<string, string> {
  const other = parameters.filter(({ name, text }) => name in typed && typed[name] !== text);
  return Object.fromEntries(other.map(({ name }) => [name, typed[name]]));
}
