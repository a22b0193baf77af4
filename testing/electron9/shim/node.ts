// What else Node had after 12.14: global performance (16), util/types (15.3), util.parseArgs (18.3),
// dns/promises (15), process.getBuiltinModule, util.stripVTControlCharacters (16.11), events.setMaxListeners.
import dns from 'node:dns';
import events from 'node:events';
import module from 'node:module';
import perfHooks from 'node:perf_hooks';
import util from 'node:util';

import { parseArgs } from '@pkgjs/parseargs';

import { addMissing } from './assign.ts';
import { provide } from './modules.ts';

provide('util/types', () => util.types);
provide('dns/promises', () => dns.promises);
addMissing(globalThis, { performance: perfHooks.performance });
addMissing(util, {
  parseArgs,
  stripVTControlCharacters: (text: string) => text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, ''),
  toUSVString: (text: string) => Buffer.from(text, 'utf8').toString('utf8'),
});
addMissing(events, { setMaxListeners: () => undefined, getEventListeners: () => [] });
addMissing(module, {
  enableCompileCache: () => undefined,
  isBuiltin: (name: string) => name.startsWith('node:'),
});
