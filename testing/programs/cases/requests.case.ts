import { tryScript } from '../script.ts';

tryScript('requests', 'me.py', 'python3');
