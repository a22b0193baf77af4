// Holds the sources to what lint cannot say, and proves that each check bites.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import {
  drawingFaults,
  importCircles,
  namesTwice,
  readSources,
  shapesTwice,
  sourceOf,
  tooLong,
} from './sources.ts';

const sources = readSources();
// It imports nothing of Keyfob, so that it can disagree with it: what both need is written in both.
const united = sources.filter(({ path }) => !path.startsWith('main/sandbox/'));

describe('the imports of main, preload and renderer', () => {
  it('make no circle', () => {
    expect(importCircles(sources)).toEqual([]);
  });

  it('are followed, types and import() too', () => {
    const files = [
      sourceOf('main/a/a.ts', "import type { B } from '../b.ts'; export type A = B;"),
      sourceOf('main/b.ts', "export const late = () => import('./c.ts');"),
      sourceOf('main/c.ts', "export * from './a/a.ts';"),
      sourceOf('main/d.ts', "import './a/a.ts'; import 'zod';"),
      sourceOf('main/E.svelte', '<script lang="ts">\n  import \'./E.svelte\';\n</script>\n'),
    ];
    expect(importCircles(files)).toEqual([
      'main/a/a.ts → main/b.ts → main/c.ts → main/a/a.ts',
      'main/E.svelte → main/E.svelte',
    ]);
  });
});

describe('the drawing of the architecture', () => {
  it('has an arrow for every import, and an import for every arrow', () => {
    const document = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
    const [, drawing = ''] = /```mermaid\n(.*?)```/s.exec(document) ?? [];
    expect(drawing).toContain('-->');
    expect(drawingFaults(sources, drawing)).toEqual([]);
  });

  it('is told from sources that differ', () => {
    const files = [
      sourceOf('main/a/a.ts', "import '../b/b.ts'; import type { C } from '../c/c.ts'; export type A = C;"),
      sourceOf('main/b/b.ts', "import './own.ts';"),
      sourceOf('renderer/r.svelte', "<script>import '../main/b/b.ts';</script>"),
    ];
    expect(drawingFaults(files, 'a["A"] --> b & c\nrenderer --> b')).toEqual([]);
    expect(drawingFaults(files, 'a --> b\nb --> c')).toEqual(['renderer --> b', 'b --> c is drawn alone']);
  });
});

describe('a source', () => {
  it('has at most 400 lines, and functions of at most 120', () => {
    const inMain = sources.filter(({ path }) => path.startsWith('main/'));
    expect(tooLong(inMain, { file: 400, function: 120 })).toEqual([]);
  });

  it('is measured in lines, whole and function by function', () => {
    const body = '  void 0;\n'.repeat(3);
    const file = sourceOf('main/a.ts', `// A function.\nexport const run = () => {\n${body}};\n`);
    expect(tooLong([file], { file: 6, function: 5 })).toEqual([]);
    expect(tooLong([file], { file: 5, function: 4 })).toEqual([
      'main/a.ts: 6 lines',
      'main/a.ts:2: a function of 5 lines',
    ]);
  });
});

describe('a type', () => {
  it('has a name of its own in main and preload', () => {
    const inMain = united.filter(({ path }) => !path.startsWith('renderer/'));
    expect(namesTwice(inMain)).toEqual([]);
  });

  it('is declared once', () => {
    expect(shapesTwice(united)).toEqual([]);
  });

  it('is found by name and by shape', () => {
    const files = [
      sourceOf('main/a.ts', 'export interface Call { readonly name: string; /** Ms. */ at: number }'),
      sourceOf('main/b.ts', 'export type Ring = { at: number; name: string }; interface Own { a: 1 }'),
      sourceOf('main/c.ts', 'export class Call {} interface Own { a: 1 }'),
    ];
    expect(namesTwice(files)).toEqual(['Call: main/a.ts, main/c.ts']);
    expect(shapesTwice(files)).toEqual(['Call (main/a.ts) = Ring (main/b.ts)']);
  });
});

describe('a program that is started', () => {
  /** What cannot start on Windows, or has the caller's own console. */
  const elsewhere = [
    'main/cli/child.ts',
    'main/cli/hand-over.ts',
    'main/cli/open-address.ts',
    'main/desktop/command.ts',
    'main/platform/peer-process.ts',
    'main/platform/session-bus.ts',
    'main/platform/system-clock.ts',
  ];
  const faults = (files: typeof sources): string[] =>
    files
      .filter(({ path, tree: { text } }) => {
        const starts = path.startsWith('main/') && /^import \{.*\} from 'node:child_process'/m.test(text);
        return starts && !elsewhere.includes(path) && !text.includes('windowsHide: true');
      })
      .map(({ path }) => path);

  it('shows no console window on Windows', () => {
    expect(faults(sources)).toEqual([]);
    const bare = sourceOf('main/a.ts', "import { spawn } from 'node:child_process';\nspawn('x');");
    expect(faults([bare])).toEqual(['main/a.ts']);
  });
});
