// Where a request to an account's API goes: a path under the address that a profile calls `api_base`. Pure.
//
// Invariant: no path leads out of the base, neither to another host nor to a folder above it, however a server may
// decode it.
import { baseUrlFault } from './url.ts';

/** How often a path may be encoded over and over. */
const maxDecodings = 4;

/**
 * The address of a path under a base; null for a path that could lead out of it, or is none. A path begins with one
 * `/` and has neither query nor fragment; one that begins with the base's own path already is taken as it stands.
 */
export function addressUnder(base: string, path: string): string | null {
  const [, origin = '', folder = ''] = /^(https?:\/\/[^/?#]*)([^?#]*?)\/*$/i.exec(base) ?? [];
  if (origin === '' || baseUrlFault(base) !== null) return null;
  const encoded = encodeBeyondAscii(path);
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(encoded) || /[?#\\]/.test(encoded) || hasDotSegment(encoded))
    return null;
  const isWhole = folder !== '' && (encoded === folder || encoded.startsWith(`${folder}/`));
  const address = `${origin}${isWhole ? '' : folder}${encoded}`;
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
