// `keyfob`: the entry of the command line under Node.
import process from 'node:process';
import { runCommandLine } from './run.ts';

process.exit(await runCommandLine(process.argv.slice(2)));
