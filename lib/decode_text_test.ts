import { assertEquals } from "@std/assert";
import { decodeText } from "./decode_text.ts";

function utf16(text: string, isBig: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  [...text].forEach((char, at) => view.setUint16(at * 2, char.charCodeAt(0), !isBig));
  return bytes;
}

Deno.test("decodeText() reads UTF-8 and UTF-16 of either order, with a mark and without", () => {
  const text = '{"name":"Größe"}';
  assertEquals(decodeText(new TextEncoder().encode(text)), text);
  assertEquals(decodeText(new TextEncoder().encode(`\uFEFF${text}`)), text);
  for (const isBig of [false, true]) {
    assertEquals(decodeText(utf16(text, isBig)), text);
    assertEquals(decodeText(utf16(`\uFEFF${text}`, isBig)), text);
  }
  assertEquals([decodeText(new Uint8Array()), decodeText(new Uint8Array([123]))], ["", "{"]);
});
