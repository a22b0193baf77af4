// Holds the tables of reasons, their sentences in each language and what each place says to do against each other.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { message, reasons } from '../main/api/problems/index.ts';
import type { Text, Texts } from '../main/api/window.ts';
import { actions } from '../main/api/problems/actions.ts';
import { desktopTexts } from '../main/messages/desktop/index.ts';
import { commandTexts, describeProblem, sentenceOf, windowTexts } from '../main/messages/index.ts';
import { de } from '../renderer/i18n/de/index.ts';
import { en } from '../renderer/i18n/en/index.ts';

const languages = ['en', 'de'] as const;
const folder = path.join(import.meta.dirname, '..', 'main', 'messages');
const placeholders = (text: Text): string[] =>
  [
    ...new Set((typeof text === 'string' ? text : `${text.text} ${text.advice}`).match(/\{ ?\w+,?\}/g) ?? []),
  ].toSorted();

const textOf = ({ messages }: Texts, reason: string): string => {
  const text = messages[reason]!;
  return typeof text === 'string' ? text : text.text;
};

/** What the types in the tables of reasons name, by reason. */
function paramsOfReasons(): Map<string, string[]> {
  const tables = path.join(import.meta.dirname, '..', 'main', 'api', 'problems');
  const rows = readdirSync(tables)
    .map((file) => readFileSync(path.join(tables, file), 'utf8'))
    .flatMap((source) => [...source.matchAll(/^ {2}(\w+): (?:problem|note)(?:<\{([^}]*)\}>)?\(/gm)]);
  return new Map(
    rows.map(([, reason = '', type = '']) => [
      reason,
      [...type.matchAll(/(\w+)\??:/g)].map(([, name]) => name!),
    ]),
  );
}

describe('the sentences', () => {
  it.each(languages)('%s: has one for each reason, and none for another', (language) => {
    expect(Object.keys(windowTexts[language].messages).toSorted()).toEqual(Object.keys(reasons).toSorted());
  });

  it('stand in one file of a language alone', () => {
    for (const language of languages) {
      const all = readdirSync(path.join(folder, language)).flatMap((file) =>
        Object.keys(JSON.parse(readFileSync(path.join(folder, language, file), 'utf8'))),
      );
      expect(all.length, language).toBe(new Set(all).size);
    }
  });

  it('quoted a setting by another name than its label', () => {
    const windows = { en, de };
    for (const language of languages) {
      expect(JSON.stringify(windowTexts[language].messages['copy_not_confirmed']), language).toContain(
        windows[language].labels.ask,
      );
    }
  });

  it('said du in German where all else says Sie', () => {
    const texts = [
      ...Object.entries(windowTexts.de.messages),
      ...Object.entries(windowTexts.de.actions),
    ].filter(([, text]) =>
      /(^|[\s"(])([Dd]u|[Dd]ir|[Dd]ich|[Dd]eine?[mnrs]?|Gib|Nimm|Wähle|Öffne|Prüfe|Starte|Versuche)\s/.test(
        JSON.stringify(text),
      ),
    );
    expect(texts.map(([reason]) => reason)).toEqual([]);
  });

  it('had three German names for quick panel and quick switcher', () => {
    const panel = desktopTexts.de.tray.panel;
    expect(
      [de.panel.title, de.panel.offer('K'), de.settings.shortcutPanel].map((text) => text.includes(panel)),
    ).toEqual([true, true, true]);
    for (const reason of ['purpose_panel', 'no_panel']) {
      expect(JSON.stringify(windowTexts.de.messages[reason]), reason).toContain(panel);
    }
    expect(de.switcher.title).not.toContain(panel);
  });

  it('name the same params in every language', () => {
    for (const [reason, text] of Object.entries(windowTexts.en.messages)) {
      expect(placeholders(windowTexts.de.messages[reason]!), reason).toEqual(placeholders(text));
    }
  });

  it.each(languages)('%s: name no command: what to do is each place’s own', (language) => {
    const naming = Object.entries(windowTexts[language].messages).filter(([, text]) =>
      /`(?:keyfob|npm) /.test(JSON.stringify(text)),
    );
    expect(naming.map(([reason]) => reason)).toEqual([]);
  });

  it.each(languages)('%s: are whole where they stand alone, as those with a code do', (language) => {
    const cut = Object.entries(reasons).filter(
      ([reason, { code }]) => code !== null && !/[.}:)]$/.test(textOf(windowTexts[language], reason)),
    );
    expect(cut.map(([reason]) => reason)).toEqual([]);
  });

  it('are written in German, too', () => {
    const identifiers = (text: string): string => text.replaceAll(/\{[^}]*\}|\P{L}/gu, '');
    const same = Object.keys(reasons).filter((reason) => {
      const [en, de] = languages.map((language) => textOf(windowTexts[language], reason));
      return en === de && identifiers(en!) !== '';
    });
    // A file's name.
    expect(same).toEqual(['in_config']);
    const { en, de } = windowTexts;
    expect(Object.keys(actions).filter((type) => en.actions[type] === de.actions[type])).toEqual([]);
  });

  it('name only params that their reason has', () => {
    const known = paramsOfReasons();
    expect([...known.keys()].toSorted()).toEqual(Object.keys(reasons).toSorted());
    const strange = Object.entries(windowTexts.en.messages).filter(([reason, text]) =>
      placeholders(text).some((name) => !known.get(reason)?.includes(name.replaceAll(/\W/g, ''))),
    );
    // Their braces are those of a profile.
    expect(strange.map(([reason]) => reason)).toEqual(['no_address_template', 'lone_brace']);
  });
});

/** The source files of the folders that know neither a command line nor a window. */
function sourcesOfCore(): string[] {
  const main = path.join(import.meta.dirname, '..', 'main');
  const folders = readdirSync(main, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !withTexts.has(entry.name))
    .map(({ name }) => name);
  return folders.flatMap((folder) => sourcesOf(`main/${folder}`));
}

function sourcesOf(folder: string): string[] {
  const folderPath = path.join(import.meta.dirname, '..', folder);
  return readdirSync(folderPath, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|svelte)$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => path.posix.join(folderPath.replaceAll('\\', '/'), file.replaceAll('\\', '/')));
}

/** What a person sees is written there; `doctor` and the greeting of `serve` are the agent's. */
const withTexts = new Set(['cli', 'messages', 'desktop', 'agent', 'sandbox']);
const texts = (source: string): string[] =>
  source
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\/\/|\/?\*).*$|\s\/\/ .*$/, ''))
    .flatMap((line) => line.match(/(['"]).*?\1|`(?:\\.|[^`\\])*`/g) ?? []);

describe('the core', () => {
  it('names no command in a text: each caller has texts of its own for what to do', () => {
    const naming = sourcesOfCore().filter((file) =>
      texts(readFileSync(file, 'utf8')).some((text) => /`(?:keyfob|npm) [a-z]/.test(text.slice(1, -1))),
    );
    expect(naming.map((file) => path.basename(file))).toEqual([]);
  });

  it('tells each reason of the tables somewhere', () => {
    const all = [
      ...sourcesOfCore(),
      ...['main/agent', 'main/desktop', 'main/cli', 'preload', 'renderer'].flatMap(sourcesOf),
    ]
      .filter((file) => !file.includes('api/problems'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const identifiers = new Set(all.match(/\w+/g));
    // Put together of the kind of a vault, and of what a shortcut is for.
    const made = /_(?:not_emptied|copies_left)$|^purpose_/;
    expect(Object.keys(reasons).filter((reason) => !identifiers.has(reason) && !made.test(reason))).toEqual(
      [],
    );
  });

  it('tells no sentence: a reason is a name, and none but a received problem is a text', () => {
    expect(Object.keys(reasons).filter((reason) => !/^[a-z][a-z0-9_]*$/.test(reason))).toEqual([]);
    const telling = sourcesOfCore().filter((file) =>
      /reason: ['"`]text['"`]|(?:message|KeyfobError)\(\s*['"`]text['"`]/.test(readFileSync(file, 'utf8')),
    );
    expect(telling.map((file) => file.split('/').slice(-2).join('/'))).toEqual([
      'endpoint/client-transport.ts',
    ]);
  });
});

describe('what to do', () => {
  const readers: [string, Texts][] = [
    ['command', commandTexts],
    ['window en', windowTexts.en],
    ['window de', windowTexts.de],
  ];
  it.each(readers)('%s: has words for each action, and for no other', (_place, texts) => {
    expect(Object.keys(texts.actions).toSorted()).toEqual(Object.keys(actions).toSorted());
  });

  it('is a command in a terminal and none in the window', () => {
    const commands = Object.values(commandTexts.actions);
    expect(commands.filter((text) => !/`[^`]+`/.test(text))).toEqual([]);
    const bare = commands.map((text) => text.replaceAll(/`[^`]*`/g, ''));
    expect(bare.filter((text) => /\b(?:keyfob|npm)\b|--|`/.test(text))).toEqual([]);
    for (const language of languages) {
      const { actions } = windowTexts[language];
      expect(
        Object.values(actions).filter((text) => /`|\b(?:keyfob|npm)\b|--/.test(text)),
        language,
      ).toEqual([]);
    }
  });
});

describe('a problem in sentences', () => {
  const problem = { code: 'no_such_account', reason: 'unknown_account', params: { account: 'hq' } } as const;
  it('names what it was given, and what to do in words of the place', () => {
    const action = { type: 'list_accounts', params: {} } as const;
    expect(describeProblem(commandTexts, { ...problem, action })).toEqual({
      detail: 'There is no account "hq".',
      hint: '`keyfob accounts` lists your accounts.',
    });
    expect(describeProblem(windowTexts.de, { ...problem, action }).hint).toBe(
      'Wählen Sie ein anderes Konto.',
    );
  });
  it('tells of an answer that cannot be used without a word of the network', () => {
    const why = { reason: 'cannot_be_used', params: { detail: { reason: 'answer_not_json', params: {} } } };
    for (const reason of ['answer_unusable', 'answer_unusable_retried']) {
      const told = describeProblem(commandTexts, {
        code: 'unusable_answer',
        reason,
        params: { why, seconds: 3 },
      });
      expect(told.detail).toBe('The vendor’s answer cannot be used: it is not JSON.');
      expect(told.hint).not.toMatch(/network/i);
    }
  });
  it('shows a name that looks like a placeholder as it is', () => {
    expect(sentenceOf(commandTexts, { reason: 'unknown_account', params: { account: '{account}' } })).toBe(
      'There is no account "{account}".',
    );
  });
  it('shows the reason of a newer Keyfob', () => {
    expect(sentenceOf(commandTexts, { reason: 'from_later', params: {} })).toBe('from_later');
  });
  it('puts a message into a sentence, several with semicolons, and a profile’s text in its language', () => {
    const fault = message('unknown_name', { advice: message('did_you_mean', { name: 'parameters' }) });
    const at = message('fault_at', { path: 'token.parametres', fault });
    expect(sentenceOf(commandTexts, at)).toBe('token.parametres is unknown here: did you mean "parameters"?');
    expect(sentenceOf(windowTexts.de, at)).toBe(
      'token.parametres ist hier nicht bekannt: meinten Sie „parameters“?',
    );
    const missing = {
      code: 'bad_request',
      reason: 'missing_fields',
      params: {
        provider: 'Acme',
        grant: 'client_credentials',
        fields: ['client_id', 'client_secret'],
        helps: [
          message('field_help', { field: 'client_id', help: { en: 'From Acme', de: 'Von Acme' } }),
          message('field_without_help', { field: 'client_secret*' }),
        ],
        where: { en: 'Ask Acme.', de: 'Fragen Sie Acme.' },
      },
      action: { type: 'enter_fields', params: {} },
    } as const;
    expect(describeProblem(commandTexts, missing)).toEqual({
      detail: 'Acme (client_credentials) also needs: client_id, client_secret.',
      hint: 'client_id (From Acme); client_secret* (* is secret). Where to get them: Ask Acme. Set each with `--set FIELD=…`, a secret (*) with `--secret FIELD`.',
    });
    expect(describeProblem(windowTexts.de, missing).hint).toBe(
      'client_id (Von Acme); client_secret* (* ist geheim). Woher Sie das bekommen: Fragen Sie Acme. Ergänzen Sie, was fehlt.',
    );
  });
});
