// What the sources of main, preload and renderer are held to beside lint: no circle of imports, no file or
// function that outgrows a reader, no type declared twice. Each check is a function of the sources, and answers a
// line for each fault.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Source {
  /** From the root of the project, with `/`. */
  readonly path: string;
  /** Of a `.svelte` file its scripts. */
  readonly tree: ts.SourceFile;
  /** Lines of the whole file. */
  readonly lines: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** The sources of main, preload and renderer, tests and their kits left out. */
export function readSources(): Source[] {
  return ['main', 'preload', 'renderer']
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.posix.join(folder, file.replaceAll('\\', '/')),
      ),
    )
    .filter((file) => /\.(ts|svelte)$/.test(file) && !/(\.test|\/test-[a-z-]+)\.ts$/.test(file))
    .map((file) => sourceOf(file, readFileSync(path.join(root, file), 'utf8')));
}

/** A source of a text, for checks of the checks too. */
export function sourceOf(file: string, text: string): Source {
  const scripts = [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script);
  const code = file.endsWith('.svelte') ? scripts.join('\n') : text;
  return {
    path: file,
    tree: ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true),
    lines: text.replace(/\n$/, '').split('\n').length,
  };
}

/** Circles of imports, type-only ones and `import()` too: the shortest way round each, `a → b → a`. */
export function importCircles(sources: readonly Source[]): string[] {
  const imports = new Map(sources.map((source) => [source.path, importsOf(source)]));
  const circles = new Map<string, string>();
  for (const start of imports.keys()) {
    const way = wayBack(imports, start);
    // Each file of a circle finds it.
    const key = way?.toSorted().join(' ');
    if (way !== null && key !== undefined && !circles.has(key)) circles.set(key, [...way, start].join(' → '));
  }
  return [...circles.values()];
}

/** The files on the shortest way from a file to itself, or null. */
function wayBack(imports: ReadonlyMap<string, readonly string[]>, start: string): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const next of imports.get(file) ?? []) {
      if (next === start) {
        const way = [file];
        for (let step = file; step !== start;) way.unshift((step = cameFrom.get(step) ?? start));
        return way;
      }
      if (!imports.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return null;
}

/** The folder of a drawing that a file belongs to: `oauth`, `renderer`; `index` for main/index.ts. */
function folderOf(file: string): string {
  const [first = '', second = '', ...deeper] = file.split('/');
  if (first !== 'main') return first;
  return deeper.length === 0 ? second.replace(/\.ts$/, '') : second;
}

/** The arrows of a Mermaid flowchart, `a --> b & c`. */
function arrowsOf(drawing: string): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const [, from = '', to = ''] of drawing.matchAll(/^ *(\w+)(?:\[.*\])? --> (.+)$/gm))
    arrows.set(from, new Set([...(arrows.get(from) ?? []), ...to.split(' & ')]));
  return arrows;
}

/** Imports from folder to folder that go along no arrow of a drawing, and arrows along which none goes straight. */
export function drawingFaults(sources: readonly Source[], drawing: string): string[] {
  const arrows = arrowsOf(drawing);
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of arrows.get(from) ?? []) if (!seen.has(next)) reached(next, seen.add(next));
    return seen;
  };
  const imports = new Set(
    sources.flatMap((source) =>
      importsOf(source)
        .filter((file) => /^(?:main|preload|renderer)\//.test(file))
        .map((file) => `${folderOf(source.path)} --> ${folderOf(file)}`),
    ),
  );
  const drawn = [...arrows].flatMap(([from, all]) => [...all].map((to) => `${from} --> ${to}`));
  return [
    ...[...imports].filter((one) => {
      const [from = '', to = ''] = one.split(' --> ');
      return from !== to && !reached(from).has(to);
    }),
    ...drawn.filter((one) => !imports.has(one)).map((one) => `${one} is drawn alone`),
  ];
}

function importsOf({ path: file, tree }: Source): string[] {
  return ts
    .preProcessFile(tree.text, true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => path.posix.join(path.posix.dirname(file), fileName));
}

/** Files and functions with more lines than they may have. */
export function tooLong(sources: readonly Source[], max: { file: number; function: number }): string[] {
  return sources.flatMap(({ path: file, tree, lines }) => {
    const faults = lines > max.file ? [`${file}: ${String(lines)} lines`] : [];
    eachNode(tree, (node) => {
      if (!ts.isFunctionLike(node)) return;
      const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
      const length = tree.getLineAndCharacterOfPosition(node.end).line + 2 - first;
      if (length > max.function)
        faults.push(`${file}:${String(first)}: a function of ${String(length)} lines`);
    });
    return faults;
  });
}

/** Names of types that two files export: one thing declared twice, or one word for two things. */
export function namesTwice(sources: readonly Source[]): string[] {
  const named = new Map<string, string[]>();
  for (const { path: file, tree } of sources) {
    for (const statement of tree.statements) {
      const isType =
        ts.isInterfaceDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement) ||
        ts.isClassDeclaration(statement);
      if (!isType || statement.name === undefined) continue;
      if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) continue;
      const { text } = statement.name;
      named.set(text, [...(named.get(text) ?? []), file]);
    }
  }
  return [...named]
    .filter(([, files]) => files.length > 1)
    .map(([name, files]) => `${name}: ${files.join(', ')}`);
}

const printer = ts.createPrinter({ removeComments: true });

/** Named types of two members and more that have the very members of another file's, in whatever order. */
export function shapesTwice(sources: readonly Source[]): string[] {
  const shaped = new Map<string, { readonly file: string; readonly name: string }[]>();
  for (const { path: file, tree } of sources) {
    eachNode(tree, (node) => {
      const members = membersOf(node);
      if (members === null || members.length < 2) return;
      const shape = members
        .map((member) => printer.printNode(ts.EmitHint.Unspecified, member, tree))
        .map((text) => text.replaceAll(/\breadonly /g, '').replaceAll(/\s+/g, ' '))
        .toSorted()
        .join(' ');
      const name = (node as ts.InterfaceDeclaration | ts.TypeAliasDeclaration).name.text;
      shaped.set(shape, [...(shaped.get(shape) ?? []), { file, name }]);
    });
  }
  return [...shaped.values()]
    .filter((found) => new Set(found.map(({ file }) => file)).size > 1)
    .map((found) => found.map(({ file, name }) => `${name} (${file})`).join(' = '));
}

function membersOf(node: ts.Node): readonly ts.TypeElement[] | null {
  if (ts.isInterfaceDeclaration(node) && node.heritageClauses === undefined) return node.members;
  return ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type) ? node.type.members : null;
}

function eachNode(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => eachNode(child, look));
}
