// The shim of child processes that run this runtime as Node (`child.cjs`): Node's modules under `node:`, and
// Electron 22's process.parentPort in a utility process.
import { EventEmitter } from 'node:events';
import process from 'node:process';

import './modules.ts';

if (process.env['KEYFOB_SHIM_PARENT_PORT'] === '1') {
  delete process.env['KEYFOB_SHIM_PARENT_PORT'];
  const port = new EventEmitter();
  process.on('message', (data) => port.emit('message', { data, ports: [] }));
  Object.assign(process, {
    parentPort: Object.assign(port, { postMessage: (message: unknown) => process.send?.(message) }),
  });
}
