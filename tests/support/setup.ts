/**
 * A place for steps of `setup`: folders of its own in place of the system's, a person who has their answers ready, and a
 * machine that does as it is told.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Dialog, Question } from "../../drift/commands/setup_dialog.ts";
import type { Machine } from "../../drift/commands/setup_machine.ts";
import type { Setup } from "../../drift/commands/setup_step.ts";
import { openWorld } from "../../drift/world.ts";

/** What a person answers to the question that has these words in it. */
export type Answer = [question: string, answer: string | boolean];

/** Such a place. */
export interface SetupSite {
  /** Absolute path of everything. */
  dir: string;
  /** What a step is given; the service is set up. `answers` must be asked for in that order, and all of them. */
  setup(answers?: Answer[], changes?: Partial<Setup>): Setup;
  /** Everything that was said and shown since the last call of this function, in one line. */
  said(): string;
  /** Questions since the last call of this function. */
  asked(): string[];
  /** Commands that the machine got. */
  commands: string[];
  /** How the machine answers; by default each command ends well and says nothing. */
  machine: Machine;
  /** Writes a file below `dir`. */
  put(path: string, text: string): Promise<void>;
  /** The text of a file below `dir`; nothing where there is none. */
  text(path: string): Promise<string | undefined>;
  /** Names in a folder below `dir`, sorted. */
  names(path: string): Promise<string[]>;
}

/** 2026-11-30T17:45:00Z. */
export const SETUP_NOW = Date.UTC(2026, 10, 30, 17, 45);

/** Runs a test in such a place, which has an empty folder `etc`. */
export async function withSetup(test: (site: SetupSite) => Promise<void>): Promise<void> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "pve-drift-setup-" }));
  const world = await openWorld();
  const said: string[] = [], asked: string[] = [];
  let waiting: Answer[] = [];
  const site: SetupSite = {
    dir,
    commands: [],
    machine: () => Promise.resolve({ code: 0, said: "" }),
    setup(answers = [], changes = {}) {
      waiting = answers;
      const print = (text: string) => Promise.resolve(void said.push(text));
      return {
        cli: { sinks: [] },
        dialog: personWith(waiting, said, asked),
        places: {
          isService: true,
          config: join(dir, "etc/pve-drift.json"),
          token: join(dir, "credstore/pve-drift.telegram-token"),
          witnessToken: join(dir, "credstore/pve-drift.proxmox-token"),
          ca: join(dir, "etc/pve-root-ca.pem"),
          login: join(dir, "etc/terraform.env"),
        },
        machine(program, ...args) {
          site.commands.push([program, ...args].join(" "));
          return site.machine(program, ...args);
        },
        world: {
          ...world,
          cwd: dir,
          env: { PATH: join(dir, "bin"), HOME: dir, STATE_DIRECTORY: join(dir, "state") },
          host: "here",
          columns: 80,
          now: () => SETUP_NOW,
          print,
        },
        readFile: (path) => Deno.readTextFile(path),
        stop: new AbortController().signal,
        ...changes,
      };
    },
    said() {
      assertEquals(waiting, [], "nobody asked for these");
      const text = said.join(" ");
      said.length = 0;
      return text;
    },
    asked: () => asked.splice(0),
    async put(path, text) {
      await Deno.mkdir(join(dir, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(dir, path), text);
      // Whatever the umask: what others may write is not trusted.
      await Deno.chmod(join(dir, path), 0o644);
    },
    text: (path) => Deno.readTextFile(join(dir, path)).catch(() => undefined),
    names: async (path) => (await Array.fromAsync(Deno.readDir(join(dir, path)), ({ name }) => name)).sort(),
  };
  try {
    await Deno.mkdir(join(dir, "etc"));
    await test(site);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Somebody who answers what they were told to, and is asked again where an answer does not do. */
function personWith(answers: Answer[], said: string[], asked: string[]): Dialog {
  const take = (message: string): string | boolean => {
    const [question, answer] = answers.shift() ?? [];
    asked.push(message);
    assert(question !== undefined && message.includes(question), `asked "${message}", ready for "${question}"`);
    return answer!;
  };
  const ask = async ({ message, usual, problem }: Question): Promise<string> => {
    for (;;) {
      const typed = take(message) as string, answer = typed === "" ? usual ?? "" : typed;
      const why = await problem?.(answer);
      if (why === undefined) return answer;
      said.push(why);
    }
  };
  const note = (...texts: string[]) => Promise.resolve(void said.push(...texts));
  return {
    isUnattended: false,
    title: note,
    say: note,
    show: (lines) => note(...lines),
    ask,
    askSecret: ask,
    confirm: (message) => Promise.resolve(take(message) as boolean),
  };
}
