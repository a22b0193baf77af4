// Node 15.7's `base64url` in Buffer, Hash and Hmac; the global atob and btoa of 16; Blob and File of 18 and 20.
import buffer, { Buffer } from 'node:buffer';
import crypto from 'node:crypto';
import BlobShim from 'fetch-blob';
import FileShim from 'fetch-blob/file.js';

import { addMissing } from './assign.ts';

function toUrlForm(base64: string): string {
  return base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const isUrlForm = (encoding: unknown): boolean =>
  typeof encoding === 'string' && encoding.toLowerCase() === 'base64url';
// Node's reader of base64 takes the letters of base64url too.
const older = (encoding: unknown): unknown => (isUrlForm(encoding) ? 'base64' : encoding);

type Callable = (this: unknown, ...args: unknown[]) => unknown;

/** Replaces a method by one that passes its encoding (an argument by number) in a name that 12.14 knows. */
function translate(target: object, name: string, at: number): void {
  const own: unknown = Reflect.get(target, name);
  if (typeof own !== 'function') throw new Error(`Buffer has no ${name}.`);
  const method = own as Callable;
  const translated: Callable = function (...args) {
    if (!isUrlForm(args[at])) return method.apply(this, args);
    args[at] = older(args[at]);
    return method.apply(this, args);
  };
  Object.defineProperty(target, name, { value: translated, writable: true, configurable: true });
}

translate(Buffer, 'from', 1);
translate(Buffer, 'byteLength', 1);
translate(Buffer, 'isEncoding', 0);

/** Replaces a method that gives text in an encoding (its first argument). */
function giveUrlForm(target: object, name: string): void {
  const own: unknown = Reflect.get(target, name);
  if (typeof own !== 'function') throw new Error(`There is no ${name}.`);
  const method = own as Callable;
  const translated: Callable = function (...args) {
    if (!isUrlForm(args[0])) return method.apply(this, args);
    return toUrlForm(String(method.apply(this, ['base64', ...args.slice(1)])));
  };
  Object.defineProperty(target, name, { value: translated, writable: true, configurable: true });
}

giveUrlForm(Buffer.prototype, 'toString');
// Hash and Hmac, by one of each: Node gives no way to the classes that stays.
for (const one of [crypto.createHash('sha256'), crypto.createHmac('sha256', '')])
  giveUrlForm(Reflect.getPrototypeOf(one) ?? one, 'digest');

addMissing(globalThis, {
  atob: (text: string) => Buffer.from(text, 'base64').toString('latin1'),
  btoa: (text: string) => Buffer.from(text, 'latin1').toString('base64'),
  Blob: BlobShim,
  File: FileShim,
});
addMissing(buffer, { Blob: BlobShim, File: FileShim });
