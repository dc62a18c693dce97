/**
 * Everything that a run writes, in every sink and beside them, to look for secrets in it.
 *
 * @module
 */

import { join } from "node:path";
import type { Estate } from "./estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "./fake_telegram.ts";

const DUMP = `export default {
  apiVersion: 1,
  name: "dump",
  create: (options) => ({
    deliver: (report) => Deno.writeTextFile(options.to, JSON.stringify(report), { append: true }),
    settled: (outcomes) => Deno.writeTextFile(options.to, JSON.stringify(outcomes), { append: true }),
  }),
};
`;

async function everythingIn(dir: string): Promise<string> {
  let text = "";
  for await (const entry of Deno.readDir(dir)) {
    const path = join(dir, entry.name);
    // terraform's own data: the backend's settings, mode 0600 in a folder of 0700
    if (entry.isDirectory) text += entry.name === "terraform" ? "" : await everythingIn(path);
    else if (entry.isFile) text += await Deno.readTextFile(path);
  }
  return text;
}

/**
 * Runs the program over an estate with every kind of sink, once for people and once with `--json`, and gives what was
 * written where.
 *
 * @param values `show` or `hide`, as the configuration has it.
 * @param env Secrets of the process that runs the check.
 */
export async function everythingSeen(
  estate: Estate,
  values: string,
  env: Record<string, string>,
): Promise<{ codes: number[]; seen: Record<string, string> }> {
  const logs = join(estate.dir, "logs"),
    prom = join(estate.dir, "pve_drift.prom"),
    page = join(estate.dir, "page.html");
  await Deno.mkdir(logs);
  await using fake = startFakeTelegram();
  const dump = join(estate.dir, "dump.ts"), program = join(estate.dir, "dump.sh");
  await Deno.writeTextFile(dump, DUMP);
  await Deno.writeTextFile(program, `#!/bin/sh\ncat >>'${estate.dir}/dump.json'; env >>'${estate.dir}/dump.json'\n`);
  await Deno.chmod(program, 0o755);
  await estate.configure({
    values,
    sinks: [
      "console",
      { use: "logfile", dir: logs },
      { use: "prom", file: prom },
      { use: "telegram", chatId: -1001, apiRoot: fake.url },
      { use: "html", file: page },
      { use: `file:${dump}`, allow: [`write=${estate.dir}`], to: join(estate.dir, "dump.txt") },
      { use: `exec:${program}` },
    ],
  });
  const codes: number[] = [];
  const seen: Record<string, string> = {};
  for (const args of [["--all", "--verbose", "--color", "always"], ["--all", "--json", "--verbose"]]) {
    const { code, stdout, stderr } = await estate.drift(args, { TELEGRAM_BOT_TOKEN: FAKE_TOKEN, ...env });
    codes.push(code);
    seen[`stdout of ${args.join(" ")}`] = stdout;
    seen[`stderr of ${args.join(" ")}`] = stderr;
  }
  seen["the log files"] = await everythingIn(logs);
  seen["the metrics"] = await Deno.readTextFile(prom);
  seen["the page"] = await Deno.readTextFile(page);
  seen["what Telegram got"] = JSON.stringify(fake.calls.map((call) => call.parameters));
  seen["what a file: sink got"] = await Deno.readTextFile(join(estate.dir, "dump.txt"));
  seen["what an exec: sink got"] = await Deno.readTextFile(join(estate.dir, "dump.json"));
  seen["the state directory"] = await everythingIn(join(estate.dir, "state"));
  return { codes, seen };
}
