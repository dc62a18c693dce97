import { assertEquals, assertRejects } from "@std/assert";
import { print, Results } from "./print.ts";

Deno.test("print() writes all of a text, however little one write takes", async () => {
  const written: number[] = [];
  await print("drift", { write: (bytes) => Promise.resolve(Math.min(2, written.push(...bytes.subarray(0, 2)))) });
  assertEquals(new TextDecoder().decode(new Uint8Array(written)), "drift");
});

Deno.test("Results.print() stops in silence when the reader has closed the pipe", async () => {
  let writes = 0;
  const results = new Results({
    write(bytes) {
      writes += 1;
      return writes === 1 ? Promise.resolve(bytes.length) : Promise.reject(new Deno.errors.BrokenPipe("gone"));
    },
  });
  await results.print("read");
  assertEquals(results.isReaderGone, false);
  await results.print("not read");
  assertEquals(results.isReaderGone, true);
  await results.print("not even tried");
  assertEquals(writes, 2);
});

Deno.test("Results.print() throws when there is no room", async () => {
  const results = new Results({ write: () => Promise.reject(new Error("No space left on device")) });
  await assertRejects(() => results.print("x"), Error, "No space left");
  assertEquals(results.isReaderGone, false);
});
