// Parsers of files that somebody else may have written: profiles, settings, exports, entries of vaults and keyrings. A new one is a row here.
import fc from 'fast-check';
import { readRecord } from '../../main/accounts/record.ts';
import { readSettings } from '../../main/accounts/settings.ts';
import { parseJson } from '../../main/api/json.ts';
import { preferences } from '../../main/api/preferences.ts';
import { shownJson } from '../../main/api/shown-text.ts';
import { unseal } from '../../main/endpoint/export-file.ts';
import { accountLine } from '../../main/host/timeline.ts';
import { commandTexts, sentenceOf } from '../../main/messages/index.ts';
import { parseJsonSource } from '../../main/oauth/json-source.ts';
import { checkProfile } from '../../main/oauth/profile-check.ts';
import { builtInProviders } from '../../main/providers/index.ts';
import { providerForm } from '../../main/providers/views.ts';
import { parseEntryName } from '../../main/vaults/file-vault-entries.ts';
import {
  accountOf,
  chunkOf,
  joinChunks,
  layOut,
  nameOf,
  readHead,
} from '../../main/vaults/keychain-entries.ts';
import { keychainError } from '../../main/vaults/keychain-failures.ts';
import { parser, same, secret, textLike, valueLike, type Parser } from './harness.ts';
import { answerTexts } from './samples.ts';

const profileTexts = await Promise.all(
  ['officernd', 'oidc', 'organization-api'].map(async (id) =>
    JSON.stringify(await builtInProviders.read(id)),
  ),
);
const own = JSON.stringify({
  id: 'own',
  name: 'Own',
  extends: 'oauth2',
  fields: { scope: { default: secret } },
});
const syntaxError = (error: unknown): boolean => error instanceof SyntaxError;

const sessionToken = {
  ...{ access_token: secret, token_type: 'bearer', obtained_at: 1, lifetime: null, refresh_token: secret },
  ...{ scope: null, bound: { redirect_uri: null, scope: null } },
};
const record = {
  ...{
    version: 2,
    settings: { provider: 'oidc', grant: 'password', fields: {} },
    secrets: { password: secret },
  },
  ...{ origins: { known: [], issuer: null, discovered: false }, epoch: 1 },
  state: { status: 'signed_in', session: sessionToken, password_tried: false },
};
const settings = {
  ...{ version: 1, accounts: { hq: { provider: 'oauth2', grant: 'implicit', fields: { scope: secret } } } },
  ...{ selected: 'hq', selected_by_provider: {}, local_approve: 'ask' },
};
const exported = {
  ...{
    keyfob_export: 1,
    accounts: [{ name: 'hq', provider: 'oauth2', grant: 'implicit', fields: { x: secret } }],
  },
  ...{ selected: 'hq', selected_by_provider: {}, profiles: [{ id: 'own', name: 'Own' }], secrets: null },
};

export const fileParsers: readonly Parser[] = [
  parser({
    name: 'a profile’s text',
    input: textLike(...profileTexts, own),
    grow: (text) => text,
    longest: 70_000,
    async parse(text) {
      const check = await checkProfile(text, builtInProviders.read);
      if (!check.ok) return check.problems.map((one) => sentenceOf(commandTexts, one.problem));
      for (const one of Object.values(providerForm(check.profile).fields))
        if (shownJson(one.label) !== JSON.stringify(one.label))
          throw new Error('a label that steers a terminal');
      return providerForm(check.profile);
    },
  }),
  parser({
    name: 'JSON with places',
    input: textLike(...profileTexts, own),
    grow: (text) => text,
    parse(text) {
      const parsed = parseJsonSource(text);
      if (!parsed.ok && JSON.stringify(parsed.problem).includes(secret))
        throw new Error('it quotes the text');
      if (parsed.ok) same(parsed.value, JSON.parse(text.replace(/^\ufeff/, '')));
    },
  }),
  parser({
    name: 'JSON of others',
    input: textLike(...answerTexts, own),
    grow: (text) => text,
    longest: 250_000,
    alsoThrows: syntaxError,
    parse(text) {
      const value = parseJson(text);
      same(parseJson(JSON.stringify(value)), value);
    },
  }),
  // Files of a home, and those that travel
  parser({
    name: 'settings of config.json',
    input: valueLike(settings),
    quiet: true,
    parse(value) {
      const read = readSettings(value, JSON.stringify(value, undefined, 2));
      same(readSettings(read), read);
    },
  }),
  parser({
    name: 'an account’s record in a vault',
    input: textLike(JSON.stringify(record)),
    grow: (text) => text,
    quiet: true,
    parse(text) {
      const read = readRecord('hq', text);
      same(readRecord('hq', JSON.stringify(read)), read);
    },
  }),
  parser({ name: 'preferences', input: fc.jsonValue(), parse: (value) => preferences.safeParse(value) }),
  parser({
    name: 'a line of the day’s history',
    input: fc.jsonValue(),
    parse: (value) => accountLine.safeParse(value),
  }),
  parser({
    name: 'an export file',
    input: valueLike(exported),
    quiet: true,
    parse: (value) => unseal(value, undefined),
  }),
  // Vaults
  parser({
    name: 'a keyring’s entry',
    input: textLike('{"keyfob":2,"version":1,"text":"x"}', '{"keyfob":1,"generation":"ab12","chunks":2}'),
    grow: (text) => text,
    quiet: true,
    parse: (text) => readHead('hq', text),
  }),
  parser({
    name: 'a keyring’s chunks',
    input: fc.array(fc.option(textLike('"a"', '"'))),
    quiet: true,
    parse: (chunks) => joinChunks('hq', chunks, null),
  }),
  parser({
    name: 'a text laid out for a keyring, and back',
    input: textLike(JSON.stringify(record)),
    parse(text) {
      const { head, chunks } = layOut(text, 1, 'ab12', 500);
      const read = readHead('hq', head);
      same(read.kind === 'whole' ? read.text : joinChunks('hq', chunks, read.sha256), text);
    },
  }),
  parser({
    name: 'names of a keyring’s entries',
    input: textLike('hq', 'hq#ab12.0', '%41', 'a%zz'),
    grow: (text) => text,
    parse(text) {
      nameOf(text);
      chunkOf(text);
      if (text !== '' && text.isWellFormed()) same(nameOf(accountOf(text)), text);
    },
  }),
  parser({
    name: 'a keyring’s failure',
    input: textLike('Cannot autolaunch D-Bus', 'The name was not provided by any .service files'),
    grow: (text) => text,
    parse: (text) => keychainError(new Error(text)),
  }),
  parser({
    name: 'names of a vault’s files',
    input: textLike(`${'a'.repeat(40)}.1.0123abcd`),
    grow: (text) => text,
    parse: parseEntryName,
  }),
  // Vendors
];
