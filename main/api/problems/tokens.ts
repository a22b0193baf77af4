// What can go wrong with an account's record, its sign-ins and its tokens.
import { note, problem, type Message } from './kinds.ts';

export const tokenProblems = {
  // Accounts as such.
  account_name_taken: problem<{ account: string }>('already_exists'),
  account_name_bad: problem('bad_request'),
  profile_lacks_grant: problem<{ account: string; grant: string }>('bad_request'),
  account_of_another_provider: problem<{ account: string; provider: string }>('bad_request'),
  none_selected: problem('no_account_selected'),
  none_selected_of: problem<{ provider: string }>('no_account_selected'),
  secrets_not_held: problem<{ account: string; fields: readonly string[] }>('bad_request'),

  // Its record, and the copy in config.json.
  record_damaged: problem<{ account: string }>('vault_unavailable'),
  record_unreadable: problem<{ account: string }>('vault_unavailable'),
  removed_elsewhere: problem<{ account: string }>('unexpected'),
  renewed_elsewhere: problem<{ account: string }>('vault_unavailable'),
  token_not_kept: problem('vault_unavailable'),
  settings_unusable: problem('bad_request'),
  settings_unusable_at: problem<{ path: string }>('bad_request'),
  settings_unusable_line: problem<{ path: string; line: number }>('bad_request'),
  copy_not_written: note<{ why: Message }>(),
  settings_not_written: note(),
  annotations_not_written: note<{ why: Message }>(),
  left_out_without_provider: note<{ account: string; provider: string }>(),
  left_out_without_grant: note<{ account: string; provider: string; grant: string }>(),
  account_listed_again: note<{ account: string }>(),
  in_config: note(),
  in_config_line: note<{ line: number }>(),
  hand_change_taken: note<{ where: Message; account: string; fields: readonly string[] }>(),
  hand_change_refused: note<{ where: Message; account: string; fields: readonly string[]; why: Message }>(),
  hand_change_of_provider: note<{ where: Message; account: string; kept: string }>(),
  hand_change_of_grant: note<{ where: Message; account: string; kept: string }>(),

  // Tokens.
  not_signed_in: problem<{ account: string }>('sign_in_needed'),
  implicit_not_refreshed: problem<{ account: string }>('sign_in_needed'),
  no_refresh_token: problem<{ account: string }>('sign_in_needed'),
  sign_in_given_up: problem<{ account: string }>('sign_in_needed'),
  sign_in_not_on_demand: problem<{ account: string }>('sign_in_needed'),
  rejected_not_refreshed: problem<{ account: string }>('sign_in_needed'),
  person_needed: problem<{ account: string; why: Message }>('sign_in_needed'),
  changed_while_asking: problem<{ account: string }>('sign_in_needed'),
  changed_while_refreshing: problem<{ account: string }>('sign_in_cancelled'),
  vendor_repeats_token: problem<{ provider: string }>('vendor_refused'),
  renewal_failed_here: problem('unexpected'),
  lifetime_unknown: problem<{ provider: string }>('lifetime_too_short'),
  lifetime_none: problem<{ provider: string }>('lifetime_too_short'),
  lifetime_shorter: problem<{ provider: string; seconds: number }>('lifetime_too_short'),
  lifetime_shorter_for_scope: problem('lifetime_too_short'),
  no_scope_of_its_own: problem<{ provider: string }>('bad_request'),
  no_audience_of_its_own: problem<{ provider: string }>('bad_request'),

  id_token_none: problem<{ account: string }>('bad_request'),
  id_token_does_not_hold: problem<{ account: string; detail: string }>('unusable_answer'),
  id_token_ended: problem<{ account: string }>('sign_in_needed'),
  id_token_ends_sooner: problem<{ provider: string; seconds: number }>('lifetime_too_short'),
  /** A header alone is of no use: each request takes a proof of its own. */
  proof_for_each_request: problem<{ account: string }>('bad_request'),

  // Why a sign-in is needed, and what else a person should know of an account.
  token_ended: note(),
  client_gone: note(),
  refused_status_only: note<{ status: number }>(),
  refused_status_because: note<{ status: number; description: string }>(),
  renewal_refused: note<{ error: string }>(),
  renewal_refused_because: note<{ error: string; description: string }>(),
  served_until_its_end: note<{ why: Message }>(),
  client_secret_rejected: note<{ error: string }>(),
  vendor_refuses: note<{ error: string }>(),
  vendor_refuses_because: note<{ error: string; description: string }>(),
  password_not_sent_again: note(),
  refused_before_the_end: note<{ error: string }>(),
  not_renewed_without_you: note(),

  // The vendor's refusal, by its `error` (RFC 6749 sections 4.1.2.1 and 5.2).
  refused: problem<{ provider: string; error: string }>('vendor_refused'),
  refused_retried: problem<{ provider: string; error: string; seconds: number }>('vendor_refused'),
  refused_client: problem<{ provider: string; error: string }>('vendor_refused'),
  refused_grant: problem<{ provider: string; error: string }>('vendor_refused'),
  refused_scope: problem<{ provider: string; error: string }>('vendor_refused'),
  refused_grant_for_client: problem<{ provider: string; error: string }>('vendor_refused'),
  refused_grant_type: problem<{ provider: string; error: string }>('vendor_refused'),
  refused_access: problem<{ provider: string; error: string }>('vendor_refused'),

  // The account's API.
  no_api_base: problem<{ account: string }>('bad_request'),
  path_leaves_api: problem('bad_request'),
  path_too_long: problem<{ max: number }>('bad_request'),

  // Who is signed in.
  no_who_am_i: problem<{ provider: string }>('bad_request'),
  api_takes_no_token: problem<{ provider: string; status: number }>('vendor_refused'),
  api_forbids_asking: problem<{ provider: string; status: number }>('vendor_refused'),
  api_answers_otherwise: problem<{ provider: string; status: number }>('vendor_refused'),
  api_cannot_answer: problem<{ provider: string; status: number }>('vendor_unreachable'),

  // Sign-ins that wait for a person.
  unknown_sign_in: problem('no_such_sign_in'),
  nobody_signed_in: problem<{ seconds: number }>('sign_in_timed_out'),
  /** By the vendor's word (RFC 8628 section 3.5). */
  device_code_ended: problem('sign_in_timed_out'),
  sign_in_ended: problem<{ why: Message }>('sign_in_cancelled'),
  changed_while_signing_in: problem<{ account: string }>('sign_in_cancelled'),
  waits_for_no_address: problem('bad_request'),
  not_the_redirect: problem<{ redirect: string }>('bad_request'),
  newer_sign_in: note(),
  was_cancelled: note(),
  was_changed: note(),
  was_changed_meanwhile: note(),
  was_removed: note(),
  was_signed_out: note(),
  was_locked: note(),
};
