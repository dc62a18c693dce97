import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { serialize, startDeadline, withGracePeriod, withTimeLimit } from "./time_limits.ts";

const never = new AbortController().signal;

Deno.test("serialize() runs one piece of work after the other, also where one fails", async () => {
  const inTurn = serialize();
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await delay(5);
    log.push(`${name} ends`);
    if (name === "a") throw new Error(name);
  };
  const results = await Promise.allSettled(["a", "b", "c"].map((name) => inTurn(work(name), never)));
  assertEquals(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  assertEquals(results.map(({ status }) => status), ["rejected", "fulfilled", "fulfilled"]);
});

Deno.test("serialize() begins at once what is stopped while it waits", async () => {
  const inTurn = serialize();
  const hanging = Promise.withResolvers<void>(), stop = new AbortController();
  const first = inTurn(() => hanging.promise, never);
  const second = inTurn(() => Promise.resolve("ended"), stop.signal);
  stop.abort();
  assertEquals(await second, "ended");
  hanging.resolve();
  await first;
});

Deno.test("withTimeLimit() ends with the promise, or when the time is over", async () => {
  await withTimeLimit(Promise.resolve(), 60_000);
  const began = performance.now();
  await withTimeLimit(new Promise(() => {}), 20);
  assert(performance.now() - began >= 19);
});

Deno.test("withGracePeriod() gives the result of work that ends, stopped or not", async () => {
  const stop = new AbortController();
  assertEquals(await withGracePeriod(Promise.resolve("work"), () => "instead", never, never), "work");
  const work = delay(5).then(() => "work");
  stop.abort();
  assertEquals(await withGracePeriod(work, () => "instead", stop.signal, never), "work");
});

Deno.test("startDeadline() aborts when its own time is over, not counting what it was held up for", async () => {
  const deadline = startDeadline(60);
  deadline.pause();
  deadline.pause();
  await delay(80);
  assert(!deadline.signal.aborted);
  const left = deadline.remainingMs();
  assert(left > 0 && left <= 60, String(left));
  deadline.resume();
  deadline.resume();
  await delay(80);
  assertEquals(deadline.signal.reason, "timeout");
  assert(deadline.remainingMs() <= 0);
});

Deno.test("startDeadline() aborts nothing once it is closed", async () => {
  const deadline = startDeadline(20);
  deadline.close();
  await delay(40);
  assertEquals([deadline.signal.aborted, deadline.remainingMs() > 0], [false, true]);
});
