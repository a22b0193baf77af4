// Reads a QR code from pixels, as the camera of a phone does, dark on light alone.
import jsQR from 'jsqr';

/** The text of a code; undefined where none is found. `pixels`: red, green, blue and opacity of each, in rows. */
export function readQrCode(pixels: Uint8ClampedArray, width: number, height: number): string | undefined {
  return jsQR.default(pixels, width, height, { inversionAttempts: 'dontInvert' })?.data;
}
