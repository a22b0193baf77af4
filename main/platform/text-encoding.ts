// Texts that people and their tools wrote, in the encodings that those write: UTF-8, with a byte order mark or
// without, and UTF-16 with one (PowerShell 5 and Notepad write both).

/**
 * A decoder for a text that begins with these bytes. It takes the byte order mark off, and throws TypeError for bytes that
 * are no text: a secret would be another one, and nobody told.
 */
export function decoderFor(start: Uint8Array): TextDecoder {
  const little = start[0] === 0xff && start[1] === 0xfe;
  const big = start[0] === 0xfe && start[1] === 0xff;
  return new TextDecoder(little ? 'utf-16le' : big ? 'utf-16be' : 'utf-8', { fatal: true });
}

/** A whole text. Throws as its decoder does. */
export function decodeText(bytes: Uint8Array): string {
  return decoderFor(bytes).decode(bytes);
}
