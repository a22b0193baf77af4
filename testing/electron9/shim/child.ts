// The shim of child processes that run this runtime as Node (`child.cjs`): Node's modules under `node:`.
import './modules.ts';
