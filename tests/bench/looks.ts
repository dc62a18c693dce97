/**
 * The part of `deno task bench:lab` on looks: one that finds nothing changed among 100 guests, beside the plan of the same
 * estate, in turns. Both have the second witness and the same sinks.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { startLab } from "../lab/lab.ts";
import { GUESTS, manyGuests, NODES, watchMany } from "../lab/many_guests.ts";
import { TOKENS } from "../lab/pve.ts";
import { measured, median, type Took } from "./measured.ts";

const EYES = TOKENS.witness.split("=")[0]!;
/** The most processor time of a look, as a part of the plan's. */
const MOST_PROCESSOR = 0.1;
/** The most memory of ours in a look, in MB. */
const MOST_MEMORY = 120;
/** The most requests of a look at guests alone, and at one time. */
const MOST_REQUESTS = 4 + GUESTS, MOST_AT_ONCE = 4;

/** What one run took, and what it asked of Proxmox. */
interface Asked extends Took {
  requests: number;
  bytes: number;
  atOnce: number;
}

/** Measures looks and plans, and says a line for each figure; gives the number of targets that were missed. */
export async function benchLooks(bin: string, turns: number, say: (text: string) => void): Promise<number> {
  await using lab = await startLab(bin, "pve-drift-bench-");
  await manyGuests(lab);
  await watchMany(lab, {});
  const run = async (...options: string[]): Promise<Asked> => {
    await lab.pve.count(true);
    const took = await measured(
      Deno.execPath(),
      lab.estate.command("--all", "--quiet", ...options),
      { cwd: lab.estate.dir, env: lab.env },
      [0],
    );
    const { by } = await lab.pve.count();
    const sum = (of: "requests" | "bytes") => Object.values(by).reduce((all, one) => all + one[of], 0);
    return { ...took, requests: sum("requests"), bytes: sum("bytes"), atOnce: by[EYES]?.mostInFlight ?? 0 };
  };
  // The first plan proves whose guests they are, and the first look plans once.
  for (const options of [[], ["--if-changed"]]) await run(...options);
  const looks: Asked[] = [], plans: Asked[] = [];
  for (let turn = 0; turn < turns; turn++) {
    looks.push(await run("--if-changed"));
    plans.push(await run());
  }
  const { report } = await lab.estate.report(["--all", "--if-changed"], lab.env);
  assertEquals(report.environments.map(({ skipped }) => skipped?.reason), ["nothing that was looked at has changed"]);

  say(`a look that plans nothing, beside the plan of the same ${GUESTS} guests on ${NODES.length} nodes`);
  let missed = 0;
  const line = (what: string, of: (one: Asked) => number, unit: string, most?: { ratio?: true; value: number }) => {
    const look = median(looks, of), plan = median(plans, of), ratio = look / plan;
    const isMet = !most || (most.ratio ? ratio : look) <= most.value;
    if (!isMet) missed++;
    const digits = unit === "s" ? 2 : 0;
    const figure = (value: number) => `${value.toFixed(digits)} ${unit}`.trimEnd().padStart(12);
    const target = most
      ? `${isMet ? "met" : "MISSED"} (at most ${most.value}${most.ratio ? "" : ` ${unit}`.trimEnd()})`
      : "";
    say(`  ${what.padEnd(24)}${figure(look)}${figure(plan)}   ${ratio.toFixed(3)}   ${target}`.trimEnd());
  };
  line("requests", (one) => one.requests, "", { value: MOST_REQUESTS });
  line("requests at once", (one) => one.atOnce, "", { value: MOST_AT_ONCE });
  line("answers", (one) => one.bytes / 1000, "kB");
  line("time", (one) => one.seconds, "s");
  line("processor time", (one) => one.processorSeconds, "s", { ratio: true, value: MOST_PROCESSOR });
  line("memory of ours", (one) => one.ownMegabytes, "MB", { value: MOST_MEMORY });
  line("memory of all processes", (one) => one.megabytes, "MB");
  return missed;
}
