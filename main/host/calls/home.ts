// Calls about this home: the overview, preferences, vault, export and import.
import { parseJson } from '../../api/json.ts';
import { KeyfobError } from '../../api/errors.ts';
import { seal, unseal } from '../../endpoint/index.ts';
import type { Preferences } from '../../api/preferences.ts';
import { windowTexts } from '../../messages/index.ts';
import type { CallTable, WindowServices } from '../window-services.ts';
import { overview, statusView } from '../window-views.ts';

type Names =
  | 'vault.move'
  | 'about.licences'
  | 'overview'
  | 'texts'
  | 'panel.act'
  | 'panel.offer'
  | 'preferences.change'
  | 'vault.lock'
  | 'vault.unlock'
  | 'transfer.export'
  | 'transfer.import';

export function homeCalls(services: WindowServices): CallTable<Names> {
  const { keyfob, preferences } = services;
  return {
    overview: ({ first }) => overview(services, first),
    texts: ({ language }) => windowTexts[language],
    'panel.act'(action) {
      panelOf(services).act(action);
      return null;
    },
    'panel.offer': async () => ({ keys: await panelOf(services).offer() }),
    async 'preferences.change'(change) {
      await takeEffect(services, change);
      return preferences.change(change);
    },
    async 'vault.move'(request) {
      await services.moveVault(request.to, request.passphrase);
      const status = statusView(services);
      services.tell({ type: 'status', status });
      return status;
    },
    'about.licences': async () => ({ text: await services.licences() }),
    async 'vault.lock'() {
      await keyfob.lock();
      return null;
    },
    async 'vault.unlock'(request) {
      await keyfob.unlock(request.passphrase, { begin: request.new_vault ?? false });
      return null;
    },
    async 'transfer.export'(request) {
      const taken = await keyfob.exportAccounts({ secrets: request.passphrase !== undefined });
      return { text: `${JSON.stringify(await seal(taken, request.passphrase), undefined, 2)}\n` };
    },
    async 'transfer.import'(request) {
      return keyfob.importAccounts(await unseal(parsed(request.text), request.passphrase));
    },
  };
}

/** Throws `not_running` where this home has no panel. */
function panelOf({ abilities }: WindowServices): NonNullable<WindowServices['abilities']['panel']> {
  if (abilities.panel === null) throw new KeyfobError('no_panel', {});
  return abilities.panel;
}

/** What the system must agree to is done before it is kept. Throws `bad_request` for what this home cannot do. */
async function takeEffect(
  { preferences, abilities }: WindowServices,
  change: Partial<Preferences>,
): Promise<void> {
  const now = preferences.read();
  const next = { ...now, ...change };
  if (next.shortcut_copy !== now.shortcut_copy || next.shortcut_panel !== now.shortcut_panel) {
    if (abilities.shortcuts === null) throw new KeyfobError('no_shortcuts', {});
    await abilities.shortcuts(next);
  }
  if (next.open_at_login !== now.open_at_login) {
    if (abilities.open_at_login === null) throw new KeyfobError('no_open_at_login', {});
    await abilities.open_at_login(next.open_at_login);
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new KeyfobError('no_export', {});
  }
}
