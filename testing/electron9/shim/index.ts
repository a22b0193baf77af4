// What Electron 9.4.1 (Node 12.14, Chromium 83) lacks, so that sources written for Electron 45 run in it
// unmodified. Built into `shim.cjs`, which is the first thing that the application loads. For tests only.
//
// Order matters: each file stands on those before it.
import './timers.ts';
import './language.ts';
import './modules.ts';
import './node.ts';
import './events.ts';
import './streams.ts';
import './buffer.ts';
import './files.ts';
import './http.ts';
import './processes.ts';
import './crypto.ts';
import './fetch.ts';
import './electron.ts';
