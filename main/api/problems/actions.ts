// What a person can do about a problem: whoever shows it has words of its own for it (a command, a button).
import type { Nothing, Params } from './kinds.ts';

interface ActionKind<Named extends Params> {
  readonly named?: Named;
}
const action = <Named extends Params = Nothing>(): ActionKind<Named> => ({});

export const actions = {
  add_account: action(),
  add_provider: action(),
  allow_origin: action<{ account: string; origin: string }>(),
  answer_approval: action(),
  answer_pairings: action(),
  ask_on_socket: action(),
  begin_vault: action(),
  build: action(),
  export_again: action(),
  export_with_passphrase: action(),
  forget_tokens: action<{ account: string }>(),
  change_account: action<{ account: string }>(),
  drop_account: action<{ account: string }>(),
  check_profile: action(),
  enter_fields: action(),
  enter_secret: action<{ field: string }>(),
  enter_setting: action<{ field: string }>(),
  give_passphrase: action(),
  give_passphrase_or_leave: action(),
  give_secret: action<{ account: string; field: string }>(),
  give_secrets: action<{ account: string }>(),
  import_with_passphrase: action(),
  keep_elsewhere: action(),
  keep_in_file: action(),
  leave_keychain: action(),
  leave_vault_file: action(),
  list_accounts: action(),
  list_approvals: action(),
  list_clients: action(),
  look_at_doctor: action(),
  look_at_status: action(),
  make_client: action(),
  pair_again: action(),
  remove_account: action<{ account: string }>(),
  remove_client: action<{ client: string }>(),
  renew_client: action<{ client: string }>(),
  select_account: action(),
  set_field: action<{ account: string; field: string }>(),
  send_client_key: action(),
  send_with_proof: action<{ account: string }>(),
  sign_in: action<{ account: string }>(),
  sign_in_anew: action(),
  sign_in_by_paste: action<{ account: string }>(),
  start: action(),
  start_this_version: action(),
  unlock: action(),
  unlock_by_passphrase: action(),
  wait_for_vault: action(),
};

export type ActionType = keyof typeof actions;
export const actionTypes = Object.keys(actions) as [ActionType, ...ActionType[]];

/** A thing to do, and what it is done to. */
export type Action = {
  [Type in ActionType]: {
    readonly type: Type;
    readonly params: NonNullable<(typeof actions)[Type]['named']>;
  };
}[ActionType];
