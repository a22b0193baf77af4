// What the quick panel does once something was chosen in it.
//
// Invariants: the panel is gone first; what followed is told by a notification, since nothing else is to be seen
// then; a failure always (see tray-actions.ts), a success where the person wants to hear such things.
import { assertNever } from '../api/errors.ts';
import type { PanelAction } from '../api/window.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { Notes } from './notes.ts';
import type { Panel } from './panel.ts';
import type { TrayActions } from './tray-actions.ts';

export interface PanelActionsOptions {
  readonly panel: Pick<Panel, 'hide'>;
  readonly actions: Pick<TrayActions, 'act' | 'use'>;
  readonly notes: Pick<Notes, 'done' | 'language'>;
}

/** Makes what is called with each choice; it never rejects. */
export function createPanelActions(options: PanelActionsOptions): (action: PanelAction) => Promise<void> {
  const { panel, actions, notes } = options;
  return async (action) => {
    panel.hide();
    switch (action.do) {
      case 'close':
        return;
      case 'copy':
        return actions.act({ ...action, form: 'token' });
      case 'sign_in':
      case 'add':
        return actions.act(action);
      case 'use':
        if (await actions.use(action.account))
          notes.done(desktopTexts[notes.language()].notes.selected(action.account), '');
        return;
      default:
        return assertNever(action);
    }
  };
}
