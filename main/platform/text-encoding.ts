// Texts that people and their tools wrote, in the encodings that those write: UTF-8, with a byte order mark or
// without, and UTF-16 with one (PowerShell 5 and Notepad write both).

/**
 * A decoder for a text that begins with these bytes. It takes the byte order mark off; with `fatal` it throws TypeError for
 * bytes that are no text, of which it would make others.
 */
export function decoderFor(start: Uint8Array, options?: TextDecoderOptions): TextDecoder {
  const little = start[0] === 0xff && start[1] === 0xfe;
  const big = start[0] === 0xfe && start[1] === 0xff;
  return new TextDecoder(little ? 'utf-16le' : big ? 'utf-16be' : 'utf-8', options);
}

/** A whole text, by such a decoder. */
export function decodeText(bytes: Uint8Array, options?: TextDecoderOptions): string {
  return decoderFor(bytes, options).decode(bytes);
}
