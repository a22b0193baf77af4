// What can be wrong with a provider's profile, and with what a person enters for an account.
//
// A note here is the end of a sentence: it begins with a field's name, a place in the profile, or an address.
import { note, problem, type Message } from './kinds.ts';
import type { LocalizedText } from '../common.ts';

export const profileProblems = {
  unknown_grant: problem<{ provider: string; grant: string; grants: readonly string[] }>('bad_request'),
  fields_not_taken: problem<{
    provider: string;
    grant: string;
    fields: readonly string[];
    known: readonly string[];
  }>('bad_request'),
  unknown_fields: problem<{ provider: string; fields: readonly string[]; known: readonly string[] }>(
    'bad_request',
  ),
  secret_as_setting: problem<{ field: string }>('bad_request'),
  setting_as_secret: problem<{ field: string }>('bad_request'),
  missing_fields: problem<{
    provider: string;
    grant: string;
    fields: readonly string[];
    helps: readonly Message[];
    where: LocalizedText;
  }>('bad_request'),
  field_help: note<{ field: string; help: LocalizedText }>(),
  field_without_help: note<{ field: string }>(),
  wrong_field: problem<{ field: string; fault: Message }>('bad_request'),
  invalid_profile: problem<{ line: number; fault: Message }>('bad_request'),
  profile_left_out: note<{ id: string; line: number; fault: Message }>(),
  built_in_id: problem<{ id: string }>('already_exists'),
  fault_at: note<{ path: string; fault: Message }>(),
  fault_of_file: note<{ fault: Message }>(),

  // Values of fields, and addresses.
  has_blanks: note(),
  has_controls: note(),
  is_blank: note(),
  no_choice: note<{ choices: readonly string[] }>(),
  no_url: note(),
  url_with_user: note(),
  url_with_fragment: note(),
  url_with_backslash: note(),
  url_with_query: note(),
  url_host_misread: note(),
  url_http: note(),
  url_http_of_https_issuer: note(),
  url_not_https: note(),
  no_resource: note(),
  no_redirect_uri: note(),
  scheme_refused: note(),
  code_alone_not_taken: note(),
  no_server: note(),
  not_host_characters: note(),
  host_not_made: note<{ field: string; fault: Message }>(),
  other_host: note(),
  no_address_template: note(),

  // The text of a profile.
  json_empty: note(),
  json_not: note(),
  profile_too_long: note<{ kib: number }>(),
  json_too_deep: note(),
  json_name_twice: note(),
  json_name_wanted: note(),
  json_value_wanted: note(),
  json_colon_wanted: note(),
  json_comma_wanted: note(),
  json_comma_too_many: note<{ bracket: string }>(),
  json_bracket_open: note<{ close: string; open: string; line: number }>(),
  json_more_text: note(),
  json_comment: note(),
  json_text_open: note(),
  json_bad_escape: note(),
  json_control: note(),

  // What a profile extends.
  extends_circle: note<{ chain: string }>(),
  extends_too_deep: note<{ depth: number; max: number }>(),
  extends_no_built_in: note(),

  // The schema.
  is_missing: note<{ wanted: Message }>(),
  unknown_name: note<{ advice: Message }>(),
  take_out: note(),
  did_you_mean: note<{ name: string }>(),
  grants_are: note<{ grants: readonly string[] }>(),
  wants_text: note(),
  wants_object: note(),
  wants_list: note(),
  wants_boolean: note(),
  wants_type: note<{ type: string }>(),
  wants_only: note<{ value: string }>(),
  wants_some_text: note(),
  wants_seen_text: note(),
  wants_an_item: note(),
  wants_documents_url: note(),
  wants_id: note(),
  wants_name: note(),
  wants_header_name: note(),
  wants_other: note(),

  // Names that must exist elsewhere in the profile.
  names_no_field: note<{ name: string; fields: readonly string[] }>(),
  names_secret: note<{ name: string }>(),
  lone_brace: note(),
  names_no_choice: note<{ field: string }>(),
  no_case_for_choice: note<{ choice: string; field: string }>(),
  default_no_choice: note<{ choices: readonly string[] }>(),
  secret_with_default: note(),
  binding_left_out: note<{ parameter: string }>(),
  own_parameter: note(),
  wants_hosts: note(),
  kept_name_taken: note(),
  kept_as_host: note<{ name: string }>(),
  kept_too_late: note<{ name: string }>(),
  needs_section: note<{ section: string }>(),
  needs_url: note(),
  no_grant: note<{ grants: readonly string[] }>(),
  default_no_grant: note<{ grants: readonly string[] }>(),
};
