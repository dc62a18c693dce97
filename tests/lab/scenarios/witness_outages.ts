/**
 * A second witness that does not answer, or is not who it should be: its failure changes no verdict.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import type { ErrorClass, WitnessReport } from "../../../drift/report.ts";
import { TOKENS } from "../pve.ts";
import { outside, vanished, vm } from "./scenario.ts";
import { GONE, type WitnessScenario } from "./witness.ts";

const [EYES_USER, EYES_TOKEN] = TOKENS.witness.split("=")[0]!.split("!");
const EYES = `${EYES_USER}!${EYES_TOKEN}`;

/** What is expected where a VM was deleted and the witness is silent: as without one, and a warning. */
function silent(says: RegExp, ...classes: ErrorClass[]) {
  return {
    env: "lab",
    alone: true,
    expect: { status: "drift", changes: [vanished(vm("sandbox-3"), /./)], warning: says },
    found: { [vm("sandbox-3")]: { found: "unknown" } },
    cluster: ({ error, unmanaged, waiting, beyond }: WitnessReport) => {
      assertMatch(`${error?.summary}\n${error?.detail}`, says);
      assertEquals(classes.includes(error!.class), true, error!.class);
      assertEquals([unmanaged, waiting, beyond], [[], [], []]);
    },
    adds: "nothing: the verdict is as without it, with a warning",
  } as const satisfies Partial<WitnessScenario>;
}

/** Outages of the witness. */
export const WITNESS_OUTAGES: WitnessScenario[] = [
  {
    ...silent(/127\.0\.0\.1:1\b/, "network"),
    name: "VM deleted, while the witness is down",
    config: () => ({ endpoint: "https://127.0.0.1:1" }),
    change: (lab) => lab.pve.destroy(303),
  },
  {
    ...silent(/./, "timeout", "network"),
    name: "VM deleted, while the witness is slow",
    config: () => ({ timeout: "1s" }),
    change: async (lab) => {
      await lab.pve.destroy(303);
      await lab.pve.fault(/^GET/, { kind: "hang" }, undefined, EYES);
    },
  },
  {
    ...silent(/access expired/, "auth"),
    name: "VM deleted, while the witness's token has expired",
    change: async (lab) => {
      await lab.pve.destroy(303);
      await lab.pve.api("PUT", `/access/users/${EYES_USER}/token/${EYES_TOKEN}`, { expire: 1 });
    },
  },
  {
    ...silent(/fingerprint|certificate/, "tls"),
    name: "VM deleted, after the pinned certificate of the node was renewed",
    config: async (lab) => ({ ca: undefined, fingerprint: [await lab.pve.fingerprint()] }),
    change: async (lab) => {
      await lab.pve.destroy(303);
      await lab.pve.certificate({ authority: false });
    },
  },
  {
    ...silent(/certificate/, "tls"),
    name: "VM deleted, while another server answers in the witness's place",
    config: async (lab) => {
      const ca = join(lab.estate.dir, "old-root-ca.pem");
      await Deno.copyFile(lab.pve.ca, ca);
      return { ca };
    },
    change: async (lab) => {
      await lab.pve.destroy(303);
      await lab.pve.certificate({ authority: true });
    },
  },
  {
    name: "VM deleted, after the node's certificate was renewed by the CA of the cluster",
    env: "lab",
    alone: true,
    change: async (lab) => {
      await lab.pve.destroy(303);
      await lab.pve.certificate({ authority: false });
    },
    expect: { status: "drift", changes: [vanished(vm("sandbox-3"), GONE)] },
    found: { [vm("sandbox-3")]: { found: "deleted" } },
    adds: "it is deleted: the CA vouches for the new certificate",
  },
  {
    name: "A garbled answer to the witness",
    env: "lab",
    alone: true,
    change: async (lab) => {
      await lab.pve.configure(301, { memory: 2048 });
      await lab.pve.fault(/cluster\/resources/, { kind: "html", text: "<html>proxy</html>" }, undefined, EYES);
    },
    expect: {
      status: "drift",
      changes: [outside(vm("sandbox-1"), { "memory[0].dedicated": [1024, 2048] })],
    },
    cluster: ({ error }) => assertMatch(error?.summary ?? "none", /./),
    adds: "nothing: the verdict is as without it, with a warning",
  },
];
