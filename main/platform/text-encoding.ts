// Texts that people and their tools wrote, in the encodings that those write: UTF-8, with a byte order mark or
// without, and UTF-16 with one (PowerShell 5 and Notepad write both).

/** A decoder for a text that begins with these bytes. It takes the byte order mark off. */
export function decoderFor(start: Uint8Array): TextDecoder {
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder('utf-16le');
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder('utf-16be');
  return new TextDecoder();
}

/** A whole text. */
export function decodeText(bytes: Uint8Array): string {
  return decoderFor(bytes).decode(bytes);
}
