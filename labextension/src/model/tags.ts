/**
 * Tags of a cell. The language is the server's table (`nbdag tags --json`): nothing of it is
 * written down here but its shape. Tags that it doesn't know are kept, in their order.
 */

export interface IField {
  readonly name: string;
  readonly type: string;
  readonly pattern: string;
  readonly hint: string;
  readonly completions: readonly string[];
}

export interface IForm {
  readonly form: string;
  readonly template: string;
  readonly pattern: string;
  readonly fields: readonly IField[];
}

export interface IDirective {
  readonly name: string;
  readonly kind: 'step' | 'role' | 'order' | 'setting';
  readonly many: boolean;
  readonly help: string;
  readonly example: string;
  readonly forms: readonly IForm[];
}

export type TagTable = readonly IDirective[];

/** The directive that a tag is one of, if it is a right one. */
export function directiveOf(table: TagTable, tag: string): IDirective | undefined {
  return table.find(one => one.forms.some(form => matches(form, tag)));
}

/** The step that the tags name, `null` for none. */
export function stepName(table: TagTable, tags: readonly string[]): string | null {
  for (const form of stepDirective(table)?.forms ?? []) {
    for (const tag of tags) {
      const found = new RegExp(form.pattern, 'u').exec(tag);
      if (found) {
        return found[1];
      }
    }
  }
  return null;
}

/** What kind of cell the tags say it is (`imports`, `skip`, …), `null` where they don't say. */
export function roleName(table: TagTable, tags: readonly string[]): string | null {
  return tags.find(tag => directiveOf(table, tag)?.kind === 'role') ?? null;
}

/** The text of a setting after its name; "" where it stands alone, `null` where it isn't set. */
export function settingValue(one: IDirective, tags: readonly string[]): string | null {
  const tag = tags.find(each => belongs(one, each));
  return tag === undefined ? null : tag.slice(one.name.length + 1);
}

/** The texts of a setting that may stand more than once. */
export function settingValues(one: IDirective, tags: readonly string[]): string[] {
  return tags.filter(each => belongs(one, each)).map(each => each.slice(one.name.length + 1));
}

/** The tags with a setting of these values, in place of those that it had. */
export function replacedAll(
  tags: readonly string[],
  one: IDirective,
  values: readonly string[]
): string[] {
  const at = tags.findIndex(tag => belongs(one, tag));
  const others = tags.filter(tag => !belongs(one, tag));
  const made = values.map(value => `${one.name}:${value}`);
  others.splice(at < 0 ? others.length : at, 0, ...made);
  return others;
}

/** The tags with the step named so, or with none. */
export function withStep(table: TagTable, tags: readonly string[], name: string | null): string[] {
  const one = stepDirective(table);
  return one ? replaced(tags, one, name) : [...tags];
}

/** The tags with this kind of cell, or with none. */
export function withRole(table: TagTable, tags: readonly string[], role: string | null): string[] {
  const others = tags.filter(tag => directiveOf(table, tag)?.kind !== 'role');
  return role === null ? others : [...others, role];
}

/** The tags with a setting of this value ("": its name alone), or without it. */
export function replaced(tags: readonly string[], one: IDirective, value: string | null): string[] {
  const at = tags.findIndex(tag => belongs(one, tag));
  const others = tags.filter(tag => !belongs(one, tag));
  if (value !== null) {
    others.splice(at < 0 ? others.length : at, 0, value ? `${one.name}:${value}` : one.name);
  }
  return others;
}

/** What is wrong with the value of a setting, in the words of its fields; "" for nothing. */
export function problem(one: IDirective, value: string): string {
  const tag = value ? `${one.name}:${value}` : one.name;
  if (one.forms.some(form => matches(form, tag))) {
    return '';
  }
  const longest = one.forms[one.forms.length - 1];
  return longest.fields.map(field => field.hint).join(', ');
}

/** Whether the directive may stand as its name alone. */
export function isBare(one: IDirective): boolean {
  return one.forms.some(form => form.fields.length === 0);
}

function stepDirective(table: TagTable): IDirective | undefined {
  return table.find(one => one.kind === 'step');
}

function matches(form: IForm, tag: string): boolean {
  return new RegExp(form.pattern, 'u').test(tag);
}

function belongs(one: IDirective, tag: string): boolean {
  return tag === one.name || tag.startsWith(`${one.name}:`);
}
