/**
 * An apply that runs as long as a test wants, and one that dies and leaves its lock behind.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { run } from "../../support/programs.ts";
import type { Lab } from "../lab.ts";

interface Held {
  child: Deno.ChildProcess;
  ended: Promise<{ code: number; stdout: Uint8Array; stderr: Uint8Array }>;
}

const held = new WeakMap<Lab, Held>();

/**
 * Starts an apply that has something to change in a guest, and gives back when it holds the lock and has asked for the
 * change, which is not answered. `heldApply.end` lets it go on, and waits for it.
 */
export async function heldApply(lab: Lab, name: string, guest: number): Promise<void> {
  await lab.pve.fault(`PUT .*/${guest}/config`, { kind: "hang" });
  await lab.pve.count(true);
  const child = new Deno.Command("setsid", {
    args: [lab.estate.bin, ...lab.applyArgs(name)],
    cwd: lab.estate.path(name),
    env: lab.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  held.set(lab, { child, ended: child.output() });
  for (const end = Date.now() + 30_000; Date.now() < end; await delay(100)) {
    const { requests } = await lab.pve.count();
    if (Object.keys(requests).some((one) => one.startsWith("PUT ") && one.endsWith("/N/config"))) return;
  }
  const { stdout, stderr } = await heldApply.stop(lab);
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  throw new Error(`The apply has not come to change guest ${guest}: ${said}`);
}

/** Lets the apply go on, and waits for its good end. */
heldApply.end = async (lab: Lab): Promise<void> => {
  await lab.pve.heal();
  const { code, stderr } = await held.get(lab)!.ended;
  if (code !== 0) throw new Error(`The held apply ended with ${code}: ${new TextDecoder().decode(stderr)}`);
};

/** Kills it with its provider; nothing of it can clean up. */
heldApply.stop = async (lab: Lab): ReturnType<Deno.ChildProcess["output"]> => {
  const { child, ended } = held.get(lab)!;
  await run("kill", ["-KILL", "--", `-${child.pid}`]);
  const output = await ended as Awaited<ReturnType<Deno.ChildProcess["output"]>>;
  await lab.pve.heal();
  return output;
};

/**
 * An apply that dies in the middle of a change: its lock stays. `applyThatDied.unlock` takes it away, as an
 * administrator does.
 */
export async function applyThatDied(lab: Lab, name: string, guest: number): Promise<void> {
  await heldApply(lab, name, guest);
  await heldApply.stop(lab);
}

/** Ends the lock by its id. */
applyThatDied.unlock = async (lab: Lab, name: string): Promise<void> => {
  const { id } = await lockInfo(lab, name);
  const { code, stderr } = await lab.terraform(name, "force-unlock", "-force", id);
  if (code !== 0) throw new Error(`Cannot unlock the state of ${name}: ${stderr}`);
};

/** The lock, as terraform tells of it to whoever wants to take it too. */
export async function lockInfo(lab: Lab, name: string): Promise<{ id: string; who: string; since: string }> {
  const { text } = await lab.plan(name, "-lock=true");
  const field = (key: string) => new RegExp(`\\b${key}: +(.*\\S)`).exec(text)?.[1] ?? "";
  const lock = { id: field("ID"), who: field("Who"), since: field("Created") };
  if (!lock.id) throw new Error(`The state of ${name} is not locked:\n${text}`);
  return lock;
}
