/**
 * `npm run catalog`: writes the list of the built-in providers, `main/providers/catalog/index.ts`, from their
 * files. The list is what every start reads; a file is read when somebody asks for that provider. A test fails
 * when the list is older than the files.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';

const folder = fileURLToPath(new URL('../main/providers/catalog/', import.meta.url));
export const listFile = path.join(folder, 'index.ts');
/** In the order that people see them. */
const categories = ['workplace', 'standard'];

/** @returns {Promise<string>} the text of the list */
export async function catalogList() {
  const found = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory());
  const unknown = found.filter(({ name }) => !categories.includes(name));
  if (unknown.length > 0) throw new Error(`scripts/catalog.mjs has no category ${unknown[0].name}.`);
  const entries = categories.flatMap((category) =>
    readdirSync(path.join(folder, category))
      .filter((file) => file.endsWith('.json'))
      .map((file) => path.basename(file, '.json'))
      .sort()
      .map((id) => entryOf(category, id)),
  );
  const text = `// Written by \`npm run catalog\` from the files beside it; not by hand.
  export const catalog = [${entries.join(',')}] as const;\n`;
  return prettier.format(text, { ...(await prettier.resolveConfig(listFile)), parser: 'typescript' });
}

function entryOf(category, id) {
  const file = `${category}/${id}.json`;
  const { id: own, name, summary = null } = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  if (own !== id) throw new Error(`${file} holds the provider ${own}.`);
  const address = JSON.stringify(`./${file}`);
  return `{
    id: ${JSON.stringify(id)}, category: ${JSON.stringify(category)}, name: ${JSON.stringify(name)},
    summary: ${JSON.stringify(summary)},
    read: async (): Promise<unknown> => (await import(${address}, { with: { type: 'json' } })).default,
  }`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(listFile, await catalogList());
