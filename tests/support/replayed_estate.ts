/**
 * Estates that are checked without terraform: recorded plans of bpg/proxmox, which change from run to run.
 *
 * @module
 */

import { join } from "node:path";
import type { Plan } from "../../drift/terraform/plan.ts";
import { recordedPlan, streamOf } from "./attempts.ts";
import { Estate } from "./estate.ts";

/** An estate whose terraform replays plans. */
export interface ReplayedEstate {
  /** Its configuration must name `bin` as the program. */
  estate: Estate;
  /** The stand-in for terraform. */
  bin: string;
  /** Gives an environment a plan, or the recorded one of that name; without one, its check fails. */
  plan(name: string, recorded?: string | Plan): Promise<void>;
}

/** Environments whose terraform replays the plan that they were last given. */
export async function replayedEstate(...names: string[]): Promise<ReplayedEstate> {
  const code = { "main.tf": "# Never read: its plan is a recorded one.\n" };
  const estate = await Estate.create(Object.fromEntries(names.map((name) => [name, code])));
  estate.bin = "/bin/sh";
  const { bin } = await estate.standIn(`at='${estate.dir}/'$(basename "$PWD")
    test -e "$at.json" || { echo "Error: no plan today" >&2; exit 1; }
    case "$1" in
    plan) for one; do case "$one" in -out=*) : >"\${one#-out=}" ;; esac; done
      cat "$at.jsonl"; grep -q '"add":0,"change":0' "$at.jsonl" || exit 2 ;;
    show) cat "$at.json" ;;
  esac`);
  return {
    estate,
    bin,
    async plan(name, recorded) {
      const file = (ending: string) => join(estate.dir, `${name}.${ending}`);
      if (recorded === undefined) return await Deno.remove(file("json"));
      const json = typeof recorded === "string" ? await recordedPlan(recorded) : recorded;
      await Deno.writeTextFile(file("jsonl"), streamOf(json));
      await Deno.writeTextFile(file("json"), JSON.stringify(json));
    },
  };
}
