/**
 * Text of a file that some program has written, in whichever Unicode it has.
 *
 * @module
 */

/**
 * Decodes UTF-8, and UTF-16 where a byte order mark says so (Windows PowerShell writes it) or every other byte of the
 * beginning is zero. The mark is left out.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf([a, b, c, d]: Uint8Array): string {
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return "utf-16le";
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? "utf-16be" : "utf-8";
}
