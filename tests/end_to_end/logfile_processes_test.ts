/** The logfile sink in processes of its own: umask, time zone, two at once, and one that is killed. */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { ROOT, run } from "../support/programs.ts";

const CHILD = join(ROOT, "tests/support/logfile_child.ts");
const DENO = Deno.execPath();
const FILE = "drift-2026-11-24-prod.log";

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Ids of the runs whose record is whole, in their order; throws where a line is out of place. */
function wholeRecords(text: string): string[] {
  const ids: string[] = [];
  let open: string | undefined;
  let length = 0;
  const lengths = new Set<number>();
  for (const line of text.split("\n").slice(0, -1)) {
    length++;
    const start = /^=== .*, run (\S+), terraform/.exec(line)?.[1];
    if (start) {
      assert(open === undefined, `${start} starts within ${open}`);
      open = start;
      length = 1;
    } else if (line === "(cut off)") open = undefined;
    else if (line.startsWith("=== end of run ")) {
      assertEquals(line, `=== end of run ${open}`);
      ids.push(open!);
      lengths.add(length);
      open = undefined;
    }
  }
  assert(lengths.size <= 1, `records of ${[...lengths]} lines`);
  return ids;
}

Deno.test("logfile gives its file mode 0640 whatever the umask", async () => {
  for (const umask of ["0000", "0077", "0777"]) {
    await inFolder(async (dir) => {
      const { stdout } = await run("sh", ["-c", `umask ${umask}; exec "$0" run -A "$1" "$2" 2`, DENO, CHILD, dir]);
      assertEquals(stdout.match(/^delivered/gm)?.length, 2, stdout);
      assertEquals((await Deno.stat(join(dir, FILE))).mode! & 0o7777, 0o640);
    });
  }
});

Deno.test("logfile keeps records whole when two processes write at once", () =>
  inFolder(async (dir) => {
    const outcomes = await Promise.all([1, 2].map(() => run(DENO, ["run", "-A", CHILD, dir, "60"])));
    const delivered = outcomes.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^delivered (\S+)$/gm)].map(([, id]) => id!)
    );
    assertEquals(delivered.length, 120);
    assertEquals(wholeRecords(await Deno.readTextFile(join(dir, FILE))).sort(), delivered.sort());
  }));

Deno.test("logfile loses no finished record and leaves no lock when its process is killed", () =>
  inFolder(async (dir) => {
    const delivered: string[] = [];
    for (let round = 0; round < 8; round++) {
      const child = new Deno.Command(DENO, { args: ["run", "-A", CHILD, dir, "1000"], stdout: "piped", stderr: "null" })
        .spawn();
      let text = "";
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (text.split("\n").length > 5 + round) child.kill("SIGKILL");
      }
      await child.status;
      delivered.push(...[...text.matchAll(/^delivered (\S+)$/gm)].map(([, id]) => id!));
    }
    const found = new Set(wholeRecords(await Deno.readTextFile(join(dir, FILE))));
    assert(delivered.length > 40, `${delivered.length}`);
    assertEquals(delivered.filter((id) => !found.has(id)), []);
  }));

Deno.test("hostTime follows the host's time zone over changes of daylight saving", async () => {
  const script = `import { hostTime } from "${new URL("../../sinks/text/local_time.ts", import.meta.url)}";
    for (const at of JSON.parse(Deno.args[0])) console.log(hostTime.time(Date.parse(at)) + " " + hostTime.date(Date.parse(at)));`;
  const zones: Record<string, [utc: string, local: string][]> = {
    "Europe/Berlin": [
      ["2026-03-29T00:59:59Z", "2026-03-29 01:59:59 +01:00"],
      ["2026-03-29T01:00:00Z", "2026-03-29 03:00:00 +02:00"],
      ["2026-03-28T23:00:00Z", "2026-03-29 00:00:00 +01:00"],
      ["2026-10-25T00:59:59Z", "2026-10-25 02:59:59 +02:00"],
      ["2026-10-25T01:00:00Z", "2026-10-25 02:00:00 +01:00"],
      ["2026-10-24T21:59:59Z", "2026-10-24 23:59:59 +02:00"],
    ],
    "America/St_Johns": [["2026-11-24T03:29:59Z", "2026-11-23 23:59:59 -03:30"]],
    // Midnight itself is skipped here.
    "America/Santiago": [
      ["2026-09-06T03:59:59Z", "2026-09-05 23:59:59 -04:00"],
      ["2026-09-06T04:00:00Z", "2026-09-06 01:00:00 -03:00"],
    ],
    UTC: [["2026-11-24T23:59:59Z", "2026-11-24 23:59:59 +00:00"]],
  };
  for (const [zone, moments] of Object.entries(zones)) {
    const asked = JSON.stringify(moments.map(([utc]) => utc));
    const { stdout, stderr } = await run(DENO, ["run", "-q", "-A", "-", asked], { stdin: script, env: { TZ: zone } });
    assertEquals(stderr, "");
    assertEquals(stdout, moments.map(([, local]) => `${local} ${local.slice(0, 10)}\n`).join(""), zone);
  }
});
