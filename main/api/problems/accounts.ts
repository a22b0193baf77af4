// What can go wrong with accounts, sign-ins and tokens.
import type { LocalizedText } from '../common.ts';
import { note, problem, type Message } from './kinds.ts';

export const accountProblems = {
  unknown_account: problem<{ account: string }>('no_such_account'),
  locked: problem('vault_locked'),
  ending: problem('not_running'),

  // Origins that secrets may go to.
  origin_asked: problem<{ account: string; known: readonly string[] | Message; asked: string }>(
    'not_permitted',
  ),
  no_address: note(),
  not_an_origin: problem('bad_request'),
  secrets_may_go: note<{ account: string; origins: readonly string[] }>(),
  secrets_go_to: note<{ destinations: readonly Message[] }>(),
  destination: note<{ host: string | Message; uses: readonly Message[] }>(),
  address_in_field: note<{ field: string }>(),
  named_by_metadata: note<{ host: string | Message }>(),
  for_all_else: note(),
  for_authorize: note(),
  for_token: note(),
  for_direct: note(),
  for_device: note(),
  for_registration: note(),
  for_introspection: note(),
  for_pushed_authorization: note(),
  for_revoke: note(),
  for_api: note(),
  for_who_am_i: note(),

  // What a change of fields means for the tokens.
  tokens_forgotten: note<{ fields: readonly string[] }>(),
  new_scope_asked: note(),
  from_next_sign_in: note(),

  // Revoking.
  nothing_to_revoke: note(),
  had_ended: note(),
  revoked: note<{ provider: string }>(),
  revoked_here: note<{ provider: string }>(),
  profile_text: note<{ text: LocalizedText }>(),

  // Imports.
  provider_there: note(),
  account_there: note(),
  name_not_possible: note(),
  secret_to_give: note<{ field: string }>(),
};
