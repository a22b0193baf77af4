import { tryScript } from '../script.ts';

tryScript('Python', 'me.py', 'python3');
