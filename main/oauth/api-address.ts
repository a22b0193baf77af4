// Where a request to an account's API goes: a path under the address that a profile calls `api_base`. Pure.
//
// Invariant: no path leads out of the base, neither to another host nor to a folder above it, however a server may
// decode it.
import { baseUrlFault } from './url.ts';

/** How often a path may be encoded over and over. */
const maxDecodings = 4;

/**
 * The address of a path under a base; null for a path that could lead out of it, or is none. A path begins with one
 * `/` and has neither query nor fragment. Where it begins with the base's own path already, or with the last two folders
 * of it and more, that is not put before it again: vendors write their paths either way.
 */
export function addressUnder(base: string, path: string): string | null {
  const [, origin = '', folder = ''] = /^(https?:\/\/[^/?#]*)([^?#]*?)\/*$/i.exec(base) ?? [];
  if (origin === '' || baseUrlFault(base) !== null) return null;
  const encoded = encodeBeyondAscii(path);
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(encoded) || /[?#\\]/.test(encoded) || hasDotSegment(encoded))
    return null;
  const address = `${origin}${folder.slice(0, folder.length - overlap(folder, encoded))}${encoded}`;
  // What has been said above once more, by whoever reads addresses for a living.
  const read = URL.parse(address);
  const root = URL.parse(base);
  const holds =
    read !== null &&
    root !== null &&
    read.origin === root.origin &&
    `${read.pathname}/`.startsWith(`${root.pathname.replace(/\/+$/, '')}/`);
  return holds ? address : null;
}

/** Length of the end of a folder that a path begins with: the whole of it, or two segments of it at least. */
function overlap(folder: string, path: string): number {
  const segments = folder.split('/').slice(1);
  const ends = segments.map((_, from) => segments.slice(from));
  const found = ends.find(
    (end, from) => (from === 0 || end.length > 1) && `${path}/`.startsWith(`/${end.join('/')}/`),
  );
  return found === undefined ? 0 : found.join('/').length + 1;
}

function encodeBeyondAscii(path: string): string {
  return path.toWellFormed().replaceAll(/[^\0-\x7f]+/g, encodeURIComponent);
}

/** Whether a segment is `.` or `..` (with parameters behind `;` too), as it stands or decoded once or more. */
function hasDotSegment(path: string): boolean {
  let text = path;
  for (let decodings = 0; decodings <= maxDecodings; decodings += 1) {
    if (/[/\\]\.{1,2}(?=$|[/\\;?#])/.test(text)) return true;
    const decoded = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (decoded === text) return false;
    text = decoded;
  }
  return true;
}
