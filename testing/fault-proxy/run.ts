// `npm run fault-proxy -- --upstream URL [--rule JSON]… [--rules FILE] [--port N] [--seed N] [--log FILE]`.
import { appendFileSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startFaultProxy } from './index.ts';
import type { ExchangeLine } from './index.ts';
import { parseRules } from './rules.ts';
import type { Rule } from './rules.ts';

const usage =
  'npm run fault-proxy -- --upstream URL [--rule JSON]… [--rules FILE] [--port N] [--seed N] [--log FILE]';

function fail(why: string): never {
  process.stderr.write(`${why}\n${usage}\n`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        upstream: { type: 'string' },
        rule: { type: 'string', multiple: true, default: [] },
        rules: { type: 'string' },
        port: { type: 'string', default: '0' },
        seed: { type: 'string', default: '0' },
        log: { type: 'string' },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const options = readOptions();

function readRules(): Rule[] {
  const file = options.rules === undefined ? '' : readFileSync(options.rules, 'utf8');
  return [...options.rule.flatMap(parseRules), ...parseRules(file)];
}

const { upstream } = options;
if (upstream === undefined || !/^https?:$/.test(URL.parse(upstream)?.protocol ?? '')) {
  fail('--upstream is an http or https URL.');
}
const tell = (line: object): void => {
  const text = `${JSON.stringify(line)}\n`;
  if (options.log === undefined) process.stdout.write(text);
  else appendFileSync(options.log, text);
};
try {
  const proxy = await startFaultProxy({
    upstream,
    rules: readRules(),
    port: Number(options.port),
    seed: options.seed,
    onExchange: ({ request: _request, answer: _answer, ...line }) => tell(line satisfies ExchangeLine),
  });
  process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, origin: proxy.origin })}\n`);
  process.on('SIGHUP', () => {
    try {
      proxy.setRules(readRules());
    } catch (error) {
      process.stderr.write(
        `The rules stay as they were: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  });
  const end = (): void => void proxy.close().then(() => process.exit(0));
  process.once('SIGINT', end).once('SIGTERM', end);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
