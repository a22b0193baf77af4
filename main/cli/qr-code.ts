// The page of a device code as a QR code on a terminal.
//
// Invariant: it is printed where it can be seen whole, and nowhere else: no wrapped line, none that scrolls away, no
// control sequence where a terminal says that it knows none.
import { qrCode } from '../messages/qr-code.ts';

/** Characters and lines; 0 or nothing where the terminal does not say. */
export interface TerminalSize {
  readonly columns?: number;
  readonly rows?: number;
}

/** Light modules on each side. The standard asks for four; cameras do with two, and 24 lines hold more addresses. */
const QUIET_ZONE = 2;
/** Lines that stand below it, the prompt included. */
const LINES_BELOW = 4;
/** Light on dark whatever the terminal's colours are: xterm's 231 (white) on 16 (black). */
const COLOURS = '\u001B[38;5;231;48;5;16m';
const NO_COLOURS = '\u001B[0m';
/** Two modules in a character, by which of them are light: none, the upper, the lower, both. */
const HALF_BLOCKS = ' ▀▄█';

/** The lines of a code, each with its end; null where the terminal cannot show it. */
export async function terminalQrCode(
  address: string,
  terminal: TerminalSize,
  term: string | undefined,
): Promise<string | null> {
  const code = term === 'dumb' ? null : await qrCode(address);
  if (code === null) return null;
  const end = code.size + QUIET_ZONE;
  const width = end + QUIET_ZONE;
  const height = Math.ceil(width / 2) + LINES_BELOW;
  if (width > (terminal.columns || width) || height > (terminal.rows || height)) return null;
  const light = (x: number, y: number): number => (y < end && !code.get(x, y) ? 1 : 0);
  let text = '';
  for (let y = -QUIET_ZONE; y < end; y += 2) {
    text += COLOURS;
    for (let x = -QUIET_ZONE; x < end; x += 1) text += HALF_BLOCKS.charAt(light(x, y) + 2 * light(x, y + 1));
    text += `${NO_COLOURS}\n`;
  }
  return text;
}
