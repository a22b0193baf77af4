// Holds the documents to the repository: the files that they name, the links between them, and their tables.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const sourceOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const foldersOf = 'main|preload|renderer|packages|testing|e2e|scripts|bench|packaging|assets|docs';
const files = ['.', ...foldersOf.split('|')].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.replaceAll('\\', '/')))
    .filter((file) => !file.includes('node_modules')),
);
const documents = new Map(
  files
    .filter((file) => file.endsWith('.md'))
    .map((file) => [file, sourceOf(file).replaceAll(/^```.*?^```/gms, '')]),
);

/** A name in a document, with `*`, `<id>` and `{a,b}` in it, as a pattern. */
function patternOf(name: string): RegExp {
  const pattern = name
    .replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\{([^}]*)\}/g, (_whole, names: string) => `(?:${names.replaceAll(',', '|')})`)
    .replaceAll(/\*+|<\w+>/g, '[^/]+');
  return new RegExp(`^${pattern.replace(/\/$/, '')}$`);
}

/** Files that are named and not there: by their path, and tests by their name alone too (`x.test.ts` is any). */
function missingFiles(text: string): string[] {
  const named = [...text.matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name);
  const paths = named
    .filter((name) => new RegExp(`^(?:${foldersOf})/`).test(name))
    .filter((name) => !files.some((file) => patternOf(name).test(file)));
  const tests = named
    .filter((name) => /^(?!x\.)[\w.-]+\.(?:test|spec)\.ts$/.test(name))
    .filter((name) => !files.some((file) => path.basename(file) === name));
  return [...paths, ...tests];
}

/** Titles in quotation marks behind the file of a test that the file does not have. */
function missingTitles(text: string, read: (file: string) => string): string[] {
  return [...text.matchAll(/`([\w./-]+\/[\w.-]+\.(?:test|spec)\.ts)`: “([^”]+)”/g)]
    .filter(([, file = '', title = '']) => !read(file).includes(title))
    .map(([whole]) => whole);
}

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let [name, count] = [anchor, 0];
    while (anchors.has(name)) name = `${anchor}-${String((count += 1))}`;
    anchors.add(name);
  }
  return anchors;
}

/** Links that lead to no file, or to no heading of it. `document` is where the text stands. */
function deadLinks(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^(?:https?|mailto):/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file);
    if (target !== document && !existsSync(path.join(root, target))) return true;
    const headings = target === document ? text : documents.get(target);
    return anchor !== undefined && !anchorsOf(headings ?? '').has(anchor);
  });
}

/** First cells that two rows of one table have. */
function rowsTwice(text: string): string[] {
  return text.split(/\n(?!\|)/).flatMap((block) => {
    const cells = block
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => (/^\|((?:\\\||[^|])*)\|/.exec(line)?.[1] ?? '').trim());
    return cells.filter((cell, row) => cell !== '' && cells.indexOf(cell) !== row);
  });
}

/** The programs of a recipe's page (its parts that tell of any, else the page) that lack a line of the form. */
function formless(text: string): string[] {
  const parts = text.split(/^(?=##+ )/m);
  const told = parts.filter((part) => part.includes('- **Tried**'));
  const wanted = ['- **Signed out**: ', '- **Refused before its end**: ', '- **Tried**: '];
  return (told.length === 0 ? parts.slice(0, 1) : told)
    .filter((part) => wanted.some((line) => part.split(line).length !== 2))
    .map((part) => part.split('\n', 1)[0] ?? '');
}

/** Whether a title is written in a file of tests, whole or as its constant piece. */
function hasTitle(file: string, title: string): boolean {
  return sourceOf(file)
    .split('\n')
    .some((line) => line.includes(title) && /['"`]/.test(line) && !/^\s*(?:\/\/|\*)/.test(line));
}

describe('the documents', () => {
  const all = [...documents];

  it('name only files that are there', () => {
    // The change log tells of what was, too.
    const named = all.filter(([file]) => file !== 'CHANGELOG.md');
    expect(named.flatMap(([file, text]) => missingFiles(text).map((one) => `${file}: ${one}`))).toEqual([]);
  });

  it('have no link that leads nowhere', () => {
    expect(all.flatMap(([file, text]) => deadLinks(file, text).map((one) => `${file}: ${one}`))).toEqual([]);
  });

  it('name tests that hold promises by titles that there are', () => {
    const promises = documents.get('docs/promises.md')!;
    let file = '';
    const missing = [...promises.matchAll(/`([\w./-]+\.test\.ts)`|“([^”]{2,})”/g)].filter(
      ([, named, title]) => {
        file = named ?? file;
        return title !== undefined && !sourceOf(file).includes(`describe('${title}'`);
      },
    );
    expect(missing.map(([title]) => title)).toEqual([]);
  });

  it('name tests by titles that there are', () => {
    expect(
      all.flatMap(([file, text]) => missingTitles(text, sourceOf).map((one) => `${file}: ${one}`)),
    ).toEqual([]);
  });

  it('name attacks by tests that there are', () => {
    let file = '';
    const rows = documents
      .get('docs/security/attacks.md')!
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (?:attack|-+) /.test(line));
    const missing = rows.flatMap((row) => {
      const named = [...row.matchAll(/`([\w./-]+\.(?:test|spec)\.ts)`|“([^”]{2,})”/g)];
      if (!named.some(([, , title]) => title !== undefined)) return [row];
      return named.flatMap(([, path, title]) => {
        file = path ?? file;
        return title === undefined || hasTitle(file, title) ? [] : [title];
      });
    });
    expect(missing).toEqual([]);
    expect(rows.length).toBeGreaterThan(40);
  });

  it('hold every point of RFC 9700 by a test or the sentence that it is not held', () => {
    const rows = documents.get('docs/security/rfc-9700.md')!.split('\n');
    const points = rows.filter((line) => /^\| [24]\./.test(line));
    const bare = points.filter(
      (line) => !/`[\w./-]+\.(?:test|spec)\.ts`/.test(line) && !line.includes('**Not held**'),
    );
    expect(points.length).toBeGreaterThan(25);
    expect(bare).toEqual([]);
  });

  it('never have npx fetch a stranger’s package', () => {
    const sources = ['README.md', ...all.map(([file]) => file)].filter((file) => file !== 'CHANGELOG.md');
    const shown = sources.flatMap((file) => sourceOf(file).match(/^[^\n]*npx keyfob[^\n]*/gm) ?? []);
    // Where it is named outside a line to type, the way that fetches nothing stands beside it.
    expect(
      shown.filter((line) => !line.includes('--no-install') && !line.includes('not `npx keyfob`')),
    ).toEqual([]);
  });

  it('say of each program what happens signed out and at a refused token, and what was tried', () => {
    const others = ['README', 'containers-and-ssh', 'everyday', 'moving'];
    const pages = all.filter(([file]) => /^docs\/recipes\//.test(file));
    const recipes = pages.filter(([file]) => !others.includes(path.basename(file, '.md')));
    const bare = recipes.flatMap(([file]) => formless(sourceOf(file)).map((title) => `${file}: ${title}`));
    expect(bare).toEqual([]);
    expect(recipes.length).toBeGreaterThan(13);
  });

  it('list every decision by its title', () => {
    const titles = all
      .filter(([file]) => /^docs\/adr\/\d/.test(file))
      .map(([file, text]) => `- [${text.split('\n')[0]!.slice(2)}](${path.basename(file)})`);
    const listed = documents
      .get('docs/adr/README.md')!
      .split('\n')
      .filter((line) => line.startsWith('- '));
    expect(listed).toEqual(titles.toSorted());
  });

  it('say nothing twice in one table', () => {
    expect(all.flatMap(([file, text]) => rowsTwice(text).map((one) => `${file}: ${one}`))).toEqual([]);
  });
});

describe('each check of the documents', () => {
  it('finds what is wrong', () => {
    expect(missingFiles('`main/oauth/`, `main/*/index.ts`, `docs.test.ts`, `main/{oauth,api}/`')).toEqual([]);
    expect(missingFiles('`main/core/a.ts`, `gone.test.ts`')).toEqual(['main/core/a.ts', 'gone.test.ts']);
    const links =
      '# A heading: `one`\n\n# Twice\n\n# Twice\n\n[x](#a-heading-one) [x](#twice-1) [x](endpoint.md#errors)';
    expect(deadLinks('docs/a.md', links)).toEqual([]);
    expect(deadLinks('docs/a.md', '[x](#a) [x](endpoint.md#none) [x](gone.md)')).toEqual([
      '#a',
      'endpoint.md#none',
      'gone.md',
    ]);
    const test = (): string => "it('gives it', () => {";
    expect(missingTitles('`a/b.test.ts`: “gives it”, `a/b.test.ts`: “takes it”', test)).toEqual([
      '`a/b.test.ts`: “takes it”',
    ]);
    expect(rowsTwice('| a | b |\n| - | - |\n| c | 1 |\n| c | 2 |\n\n| c | 3 |\n')).toEqual(['c']);
    expect(rowsTwice('| a | b |\n| - | - |\n| c | 1 |\n\n| c | 3 |\n')).toEqual([]);
    const form = '- **Signed out**: a\n- **Refused before its end**: b\n- **Tried**: c\n';
    expect(formless(`# x\n\n${form}`)).toEqual([]);
    expect(formless('# x\n')).toEqual(['# x']);
    expect(formless(`# x\n\n## y\n\n${form}\n## z\n\n- **Tried**: c\n`)).toEqual(['## z']);
  });
});
