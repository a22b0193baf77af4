// An answer of the upstream, what a fault makes of it, and its bytes on the wire. Pure.
import { STATUS_CODES } from 'node:http';
import type { Fault } from './rules.ts';

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Headers that belong to one connection (RFC 9110 §7.6.1), and the length, which is written anew. */
export const ofConnection =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|content-length)$/i;

/** The answer where the upstream is not asked and the fault says no more. */
export const empty: Answer = { status: 200, reason: 'OK', headers: [], body: Buffer.alloc(0) };

/** What the fault says of status, headers and body. `now`: Unix ms. */
export function changed(answer: Answer, fault: Fault, now: number): Answer {
  const status = fault.status ?? answer.status;
  const reason = fault.reason ?? (fault.status === undefined ? answer.reason : STATUS_CODES[status]) ?? '';
  const given = Object.entries(fault.headers ?? {});
  const names = given.map(([name]) => name.toLowerCase());
  const headers = [
    ...answer.headers.filter(([name]) => !names.includes(name.toLowerCase())),
    ...given.flatMap(([name, value]) => (value === null ? [] : [[name, dated(value, now)] as const])),
  ];
  return { status, reason, headers, body: bodyOf(answer, fault) };
}

/** Whether a fault says another content than the upstream's. */
export function changes({ status, headers, body, size, merge, raw, form }: Fault): boolean {
  return [status, headers, body, size, merge, raw, form].some((one) => one !== undefined);
}

function bodyOf(answer: Answer, { body, size, merge }: Fault): Buffer {
  if (body !== undefined) return Buffer.from(body);
  if (size !== undefined) return Buffer.alloc(size, 'x');
  if (merge === undefined) return answer.body;
  const json = parsed(answer.body);
  return json === undefined ? answer.body : Buffer.from(JSON.stringify(merged(json, merge)));
}

/** Undefined: no JSON, and nothing to merge into. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** RFC 7396 §2. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function dated(value: string, now: number): string {
  return value.replaceAll(/\{date\+(\d+)\}/g, (_, seconds: string) =>
    new Date(now + Number(seconds) * 1000).toUTCString(),
  );
}

/** The bytes of an answer before its body, and those of the body. */
export function written(answer: Answer, fault: Fault): { readonly head: Buffer; readonly body: Buffer } {
  if (fault.raw !== undefined) return { head: Buffer.alloc(0), body: Buffer.from(fault.raw, 'latin1') };
  const { status, reason, body } = answer;
  const version = fault.form === 'http-1.0' ? '1.0' : '1.1';
  const line = `HTTP/${version} ${String(status)} ${reason}`;
  const headers = answer.headers.filter(([name]) => !ofConnection.test(name));
  const factor = fault.form === 'short' ? 0.5 : fault.form === 'long' ? 2 : 1;
  const length = status === 204 || fault.form === 'http-1.0' ? [] : [Math.floor(body.length * factor)];
  const lines = [
    line,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(fault.form === 'gzip' ? ['Content-Encoding: gzip'] : []),
    ...length.map((bytes) => `Content-Length: ${String(bytes)}`),
    `Connection: ${fault.form === 'twice' ? 'keep-alive' : 'close'}`,
  ];
  const whole = (some: readonly string[]): Buffer => Buffer.from(`${some.join('\r\n')}\r\n\r\n`, 'latin1');
  switch (fault.form) {
    case 'no-headers':
      return { head: whole([line]), body };
    case 'no-head':
      return { head: Buffer.alloc(0), body };
    case 'twice':
      return { head: whole(lines), body: Buffer.concat([body, whole(lines), body]) };
    default:
      return { head: whole(lines), body };
  }
}

/** An answer before the answer (RFC 9110 §15.2, RFC 8297 for 103). */
export function interim(status: number): string {
  const link = status === 103 ? 'Link: </style.css>; rel=preload; as=style\r\n' : '';
  return `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? 'Interim'}\r\n${link}\r\n`;
}
