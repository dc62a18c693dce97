/**
 * `deno task compile` compiles the bundle and its runtime to one binary for each kind of machine,
 * `dist/pve-drift-ARCH`.
 *
 * @module
 */

import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { PERMISSIONS } from "./permissions.ts";
import { denoDir, findStub, type Stub, type Target, TARGETS, whatToPlace } from "./stub.ts";
import { DIST, must, options, say, task, TaskError, VERSION } from "./task.ts";

/**
 * Compiles a bundle for one target. It embeds only the bundle, so the binary behaves as the bundle does.
 *
 * @throws {TaskError} if `deno compile` fails
 */
export async function compile(bundled: string, target: Target, stub: Stub, to: string): Promise<void> {
  const denort = "denort" in stub ? [`DENORT_BIN=${stub.denort}`] : ["--unset=DENORT_BIN"];
  const args = ["compile", "-q", "--no-config", "--no-check", "--no-prompt", ...PERMISSIONS];
  await must("env", [...denort, Deno.execPath(), ...args, "--target", target.triple, "--output", to, bundled]);
}

/**
 * Starts a binary once, because compiling with a whole `deno` in place of `denort` succeeds, but then ignores the
 * bundle.
 *
 * @throws {TaskError} if another program than ours starts; the file is then removed
 */
export async function tryOut(binary: string): Promise<void> {
  const said = await must(binary, ["--version"]).catch((error) => `${error.message}\n`);
  if (said === `pve-drift ${VERSION}\n`) return;
  await Deno.remove(binary);
  throw new TaskError(
    `Cannot use the stub: the binary made with it must say "pve-drift ${VERSION}" to --version, says ` +
      `"${said.split("\n")[0]}". DENORT_BIN must name denort, not deno`,
  );
}

async function main(args: string[]): Promise<void> {
  const { arch } = options(args, { arch: "value" });
  const targets = TARGETS.filter((target) => arch === undefined || target.arch === arch);
  if (targets.length === 0) {
    throw new TaskError(`Unknown machine "${arch}": known are ${TARGETS.map(({ arch }) => arch).join(", ")}`);
  }
  const search = {
    denort: Deno.env.get("DENORT_BIN") || undefined,
    denoDir: await denoDir(),
    version: Deno.version.deno,
  };
  const folder = await Deno.makeTempDir({ prefix: "pve-drift-compile-" });
  const problems: string[] = [], missing: Target[] = [];
  try {
    for (const target of targets) {
      try {
        const stub = await findStub(target, search);
        if (!stub) {
          missing.push(target);
          continue;
        }
        const bundled = join(folder, "pve-drift.js"), to = join(DIST, `pve-drift-${target.arch}`);
        await bundle(bundled);
        await Deno.mkdir(DIST, { recursive: true });
        await compile(bundled, target, stub, to);
        if (target.arch === Deno.build.arch) await tryOut(to);
        say(to);
      } catch (error) {
        if (!(error instanceof TaskError)) throw error;
        problems.push(error.message);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (missing.length > 0) problems.push(whatToPlace(missing, search));
  if (problems.length > 0) throw new TaskError(problems.join("\n\n"));
}

if (import.meta.main) await task(main);
