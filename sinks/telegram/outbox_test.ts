import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import { openOutbox, type Outbox } from "./outbox.ts";

type State = { known: string };

const NOW = Date.parse("2026-11-24T05:00:00Z");

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await test(join(root, "chat"));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function open(dir: string, capacity?: number, signal = AbortSignal.timeout(5_000)): Promise<Outbox<State>> {
  return openOutbox<State>(dir, {
    isState: (value): value is State => typeof (value as State | undefined)?.known === "string",
    now: () => NOW,
    signal,
    ...capacity === undefined ? {} : { capacity },
  });
}

const notice = (known: string) => ({ at: "2026-11-24T05:00:12.300Z", text: `<b>${known}</b>`, state: { known } });

async function fill(dir: string, names: string[], capacity?: number): Promise<void> {
  using outbox = await open(dir, capacity);
  for (const name of names) await outbox.add(notice(name));
}

const texts = (outbox: Outbox<State>) => outbox.waiting.map(({ state }) => state.known);
const names = async (dir: string) => (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();

Deno.test("openOutbox() gives out in order what was added, and its latest state", () =>
  inFolder(async (dir) => {
    {
      using outbox = await open(dir);
      assertEquals([outbox.state, outbox.waiting.length, outbox.missing, outbox.problems.length], [undefined, 0, 0, 0]);
    }
    await fill(dir, ["a", "b"]);
    await fill(dir, ["c"]);
    using outbox = await open(dir);
    assertEquals(texts(outbox), ["a", "b", "c"]);
    assertEquals(outbox.state, { known: "c" });
    assertEquals(outbox.waiting.map(({ seq }) => seq), [1, 2, 3]);
    assertEquals(outbox.waiting[0]!.text, "<b>a</b>");
  }));

Deno.test("taken() keeps a notice from being given out again, and its state", () =>
  inFolder(async (dir) => {
    await fill(dir, ["a", "b"]);
    {
      using outbox = await open(dir);
      await outbox.taken();
      assertEquals(texts(outbox), ["b"]);
      assertEquals(outbox.missing, 0);
    }
    {
      using outbox = await open(dir);
      assertEquals(texts(outbox), ["b"]);
      await outbox.taken();
    }
    assertEquals(await names(dir), ["lock", "taken.json"]);
    await fill(dir, ["c"]);
    using outbox = await open(dir);
    assertEquals([texts(outbox), outbox.waiting[0]!.seq, outbox.missing], [["c"], 3, 0]);
  }));

Deno.test("openOutbox() keeps files for their owner alone, whatever the umask", async (t) => {
  const module = new URL("./outbox.ts", import.meta.url).href;
  const code = `
    const { openOutbox } = await import(${JSON.stringify(module)});
    const signal = AbortSignal.timeout(5000);
    using outbox = await openOutbox(Deno.args[0], { isState: () => true, now: Date.now, signal });
    await outbox.add({ at: "now", text: "x", state: {} });`;
  for (const umask of ["000", "022", "777"]) {
    await t.step(`umask ${umask}`, () =>
      inFolder(async (dir) => {
        const script = join(dir, "..", "add.ts");
        await Deno.writeTextFile(script, code);
        const run = `umask ${umask}; exec "$0" run -q -A --no-prompt --config "$1" "$2" "$3"`;
        const config = new URL("../../deno.json", import.meta.url).pathname;
        const { success, stderr } = await new Deno.Command("sh", {
          args: ["-c", run, Deno.execPath(), config, script, dir],
        }).output();
        assert(success, new TextDecoder().decode(stderr));
        const mode = async (name: string) => ((await Deno.stat(join(dir, name))).mode! & 0o777).toString(8);
        assertEquals([await mode("."), await mode("0000000001.json"), await mode("lock")], ["700", "600", "600"]);
      }));
  }
});

Deno.test("add() drops the oldest beyond the capacity, and missing tells how many, until one after them is taken", () =>
  inFolder(async (dir) => {
    await fill(dir, ["a", "b", "c", "d", "e"], 3);
    {
      using outbox = await open(dir, 3);
      assertEquals([texts(outbox), outbox.missing], [["c", "d", "e"], 2]);
      await outbox.taken();
      assertEquals(outbox.missing, 0);
    }
    using outbox = await open(dir, 3);
    assertEquals([texts(outbox), outbox.missing], [["d", "e"], 0]);
  }));

Deno.test("add() keeps 50 notices unless told otherwise", () =>
  inFolder(async (dir) => {
    await fill(dir, Array.from({ length: 53 }, (_, index) => `n${index}`));
    using outbox = await open(dir);
    assertEquals([outbox.waiting.length, outbox.missing, texts(outbox)[0]], [50, 3, "n3"]);
  }));

Deno.test("addTaken() records what was taken without having been added", () =>
  inFolder(async (dir) => {
    {
      using outbox = await open(dir);
      await outbox.addTaken(notice("a"));
    }
    await fill(dir, ["b"]);
    using outbox = await open(dir);
    assertEquals([texts(outbox), outbox.waiting[0]!.seq, outbox.missing], [["b"], 2, 0]);
  }));

Deno.test("openOutbox() sets a damaged notice aside, says so, and counts it as missing", async (t) => {
  const whole = JSON.stringify({ version: 1, seq: 2, ...notice("b") });
  const damages: Record<string, [string, RegExp]> = {
    "cut off": [whole.slice(0, 40), /was damaged/],
    "empty": ["", /was damaged/],
    "not an object": ["null", /was damaged/],
    "a list": ["[1]", /was damaged/],
    "binary": ["\u0000\ufffd\u0001", /was damaged/],
    "no text": [whole.replace(/"text":"[^"]*"/, '"text":""'), /was damaged/],
    "a number that is none": [whole.replace('"seq":2', '"seq":"2"'), /was damaged/],
    "no time": [whole.replace('"at"', '"when"'), /was damaged/],
    "a state of another shape": [whole.replace('"known":"b"', '"known":7'), /was damaged/],
    "a later version": [whole.replace('"version":1', '"version":2'), /has version 2, known is 1,/],
  };
  for (const [name, [text, problem]] of Object.entries(damages)) {
    await t.step(name, () =>
      inFolder(async (dir) => {
        await fill(dir, ["a", "b", "c"]);
        await Deno.writeTextFile(join(dir, "0000000002.json"), text);
        {
          using outbox = await open(dir);
          assertEquals(texts(outbox), ["a", "c"]);
          assertEquals(outbox.problems.length, 1);
          assertMatch(outbox.problems[0]!, problem);
          const aside = join(dir, `0000000002.json.damaged-${NOW}`);
          assert(outbox.problems[0]!.includes(aside));
          assertEquals(await Deno.readTextFile(aside), text);
          await outbox.taken();
          assertEquals(outbox.missing, 1);
        }
        using outbox = await open(dir);
        assertEquals([texts(outbox), outbox.problems.length, outbox.missing], [["c"], 0, 1]);
      }));
  }
});

Deno.test("openOutbox() counts the newest as missing too when it is the damaged one, and gives its number to no other", () =>
  inFolder(async (dir) => {
    await fill(dir, ["a", "b"]);
    await Deno.writeTextFile(join(dir, "0000000002.json"), "{");
    {
      using outbox = await open(dir);
      assertEquals([texts(outbox), outbox.state], [["a"], { known: "a" }]);
      await outbox.taken();
      assertEquals(outbox.missing, 1);
    }
    await fill(dir, ["c"]);
    using outbox = await open(dir);
    assertEquals([texts(outbox), outbox.waiting[0]!.seq, outbox.missing], [["c"], 3, 1]);
  }));

Deno.test("openOutbox() goes on from what waits when the record of what was taken is damaged, and guesses no number", () =>
  inFolder(async (dir) => {
    await fill(dir, ["a", "b", "c"]);
    {
      using outbox = await open(dir);
      await outbox.taken();
    }
    await Deno.writeTextFile(join(dir, "taken.json"), "garbage");
    for (const problems of [1, 0]) {
      using outbox = await open(dir);
      assertEquals([texts(outbox), outbox.problems.length, outbox.missing], [["b", "c"], problems, 0]);
      assertEquals(outbox.state, { known: "c" });
    }
  }));

Deno.test("openOutbox() sends nothing twice where an old notice comes back, and removes what a killed writer left", () =>
  inFolder(async (dir) => {
    await fill(dir, ["a", "b"]);
    const old = await Deno.readTextFile(join(dir, "0000000001.json"));
    {
      using outbox = await open(dir);
      await outbox.taken();
      await outbox.taken();
    }
    await Deno.writeTextFile(join(dir, "0000000001.json"), old);
    await Deno.writeTextFile(join(dir, ".0000000003.json.7b1c.tmp"), "half");
    await Deno.writeTextFile(join(dir, "notes.txt"), "somebody's");
    using outbox = await open(dir);
    assertEquals(texts(outbox), []);
    assertEquals(await names(dir), ["0000000001.json", "lock", "notes.txt", "taken.json"]);
  }));

Deno.test("openOutbox() waits for another run that has the folder open, until the deadline", () =>
  inFolder(async (dir) => {
    const first = await open(dir);
    const gaveUp = await assertRejects(() => open(dir, 3, AbortSignal.timeout(150)));
    assertEquals((gaveUp as Error).name, "TimeoutError");
    const second = open(dir);
    await delay(150);
    await first.add(notice("a"));
    first[Symbol.dispose]();
    using outbox = await second;
    assertEquals(texts(outbox), ["a"]);
  }));

Deno.test("openOutbox() names the folder that it cannot use", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(dir, "a file");
    await assertRejects(() => open(dir), Error, `Cannot use the outbox "${dir}": `);
  }));

Deno.test("add() leaves everything as it was where it cannot write, and taken() works without any space", async () => {
  const mount = await Deno.makeTempDir();
  const shell = (command: string) => new Deno.Command("sh", { args: ["-c", command] }).output();
  if (!(await shell(`mount -t tmpfs -o size=64k none ${mount}`)).success) {
    await Deno.remove(mount);
    return;
  }
  try {
    const dir = join(mount, "chat");
    await fill(dir, ["a", "b"]);
    await shell(`cat /dev/zero > ${mount}/filler`);
    {
      using outbox = await open(dir);
      await assertRejects(() => outbox.add(notice("c")), Error, "No space left");
      await assertRejects(() => outbox.addTaken(notice("c")), Error, "No space left");
      assertEquals([texts(outbox), outbox.state], [["a", "b"], { known: "b" }]);
      await outbox.taken();
      await outbox.taken();
    }
    using outbox = await open(dir);
    assertEquals([texts(outbox), outbox.state, outbox.problems.length], [[], { known: "b" }, 0]);
    assertEquals(await names(dir), ["lock", "taken.json"]);
    await Deno.remove(join(mount, "filler"));
    await outbox.add(notice("c"));
    assertEquals([texts(outbox), outbox.waiting[0]!.seq], [["c"], 3]);
  } finally {
    await shell(`umount ${mount}`);
    await Deno.remove(mount);
  }
});
