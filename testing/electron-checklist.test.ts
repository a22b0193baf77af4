/** What docs/security/electron-checklist.md rules out is written nowhere. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sources = globSync('{main,preload,renderer}/**/*.{ts,svelte,html}', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file: file.replaceAll('\\', '/'), text: read(file) }));

/** The files in which a pattern is written. */
function filesWith(pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
}

describe('a source of the application', () => {
  it('switches nothing off that protects', () => {
    const never =
      /webSecurity: false|allowRunningInsecureContent: true|experimentalFeatures: true|[eE]nableBlinkFeatures|allowpopups|nodeIntegration\w*: true|contextIsolation: false|sandbox: false|webviewTag: true|ignore-certificate-errors|setCertificateVerifyProc|bypassCSP/;
    expect(filesWith(never)).toEqual([]);
    // Whoever makes a window says what it may do: the four that do are the ones that were looked at.
    expect(filesWith(/new BrowserWindow\(/).toSorted()).toEqual([
      'main/desktop/panel.ts',
      'main/desktop/sign-in-flow.ts',
      'main/desktop/sign-in-questions.ts',
      'main/desktop/window.ts',
    ]);
  });

  it('makes each window with preferences that are written once', () => {
    // Sessions differ; what a page may do stands in these two alone.
    const written =
      /^(ownPagePreferences\(options\)|strictPreferences\(\)|\{ \.\.\.strictPreferences\(\), session: [\w.#]+ \})[,;]$/;
    // A pop-up's own, which sign-in-guard.ts makes, in the session of its flow.
    const popUp = '{ ...options.webPreferences, session: this.#held.session };';
    const others = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/webPreferences(?:: | = )(.*)$/gm)]
        .filter(([, value = '']) => !written.test(value) && value !== popUp)
        .map(([line]) => `${file}: ${line}`),
    );
    expect(others).toEqual([]);
    const named = /contextIsolation:|nodeIntegration\w*:|sandbox: true|webSecurity:/;
    expect(
      filesWith(named)
        .filter((file) => file.startsWith('main/desktop/'))
        .toSorted(),
    ).toEqual(['main/desktop/own-page.ts', 'main/desktop/sign-in-session.ts']);
    expect(filesWith(/will-attach-webview/)).toEqual(['main/desktop/app-lifecycle.ts']);
  });

  it('opens addresses in one place', () => {
    expect(filesWith(/shell\.openExternal/)).toEqual(['main/desktop/abilities.ts']);
  });

  it('loads no page from a file', () => {
    expect(filesWith(/\.loadFile\(|loadURL\(['"`]file:/)).toEqual([]);
  });
});
