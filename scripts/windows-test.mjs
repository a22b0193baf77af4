// `npm run windows:test [-- WORK]`: agent and commands under Windows' Node in wine (testing/windows/smoke.sh).
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const script = path.join(import.meta.dirname, '..', 'testing', 'windows', 'smoke.sh');
const { status, error } = spawnSync('bash', [script, ...process.argv.slice(2)], { stdio: 'inherit' });
if (error !== undefined) process.stderr.write(`bash could not be started: ${error.message}\n`);
process.exitCode = status ?? 1;
