import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Memory } from "../run/memory.ts";
import { UsageError } from "../usage_error.ts";
import { runSnooze, type SnoozeConfig } from "./snooze.ts";

const NOW = Date.parse("2026-11-24T06:00:00.000Z");
const HOUR = 3_600_000;
const WEB = `vm.web["it's"]`;

async function withMemory(
  act: (run: (words: string[], forMs?: number) => Promise<string>, dir: string) => Promise<void>,
) {
  const stateDir = await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-test-" });
  const finding = (address: string, path: string) => ({
    ...{ address, action: "update", origin: "outside", path, hash: "h", firstSeenAt: "2026-11-20T06:00:00.000Z" },
  });
  const at = "2026-11-24T05:00:00.000Z";
  const memory = {
    ...{ version: 1, salt: "s", status: "drift", since: at, checkedAt: at, resources: 2, providers: {} },
    findings: [finding(WEB, "memory"), finding(WEB, "tags"), finding("vm.db", "cores")],
  } as Memory;
  await Deno.mkdir(join(stateDir, "memory"));
  await Deno.writeTextFile(join(stateDir, "memory/prod.json"), JSON.stringify(memory));
  const environments = [{ name: "prod" }, { name: "lab" }] as SnoozeConfig["environments"];
  let said = "";
  const world = { now: () => NOW, print: (text: string) => Promise.resolve(void (said += text)) };
  try {
    await act(async (words, forMs) => {
      said = "";
      assertEquals(
        await runSnooze({ words, ...forMs === undefined ? {} : { forMs } }, { environments, stateDir }, world),
        0,
      );
      return said;
    }, stateDir);
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

Deno.test("runSnooze() snoozes every finding of an address, lists it quoted for a shell, and ends it", async () => {
  await withMemory(async (run) => {
    const quoted = `'vm.web["it'\\''s"]'`;
    assertEquals(
      await run(["prod", WEB], 36 * HOUR),
      `Messages leave out 2 findings at ${quoted} in prod until 2026-11-25T18:00:00.000Z (1d 12h)\n`,
    );
    assertEquals(await run(["list"]), `prod ${quoted}, 2 findings, until 2026-11-25T18:00:00.000Z (1d 12h left)\n`);
    await run(["prod", WEB], HOUR);
    assertStringIncludes(await run(["list"]), "(1h left)");
    assertEquals(await run(["end", "prod", WEB]), `Messages tell of ${quoted} in prod again\n`);
    assertEquals(await run(["list"]), "Nothing is snoozed\n");
  });
});

Deno.test("runSnooze() says what is known where it does not know the environment or the address, and writes nothing", async () => {
  await withMemory(async (run, dir) => {
    const refuses = async (words: string[], message: string, forMs?: number) => {
      const error = await assertRejects(() => run(words, forMs), UsageError);
      assertEquals(error.message, message);
    };
    await refuses(["prd", WEB], 'Unknown environment "prd": did you mean "prod"? known are prod, lab', HOUR);
    await refuses(
      ["prod", "vm.bd"],
      `Nothing is known at "vm.bd" in environment "prod": did you mean "vm.db"? the last check found something at 'vm.web["it'\\''s"]' vm.db`,
      HOUR,
    );
    await refuses(
      ["lab", "vm.db"],
      'Nothing is known of environment "lab" yet: check it first, pve-drift --env lab',
      HOUR,
    );
    await refuses(["prod", "vm.db"], 'Command "snooze" must know for how long: pve-drift snooze prod vm.db --for 3d');
    await refuses(["end", "prod", "vm.db"], 'No snooze of "vm.db" in environment "prod": nothing is snoozed there');
    await run(["prod", "vm.db"], HOUR);
    await refuses(
      ["end", "prod", "vm.bd"],
      'No snooze of "vm.bd" in environment "prod": did you mean "vm.db"? snoozed there is vm.db',
    );
    await Deno.writeTextFile(join(dir, "memory/prod.json"), "{");
    await assertRejects(() => run(["prod", "vm.db"], HOUR), Error, "is damaged");
  });
});
