/** Whatever is wrong with what a user names, the program says so in words, and not in those of the system it runs on. */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { DRIFT, run } from "../support/programs.ts";

/** What the system, Deno, V8 and JavaScript call things. */
const JARGON = new RegExp(
  [
    String.raw`os error`,
    String.raw`\b(?:l?stat|readfile|readdir|realpath|openat|syscall|errno|cwd)\b`,
    String.raw`\bE(?:NOENT|ACCES|PERM|ISDIR|NOTDIR|LOOP|INVAL|EXIST|MFILE|NOSPC|PIPE|ROFS|NAMETOOLONG|CONNREFUSED)\b`,
    String.raw`\b(?:NotFound|PermissionDenied|AlreadyExists|\w+Error|Uncaught)\b`,
    String.raw`\bat (?:file|async|ext):`,
    String.raw`\bundefined\b|\[object |\bNaN\b|Unexpected token`,
  ].join("|"),
);

/** Names of files and folders that are of no use, whatever they are named for. */
const BAD = ["nowhere", "envs", "envs/lab/main.tf/x", "x".repeat(300), "closed"];

/** Where a path can be named: command lines, with PATH for it, and PATH's configuration in config.json where it is named. */
const PLACES: readonly { line: string; config?: (path: string) => unknown }[] = [
  { line: "--all --config PATH" },
  { line: "--all --root PATH --config config.json --sink console" },
  { line: "init --config new.json --root PATH" },
  { line: "init --config PATH/new.json --root envs" },
  { line: "replay PATH" },
  { line: "sinks --sink file:PATH" },
  { line: "sinks --sink exec:PATH" },
  { line: "sinks check --sink logfile?dir=PATH" },
  { line: "sinks test logfile --sink logfile?dir=PATH" },
  { line: "sinks check --sink prom?file=PATH/x.prom" },
  { line: "sinks check --sink telegram?chatId=1&tokenFile=PATH" },
  { line: "sinks test telegram --sink telegram?chatId=1&tokenFile=PATH" },
  { line: "doctor --config config.json --sink console", config: (bin) => ({ terraform: { bin } }) },
  { line: "doctor --config config.json --sink console", config: (stateDir) => ({ stateDir }) },
  { line: "--all --config config.json --sink console", config: (stateDir) => ({ stateDir }) },
  { line: "--all --config config.json --sink console", config: (dir) => ({ environments: { lab: { dir } } }) },
  { line: "--all --config config.json --sink console", config: (envFile) => ({ environments: { lab: { envFile } } }) },
  {
    line: "--all --config config.json --sink console",
    config: (file) => ({ environments: { lab: { varFiles: [file] } } }),
  },
];

/** How many runs there are at a time. */
const AT_A_TIME = 4;

async function withFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-words-" });
  try {
    await Deno.mkdir(join(dir, "envs/lab"), { recursive: true });
    await Deno.writeTextFile(join(dir, "envs/lab/main.tf"), 'output "o" {\n  value = 1\n}\n');
    await Deno.writeTextFile(join(dir, "closed"), "{}");
    await Deno.chmod(join(dir, "closed"), 0o000);
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What the program says where PATH of a place is `bad`, with its command line. */
async function said(at: number, bad: string, dir: string): Promise<string> {
  const { line, config } = PLACES[at]!;
  const own = join(dir, `run-${at}`), file = `config-${at}.json`;
  await Deno.mkdir(own);
  const settings = { root: "envs", terraform: { bin: "/bin/false" }, ...config?.(bad) as object | undefined };
  await Deno.writeTextFile(join(dir, file), JSON.stringify(settings));
  const args = line.replaceAll("PATH", bad).replace("config.json", file).split(" ");
  const { stdout, stderr } = await run(Deno.execPath(), [...DRIFT, ...args], {
    cwd: dir,
    env: { HOME: own, STATE_DIRECTORY: join(own, "state"), CREDENTIALS_DIRECTORY: "", TELEGRAM_BOT_TOKEN: "" },
  });
  return `pve-drift ${args.join(" ")}\n${stdout}${stderr}`;
}

for (const bad of BAD) {
  Deno.test(`no command speaks of ${bad.slice(0, 30)} in the system's words`, () =>
    withFolder(async (dir) => {
      const texts: string[] = [];
      for (let at = 0; at < PLACES.length; at += AT_A_TIME) {
        const some = PLACES.slice(at, at + AT_A_TIME).map((_, i) => said(at + i, bad, dir));
        texts.push(...await Promise.all(some));
      }
      assertEquals(texts.filter((text) => JARGON.test(text)), []);
      assert(texts.every((text) => text.split("\n").length > 2), "each says something");
    }));
}
