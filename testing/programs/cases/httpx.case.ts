import { tryScript } from '../script.ts';

tryScript('httpx', 'me.py', 'python3');
