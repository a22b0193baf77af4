// An address as a QR code (ISO/IEC 18004), which a person takes up with a phone, in a terminal or in the window.
//
// Invariant: the encoder is loaded when a code is wanted, never with the start of a command or of the window.
import type { Bitmap2D } from 'lean-qr/nano';

/** `size`: modules a side; `get(x, y)`: whether a module is dark, and false for all that is beside the code. */
export type QrCode = Pick<Bitmap2D, 'size' | 'get'>;

/** Bytes of an address that still makes a picture which a phone reads from a screen: 69 modules a side. */
const MAX_BYTES = 400;

/** Null for an address that is too long. */
export async function qrCode(address: string): Promise<QrCode | null> {
  if (new TextEncoder().encode(address).length > MAX_BYTES) return null;
  const { generate } = await import('lean-qr/nano');
  return generate(address);
}

/** The dark modules as the path of an SVG, a square of 1 × 1 each, from 0 | 0. */
export function darkModules({ size, get }: QrCode): string {
  let path = '';
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) if (get(x, y)) path += `M${x} ${y}h1v1h-1z`;
  return path;
}
