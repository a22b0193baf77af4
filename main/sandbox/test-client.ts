/**
 * What the practice vendor's tests share: a server on a free port with a clock in hand, and raw requests.
 *
 * Invariants: a request goes out as it is written (path, query and headers unchanged) and no redirect is
 * followed, so that a test shows the wire form of the vendor's document.
 */
import { request } from 'node:http';
import { startSandbox } from './index.ts';
import type { Sandbox, SandboxOptions } from './index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as a JSON object; empty when it is none. */
  readonly json: Record<string, unknown>;
}

export interface Practice extends Sandbox {
  readonly lines: string[];
  /** Moves the vendor's clock on. */
  pass(seconds: number): void;
  ask(
    method: string,
    path: string,
    headers?: Record<string, string | string[]>,
    body?: string,
  ): Promise<Answer>;
}

/** Starts a practice vendor on a free port, on a clock that stands still until `pass` moves it. */
export async function practice(options: SandboxOptions = {}): Promise<Practice> {
  let clock = 1_750_000_000_000;
  const lines: string[] = [];
  const sandbox = await startSandbox({
    port: 0,
    now: () => clock,
    log: (line) => lines.push(line),
    ...options,
  });
  return {
    ...sandbox,
    lines,
    pass: (seconds) => {
      clock += seconds * 1000;
    },
    ask: (method, path, headers = {}, body = '') => ask(sandbox.port, method, path, headers, body),
  };
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
  body: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: readJson(text) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function readJson(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  return JSON.parse(text) as Record<string, unknown>; // starts with a brace, so an object
}

/** Writes parameters as a form does (blank as `+`). */
export function form(values: Record<string, string>): string {
  return new URLSearchParams(values).toString();
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const JSON_BODY = { 'content-type': 'application/json' };

/** Makes a token that must be text into text. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('expected a text');
  return value;
}
