import { tryScript } from '../script.ts';

tryScript('Node', 'me.mjs', 'node');
