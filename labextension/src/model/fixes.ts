/** Quick fixes: the tags with which a problem of a cell is gone, where they are known. Pure. */

import type { IDiagnostic } from './pipeline';

export interface IFix {
  /** What it does, in words; `%1` is the tag. */
  readonly verb: 'change' | 'add' | 'remove';
  readonly tag: string;
  /** The tags of the cell afterwards. */
  readonly tags: readonly string[];
}

/** What may be done about a problem of a cell with these tags. */
export function fixesOf(found: IDiagnostic, tags: readonly string[]): IFix[] {
  const { tag = '', suggestion = '' } = found;
  const at = tags.indexOf(tag);
  if (tag && at < 0) {
    return []; // it is another cell's, or was mended meanwhile
  }
  const others = tags.filter((_, i) => i !== at);
  if (!tag) {
    return suggestion && !tags.includes(suggestion)
      ? [{ verb: 'add', tag: suggestion, tags: [...tags, suggestion] }]
      : [];
  }
  const changed = [...tags.slice(0, at), suggestion, ...tags.slice(at + 1)];
  const change: IFix[] = suggestion ? [{ verb: 'change', tag: suggestion, tags: changed }] : [];
  return [...change, { verb: 'remove', tag, tags: others }];
}
