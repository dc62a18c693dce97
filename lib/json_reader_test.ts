import { assertEquals, assertThrows } from "@std/assert";
import { JsonReader } from "./json_reader.ts";

/** The text as {@linkcode JsonReader} reads it where every object and list of this shape is gone into. */
function readAs(text: string, shape: unknown): unknown {
  const reader = new JsonReader(text);
  const inner = (shape: unknown): unknown => {
    if (typeof shape !== "object" || shape === null) return reader.value();
    const items = Object.values(shape);
    return Array.isArray(shape) ? reader.list(() => inner(items.shift())) : reader.object(() => inner(items.shift()));
  };
  const value = inner(shape);
  reader.end();
  return value;
}

Deno.test("JsonReader reads what JSON.parse does, in pieces", () => {
  for (
    const text of [
      '{"a":{"b":[1,-2.5e3,"x"],"c":null},"d":[]}',
      ' { "a" : [ { } , [ ] , true ] ,\n\t"b\\"}\\\\" : "]\\"{" } ',
      '{"__proto__":{"x":1},"caf\u00e9":"\ud83d\ude00","\\u0061":"\\n"}',
      '["\\\\","{",[[["}"]]]]',
      "17",
      '"text"',
    ]
  ) assertEquals(readAs(text, JSON.parse(text)), JSON.parse(text), text);
});

Deno.test("JsonReader refuses what is cut, or goes on, or has a hole in it", () => {
  const whole = '{"a":{"b":[1,"x"]},"c":"d"}';
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    assertThrows(() => readAs(cut, JSON.parse(whole)), SyntaxError);
    assertThrows(() => passAll(cut), SyntaxError);
  }
  for (
    const text of [
      `${whole}x`,
      `${whole}{}`,
      '{"a" 1}',
      '{"a":}',
      '{"a":1,}',
      "[1,]",
      "{a:1}",
      '{"a":"b\0\0c"}',
      '{"a":\0\x001}',
      '{"a":[1,\0\x002]}',
    ]
  ) {
    assertThrows(() => passAll(text), SyntaxError);
  }
});

/** Passes over every member. */
function passAll(text: string): void {
  const reader = new JsonReader(text);
  if (text.startsWith("[")) reader.list(() => undefined);
  else reader.object(() => undefined);
  reader.end();
}

Deno.test("JsonReader.object() leaves out what is not wanted, and goes on behind it", () => {
  const reader = new JsonReader('{"big":{"x":["}","\\"]",{"y":1}]},"small":2,"other":[3]}');
  const seen: string[] = [];
  const value = reader.object((key, soFar) => {
    seen.push(`${key} after ${Object.keys(soFar)}`);
    return key === "big" ? undefined : key === "small" ? reader.value() : "given";
  });
  reader.end();
  assertEquals(value, { small: 2, other: "given" });
  assertEquals(seen, ["big after ", "small after ", "other after small"]);
});

Deno.test("JsonReader keeps the digits of long numbers, as parseJson() does", () => {
  assertEquals(readAs('{"id":12345678901234567890}', { id: 0 }), { id: "12345678901234567890" });
});
