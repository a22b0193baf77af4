// enableSandbox beside --no-sandbox; Electron 14's additionalData of requestSingleInstanceLock and `second-instance`; the path `sessionData` of
// 19; the names `render-process-gone` (9.4.1 has it) and `child-process-gone` of 11 for `gpu-process-crashed`.
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { isRecord } from '../assign.ts';
import type { LegacyApp, LegacyEvent } from './legacy.ts';

// What a second start says is left in a file of userData, which both have in common: 9.4.1 hands over the
// command line alone.
const dataFile = (app: LegacyApp): string => path.join(app.getPath('userData'), 'shim-second-instance.json');

function takeData(app: LegacyApp): unknown {
  try {
    const text = readFileSync(dataFile(app), 'utf8');
    unlinkSync(dataFile(app));
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Adds what the application of 9.4.1 lacks. */
export function patchApp(app: LegacyApp): void {
  const { requestSingleInstanceLock, getPath, setPath, enableSandbox } = app;
  const emit = app.emit.bind(app);
  const name = (which: string): string => (which === 'sessionData' ? 'userData' : which);
  Object.assign(app, {
    requestSingleInstanceLock(data?: unknown) {
      if (isRecord(data)) {
        mkdirSync(app.getPath('userData'), { recursive: true });
        writeFileSync(dataFile(app), JSON.stringify(data), { mode: 0o600 });
      }
      const first = requestSingleInstanceLock.call(app);
      if (first) takeData(app);
      return first;
    },
    getPath: (which: string) => getPath.call(app, name(which)),
    setPath: (which: string, value: string) => {
      // Session data of its own cannot be had here: it stays below userData.
      if (which !== 'sessionData') setPath.call(app, which, value);
    },
    // Later on a command line that says --no-sandbox (root needs it) is heard all the same. Windows are
    // sandboxed by window.ts.
    enableSandbox() {
      if (!app.commandLine.hasSwitch('no-sandbox')) enableSandbox.call(app);
    },
    emit(event: string, ...args: unknown[]) {
      if (event !== 'second-instance') return emit(event, ...args);
      return emit(event, ...args, takeData(app));
    },
  });
  app.on('gpu-process-crashed', (event: LegacyEvent, killed: boolean) => {
    emit('child-process-gone', event, { type: 'GPU', reason: killed ? 'killed' : 'crashed', exitCode: 0 });
  });
}
