/**
 * Runs `deno test` as the project's tests want it: `tests/run.ts ARGUMENT…`. They get no
 * variables for a proxy: the servers that they talk to are on the loopback, and a proxy would be asked for those too.
 *
 * @module
 */

import { task } from "../packaging/task.ts";

const PROXIES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

await task(async (args) => {
  const unset = [...PROXIES, ...PROXIES.map((name) => name.toUpperCase())].map((name) => `--unset=${name}`);
  const { code } = await new Deno.Command("env", {
    args: [...unset, Deno.execPath(), "test", "-q", "-P=test", "--no-prompt", ...args],
    env: { TMPDIR: "/tmp" },
  }).spawn().status;
  Deno.exit(code);
});
