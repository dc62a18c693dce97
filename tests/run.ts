/**
 * Runs `deno test` as the project's tests want it: `tests/run.ts ARGUMENT…`, or `tests/run.ts RUN -- RUN -- MORE` for
 * several runs one after the other, each with the arguments in `MORE` too. The tests get no variables for a proxy: the
 * servers that they talk to are on the loopback, and a proxy would be asked for those too.
 *
 * Tests of the whole program wait for its processes most of the time, so files of them run side by side (`--parallel`).
 * Tests of its parts run one after the other: some set the umask, as starting terraform does, and files side by side are
 * threads, which share one.
 *
 * @module
 */

import { task } from "../packaging/task.ts";

const PROXIES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

await task(async (args) => {
  const unset = [...PROXIES, ...PROXIES.map((name) => name.toUpperCase())].map((name) => `--unset=${name}`);
  const parts: string[][] = [[]];
  for (const arg of args) {
    if (arg === "--") parts.push([]);
    else parts.at(-1)!.push(arg);
  }
  const more = parts.length > 1 ? parts.pop()! : [];
  let exitCode = 0;
  for (const part of parts) {
    const { code } = await new Deno.Command("env", {
      args: [...unset, Deno.execPath(), "test", "-q", "-P=test", "--no-prompt", ...part, ...more],
      env: { TMPDIR: "/tmp" },
    }).spawn().status;
    exitCode ||= code;
  }
  Deno.exit(exitCode);
});
