/**
 * The foreign programs that tests run: where they are, and tests that are skipped if one is missing, with the reason in
 * their title.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { labPart } from "../lab/paths.ts";

/** The checkout's root, absolute. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** How Deno is told to run pve-drift from source, as `deno task drift` does. */
export const DRIFT: readonly string[] = [
  "run",
  "-q",
  `--config=${join(ROOT, "deno.json")}`,
  "-P=drift",
  "--no-prompt",
  join(ROOT, "drift/check-drift.ts"),
];

/** Absolute path of a program on PATH; with `lab/NAME`, of one that the lab built. `undefined` if there is none. */
export function findProgram(name: string): string | undefined {
  if (name.startsWith("lab/")) return labPart(name.slice("lab/".length));
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => join(folder, name)).find((path) => {
    try {
      const { isFile, mode } = Deno.statSync(path);
      return isFile && ((mode ?? 0) & 0o111) !== 0;
    } catch {
      return false;
    }
  });
}

/** How {@linkcode findProgram} names a missing program to a person. */
function missing(name: string): string {
  return name.startsWith("lab/") ? `${name} is not built: run tests/lab/install` : `${name} is not installed`;
}

/**
 * Registers a test that needs foreign programs (see {@linkcode findProgram}). A reason in `unless` also skips it.
 * `fn` gets the paths in the order asked for. `PVE_DRIFT_REQUIRE_ALL=1` (CI) turns a skip into a failure.
 */
export function testWith(
  needs: string[],
  title: string,
  fn: (test: Deno.TestContext, ...paths: string[]) => void | Promise<void>,
  unless?: string,
): void {
  const paths = needs.map(findProgram);
  const reason = unless ?? needs.filter((_, i) => paths[i] === undefined).map(missing).join(", ");
  if (!reason) {
    Deno.test(title, (test) => fn(test, ...paths as string[]));
  } else if (Deno.env.get("PVE_DRIFT_REQUIRE_ALL") === "1") {
    Deno.test(title, () => {
      throw new Error(`Cannot run this test: ${reason}`);
    });
  } else {
    Deno.test({ name: `${title} (skipped: ${reason})`, ignore: true, fn: () => {} });
  }
}

/** A test that needs terraform. */
export function testTerraform(title: string, fn: Parameters<typeof testWith>[2], unless?: string): void {
  testWith(["terraform"], title, fn, unless);
}

/** The exit code and output of a program. */
export interface Outcome {
  /** Exit code. */
  code: number;
  /** Everything on stdout, as text. */
  stdout: string;
  /** Everything on stderr, as text. */
  stderr: string;
}

/** Runs a program to its end, with `stdin` if given, in this process's environment plus `env`. */
export async function run(
  command: string,
  args: string[],
  options: { stdin?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const { stdin, ...rest } = options;
  const child = new Deno.Command(command, {
    args,
    ...rest,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The version that a terraform or tofu says of itself, as `1.11.4`. */
export async function versionOf(bin: string): Promise<string> {
  const { stdout } = await run(bin, ["version", "-json"], {
    env: { CHECKPOINT_DISABLE: "1", TF_CLI_CONFIG_FILE: "/dev/null" },
  });
  return (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
}
