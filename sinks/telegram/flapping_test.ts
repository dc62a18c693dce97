import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attribute, change, environment, report } from "../../tests/support/sample_reports.ts";
import type { Change, EnvironmentReport, Flapping } from "../../drift/report.ts";
import { plainText } from "./html.ts";
import { renderDigest } from "./message.ts";
import { newsFor } from "./news.ts";
import { isTold, type Told } from "./told.ts";

const WEEK = 7 * 86_400_000;
const PATH = "memory[0].dedicated";
const ADDRESS = change().address;
const SINCE = "2026-11-17T05:00:00.000Z";

/** A chat that was told of nothing yet but that all is well. */
class Chat {
  told: Told = { runId: "before", environments: {} };

  /** A run with this sink; the message. */
  run(rest: Partial<EnvironmentReport>): string | undefined {
    const shown = report([environment("prod", rest)], { runId: crypto.randomUUID() });
    const news = newsFor(shown, this.told, WEEK);
    if (!news) return undefined;
    assert(isTold(JSON.parse(JSON.stringify(news.told))));
    this.told = news.told;
    return plainText(renderDigest(shown, news)).split("\n").slice(3).join("\n");
  }
}

const flapping = (returns: number): Flapping => ({ returns, since: SINCE, isNew: returns === 3 });
const flaps = (returns: number, actual = 4096) => attribute(PATH, 2048, actual, { flapping: flapping(returns) });
const vm = (...attributes: Change["attributes"]) => ({ changes: [change({ attributes })] });
const settling = (equalChecks: number) => ({
  settling: [{ address: ADDRESS, path: PATH, label: 'VM 101 "web" on pve1', returns: 3, since: SINCE, equalChecks }],
});
const gone = { resolved: [{ address: ADDRESS, path: PATH }] };
const settled = { resolved: [{ address: ADDRESS, path: PATH, wasFlapping: true as const }] };

Deno.test("newsFor() tells once that an attribute flaps, with how often and what is there, and again when it settles", () => {
  const chat = new Chat();
  const told = chat.run(vm(flaps(3)));
  assertStringIncludes(told!, "🟠 prod: drift: 1 new\n");
  assertStringIncludes(
    told!,
    `${PATH} (flapping: the same value has come back 3 times since 2026-11-17): expected 2048 → actual 4096`,
  );
  assertEquals(chat.run({ ...gone, ...settling(1) }), undefined);
  assertEquals(chat.run(vm(flaps(4))), undefined);
  assertEquals(chat.run(vm(flaps(4, 8192))), undefined, "another value");
  assertEquals(chat.run({ ...gone, ...settling(1) }), undefined);
  assertEquals(chat.run(settling(2)), undefined);
  assertEquals(
    chat.run(settled),
    '🟢 prod: nothing differs any more\n✅ resolved: VM 101 "web" on pve1, flaps no more',
  );
  assertEquals(chat.run({}), undefined);
});

Deno.test("newsFor() tells of everything else beside what flaps", () => {
  const chat = new Chat();
  const cores = attribute("cores", 2, 4);
  chat.run(vm(flaps(3), cores));
  const closed = chat.run({ resolved: [...gone.resolved, { address: ADDRESS, path: "cores" }], ...settling(1) });
  assertEquals(
    closed,
    '🟢 prod: nothing differs at the moment, and something flaps\n✅ resolved: VM 101 "web" on pve1: cores',
  );
  assertEquals(chat.run(vm(flaps(4))), undefined, "back again");
  const further = chat.run(vm(flaps(4), attribute("cores", 2, 8)));
  assertStringIncludes(further!, "1 with new differences");
  const beside = chat.run({ ...vm(attribute("cores", 2, 16)), ...gone, ...settling(1) });
  assertStringIncludes(beside!, "drift: 1 changed\n");
  assertEquals(beside!.includes("resolved"), false, beside);
  const steady = { ...attribute("cores", 2, 16), isNew: false };
  assertEquals(chat.run({ ...vm(steady), ...settling(2) }), undefined);
  assertStringIncludes(
    chat.run({ ...vm(steady), ...settled })!,
    `✅ resolved: VM 101 "web" on pve1: ${PATH}, flaps no more`,
  );
});

Deno.test("newsFor() tells of a create, delete or replace of what flaps each time", () => {
  const chat = new Chat();
  chat.run(vm(flaps(3)));
  const replaced = [change({ action: "replace", attributes: [attribute(PATH, 2048, 4096)] })];
  assertStringIncludes(chat.run({ changes: replaced })!, "1 changed");
  assertStringIncludes(chat.run(vm(flaps(3)))!, "1 changed");
  assertStringIncludes(chat.run({ changes: [change({ action: "delete", attributes: [] })] })!, "1 changed");
});

Deno.test("newsFor() believes a report that knows of no flapping any more", () => {
  const chat = new Chat();
  chat.run(vm(flaps(3)));
  assertStringIncludes(chat.run(vm(attribute(PATH, 2048, 4096)))!, "1 changed", "the memory was lost");
  chat.run(vm(flaps(3)));
  assertStringIncludes(chat.run({})!, "flaps no more");
});

Deno.test("newsFor() tells a chat that does not know of it what flaps, what is equal now, and not that it settles", () => {
  const chat = new Chat();
  chat.run(vm(attribute(PATH, 2048, 4096)));
  assertStringIncludes(chat.run({ ...gone, ...settling(1) })!, '✅ resolved: VM 101 "web" on pve1');
  assertEquals(chat.run(settled), undefined);
  assertStringIncludes(chat.run(vm(flaps(5)))!, "come back 5 times");
});

Deno.test("newsFor() keeps what flaps through a check that fails", () => {
  const chat = new Chat();
  chat.run(vm(flaps(3)));
  const error = { class: "auth" as const, summary: "no", detail: "", cure: "Mend it" };
  assertStringIncludes(chat.run({ error })!, "1 known difference could not be checked");
  const back = chat.run({ ...gone, ...settling(1) });
  assertEquals(back, "🟢 prod: the check works again (it had failed: auth); nothing differs");
  assertEquals(chat.run(vm(flaps(4))), undefined);
});
