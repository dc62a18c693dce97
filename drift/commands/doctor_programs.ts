/**
 * Whether the programs that environments name can be run.
 *
 * @module
 */

import { formatDuration } from "../../lib/duration.ts";
import { messageOf } from "../../lib/message_of.ts";
import type { Config, Environment } from "../config/config.ts";
import { childEnvironment, Terraform } from "../terraform/command.ts";
import { findTool, parseTool } from "../terraform/tool.ts";
import { failure } from "../verdict/failures.ts";
import { isTooOld } from "../verdict/verdict.ts";
import { type DoctorDeps, whatToDo } from "./doctor_deps.ts";
import { type DoctorFinding, lines } from "./doctor_text.ts";

/** How long a program may take to tell its version, in milliseconds. */
const VERSION_MS = 30_000;

/** Each program that an environment runs, or the one of all where there is no environment. */
export async function aboutPrograms(
  { terraform }: Pick<Config, "terraform">,
  asked: Environment[],
  deps: Pick<DoctorDeps, "run">,
): Promise<DoctorFinding[]> {
  const own = asked.map(({ bin = terraform.bin, env }) => ({ bin, env: { ...terraform.env, ...env } }));
  const programs = new Map([...own, ...own.length === 0 ? [terraform] : []].map((one) => [one.bin, one.env]));
  return await Promise.all([...programs].map(([bin, env]) => aboutProgram(bin, env, deps)));
}

async function aboutProgram(
  name: string,
  extra: Record<string, string>,
  { run }: Pick<DoctorDeps, "run">,
): Promise<DoctorFinding> {
  const { env } = childEnvironment(run.world.env, extra);
  let said = "";
  const failed = (text: string, more = said): DoctorFinding => ({
    state: "failed",
    text: `Program: ${text}`,
    more: [...lines(more), whatToDo(failure("program-missing", { problem: text }))],
  });
  const runDir = await Deno.makeTempDir({ prefix: "pve-drift-doctor-" });
  try {
    const bin = await findTool(name, env.PATH);
    const time = AbortSignal.timeout(VERSION_MS);
    const stop = AbortSignal.any([time, run.signals.interrupt]);
    const { exit, stdout, stderr } = await new Terraform({
      bin,
      cwd: runDir,
      env,
      runDir,
      stop,
      kill: run.signals.kill,
    }).run(["version"], "version");
    said = await stderr();
    if (time.aborted) return failed(`"${bin} version" does not end within ${formatDuration(VERSION_MS)}`);
    if (exit.code !== 0) return failed(`"${bin} version" ended with ${exit.signal ?? `exit code ${exit.code}`}`);
    const tool = parseTool(await stdout());
    if (tool === undefined) return failed(`"${bin}" is neither Terraform nor OpenTofu: it tells no version of them`);
    const text = `${tool.name === "tofu" ? "OpenTofu" : "Terraform"} ${tool.version} ("${bin}")`;
    if (isTooOld(tool.version)) return failed(`${text} is too old: 1.8 or newer is needed`);
    return { state: "ok", text: `Program: ${text}` };
  } catch (error) {
    return failed(messageOf(error), "");
  } finally {
    await Deno.remove(runDir, { recursive: true });
  }
}
