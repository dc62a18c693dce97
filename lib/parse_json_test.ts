import { assertEquals, assertThrows } from "@std/assert";
import { parseJson } from "./parse_json.ts";

Deno.test("parseJson() keeps all digits of numbers that are more than a double holds, and is JSON.parse for the rest", () => {
  const text = `{"id":1234567890123456789,"neg":[-9007199254740993],"ok":9007199254740991,"few":12,"big":1e30,
    "frac":0.12345678901234567,"double":0.30000000000000004,"tiny":-0.000000123456789012345,"half":9007199254740993.5,"text":"1234567890123456789","deep":{"n":123456789012345678901234567890}}`;
  assertEquals(parseJson(text), {
    ...JSON.parse(text),
    id: "1234567890123456789",
    neg: ["-9007199254740993"],
    frac: "0.12345678901234567",
    half: "9007199254740993.5",
    deep: { n: "123456789012345678901234567890" },
  });
  assertEquals(parseJson(`{"a":[1,null,"x"]}`), { a: [1, null, "x"] });
  assertEquals(JSON.stringify(parseJson(`{"__proto__":{"id":1234567890123456789}}`)).includes("6789"), true);
  assertThrows(() => parseJson(`{"id":1234567890123456789`), SyntaxError);
});

Deno.test("parseJson() does not quote the text that it cannot read", () => {
  for (const text of ['{"password":hunter22}', "hunter22", '{"a":"x" hunter22}', `{"a":"${"x".repeat(99)}" hunter22`]) {
    const { message } = assertThrows(() => parseJson(text), SyntaxError);
    assertEquals([message.includes("hunt"), message.length > 10], [false, true], message);
  }
});
