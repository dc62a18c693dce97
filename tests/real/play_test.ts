/** `deno task lab` as a person uses it: by hand, with Ctrl-C at any moment. */

import { assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { s3Program } from "../lab/s3.ts";
import { ROOT, run, testWith } from "../support/programs.ts";
import { until } from "../support/until.ts";

/** A task of the lab, in a process group of its own and a folder for everything that it makes. */
class Task implements AsyncDisposable {
  said = "";
  #child: Deno.ChildProcess;
  #read: Promise<void>;
  #limit: ReturnType<typeof setTimeout>;

  constructor(folder: string, name: string, ...args: string[]) {
    this.#child = new Deno.Command("setsid", {
      args: [Deno.execPath(), "task", "-q", name, ...args],
      cwd: ROOT,
      env: { TMPDIR: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stdout, stderr } = this.#child;
    this.#read = Promise.all([stdout, stderr].map(async (stream) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.said += text;
    })).then(() => {});
    this.#limit = setTimeout(() => this.signal("SIGKILL"), 180_000);
  }

  /** What a terminal sends at Ctrl-C: to the task and to everything that it has started. */
  signal(name: Deno.Signal) {
    Deno.kill(-this.#child.pid, name);
  }

  async until(pattern: RegExp) {
    let ended = false;
    this.#child.status.then(() => ended = true);
    while (!pattern.test(this.said) && !ended) await delay(20);
    assertMatch(this.said, pattern);
  }

  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#read;
    clearTimeout(this.#limit);
    return code;
  }

  async [Symbol.asyncDispose]() {
    try {
      this.signal("SIGKILL");
    } catch {
      // none of them is left
    }
    await this.ended();
  }
}

/** Processes that name a folder or something in it: all that the lab starts do. */
async function processes(folder: string): Promise<string[]> {
  return (await run("pgrep", ["-af", folder])).stdout.split("\n").filter((line) => line !== "");
}

/** What is in a folder, and who works in it. */
async function left(folder: string): Promise<string[]> {
  return [...await Array.fromAsync(Deno.readDir(folder), ({ name }) => name), ...await processes(folder)];
}

testWith(
  ["terraform", "lab/pve", "lab/provider", "setsid", "pgrep"],
  "deno task lab breaks what it is told to, refuses a second one, and leaves nothing however it ends",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "play-test-" });
    try {
      {
        await using lab = new Task(folder, "lab");
        await lab.until(/Ctrl-C ends the lab/);
        await using second = new Task(folder, "lab");
        assertEquals(await second.ended(), 1);
        assertMatch(second.said, /^Cannot start the lab: one is running already, as process \d+/);
        await using broken = new Task(folder, "lab:break", "ram", "prod/web-1");
        assertEquals(await broken.ended(), 0, broken.said);
        await using check = new Task(folder, "lab:check", "--env", "prod");
        assertEquals(await check.ended(), 2, check.said);
        assertMatch(check.said, /memory\[0\]\.dedicated: expected 2048 → actual 4096/);
        lab.signal("SIGINT");
        assertEquals(await lab.ended(), 0, lab.said);
        assertEquals(await left(folder), []);
      }
      for (const [signal, after] of [["SIGINT", 0], ["SIGTERM", 700], ["SIGINT", 2500]] as const) {
        await using lab = new Task(folder, "lab");
        await lab.until(/Starting Proxmox and S3/);
        await delay(after);
        lab.signal(signal);
        await lab.ended();
        assertEquals(await left(folder), [], `${signal} after ${after} ms: ${lab.said}`);
      }
      await using killed = new Task(folder, "lab");
      await killed.until(/Ctrl-C ends the lab/);
      const session = JSON.parse(await Deno.readTextFile(`${folder}/pve-drift-lab-${Deno.uid()}.json`));
      Deno.kill(session.pid, "SIGKILL");
      await until(async () => (await processes(folder)).length === 0);
      await using none = new Task(folder, "lab:break", "down");
      assertEquals(await none.ended(), 1);
      assertMatch(none.said, /^No lab is running/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  s3Program() ? undefined : "neither minio nor versitygw is there: run tests/lab/install",
);
