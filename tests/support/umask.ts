/**
 * A umask for some code alone.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { ROOT, run } from "./programs.ts";

/**
 * Calls a function of the checkout under a umask, in a process of its own: a process has one umask for all that it does,
 * files of tests that run side by side included.
 *
 * @param module Path of the module below the checkout.
 * @param args What JSON can hold.
 * @throws what the function throws, in an assertion's words
 */
export async function callUnderUmask(umask: number, module: string, name: string, ...args: unknown[]): Promise<void> {
  const code = `import { ${name} } from ${JSON.stringify(`file://${join(ROOT, module)}`)};\n` +
    `await ${name}(...${JSON.stringify(args)});\n`;
  const { code: exitCode, stderr } = await run(
    "sh",
    [
      ...["-c", `umask ${umask.toString(8)}; exec "$@"`, "sh", Deno.execPath(), "run", "-q", "-A", "--no-prompt"],
      ...["--cached-only", `--config=${join(ROOT, "deno.json")}`, "-"],
    ],
    { stdin: code },
  );
  assertEquals(exitCode, 0, stderr);
}
