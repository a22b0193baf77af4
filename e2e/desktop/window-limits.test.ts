/** What the window may not do, and who may not speak as the window (Electron's security checklist). */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bridgeName } from '../../preload/contract.ts';
import { startDesktop } from '../../testing/desktop/desktop.ts';
import type { Desktop } from '../../testing/desktop/desktop.ts';
import { desktopMain } from '../../testing/desktop/parts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, sleep } from '../../testing/program.ts';

let session: DesktopSession;
let desktop: Desktop;
beforeAll(async () => {
  session = await startSession();
  desktop = await startDesktop(session, { args: ['--json', '--port', '0', '--vault', 'memory'] });
  await desktop.ready();
});
afterAll(async () => {
  await desktop.close();
  await session.stop();
  await cleanUp();
});

/** Asks for the overview as the window does; the code of the refusal, or null where it was answered. */
const ask = `globalThis[${JSON.stringify(bridgeName)}].call('overview', {}).then(
  (reply) => (reply.ok ? null : reply.problem.code))`;

describe('the window', () => {
  it('has no Node, and goes nowhere', async () => {
    const page = await desktop.window(/^keyfob-app:/);
    expect(await page.evaluate(ask)).toBeNull();
    expect(
      await page.evaluate(`[typeof require, typeof process, typeof module, typeof ipcRenderer].join()`),
    ).toBe('undefined,undefined,undefined,undefined');
    // From a timer: what drives the page would wait for a navigation that never comes.
    await page.evaluate(`void setTimeout(() => (location.href = 'http://127.0.0.1:9/'), 0)`);
    await sleep(300);
    expect(await page.evaluate(ask)).toBeNull();
    expect(page.url()).toMatch(/^keyfob-app:\/\/window\//);
  });

  it('opens no other', async () => {
    const page = await desktop.window(/^keyfob-app:/);
    const before = desktop.windows().length;
    for (const address of ['http://127.0.0.1:9/', 'about:blank', 'keyfob-app://window/index.html']) {
      expect(await page.evaluate(`window.open('${address}') === null`)).toBe(true);
    }
    expect(await page.evaluate(ask)).toBeNull();
    expect(desktop.windows()).toHaveLength(before);
  });

  it('runs no text as a script and loads nothing from elsewhere, by its policy', async () => {
    const page = await desktop.window(/^keyfob-app:/);
    const blocked = await page.evaluate(`new Promise((resolve) => {
      const heard = [];
      document.addEventListener('securitypolicyviolation', (event) => {
        heard.push(event.effectiveDirective.replace(/-elem$/, ''));
        if (heard.length === 3) resolve(heard.sort());
      });
      const inline = document.createElement('script');
      inline.textContent = 'globalThis.ran = true';
      document.head.append(inline);
      const frame = document.createElement('iframe');
      frame.src = 'http://127.0.0.1:9/';
      document.body.append(frame);
      fetch('http://127.0.0.1:9/').catch(() => undefined);
    })`);
    expect(blocked).toEqual(['connect-src', 'frame-src', 'script-src']);
    expect(await page.evaluate('globalThis.ran')).toBeUndefined();
  });
});

describe('another page with the same preload', () => {
  it('is not answered', async () => {
    // The application's folder is another where its main file was named: the preload is found beside that file.
    await desktop.app.evaluate(
      ({ BrowserWindow }, preload) => {
        const webPreferences = { preload, sandbox: true, contextIsolation: true };
        const other = new BrowserWindow({ show: false, webPreferences });
        void other.loadURL('data:text/html,<title>other</title>');
      },
      path.join(path.dirname(desktopMain), 'preload.cjs'),
    );
    const page = await desktop.window(/^data:/);
    expect(await page.evaluate(ask)).toBe('not_permitted');
  });
});
