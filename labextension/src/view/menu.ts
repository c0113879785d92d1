/** The menu beside Run: where and how much of the notebook is run. */

import { MenuSvg, ToolbarButton, caretDownEmptyIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { Menu } from '@lumino/widgets';

/** A command with its arguments, `null` for a line between. */
export type MenuEntry = readonly [string, ReadonlyJSONObject?] | null;

/** A button that opens the menu below itself. */
export function menuButton(
  commands: CommandRegistry,
  entries: readonly MenuEntry[],
  trans: TranslationBundle
): ToolbarButton {
  const button = new ToolbarButton({
    icon: caretDownEmptyIcon,
    className: 'nbdag-run-menu',
    tooltip: trans.__('More ways to run the pipeline'),
    onClick: () => {
      const { left, bottom } = button.node.getBoundingClientRect();
      menu.open(left, bottom);
    }
  });
  const menu = new MenuSvg({ commands }) as Menu;
  menu.addClass('nbdag-menu');
  menu.title.label = trans.__('Run pipeline');
  for (const entry of entries) {
    menu.addItem(entry ? { command: entry[0], args: entry[1] ?? {} } : { type: 'separator' });
  }
  // Who closes it without a choice goes on from where the keys were.
  menu.aboutToClose.connect(() => {
    if (menu.node.contains(document.activeElement)) {
      button.node.querySelector<HTMLElement>('jp-button, button')?.focus();
    }
  });
  button.disposed.connect(() => menu.dispose());
  return button;
}
