/**
 * Hears a second witness about the plans of one environment, each in the time that its check has left.
 *
 * @module
 */

import { providers } from "../providers/registry.ts";
import type { Diagnostic } from "../report.ts";
import { asPlan, type Plan } from "../terraform/plan.ts";
import type { Testimony } from "../verdict/testimony.ts";
import { hear } from "../witness/hearing.ts";
import { silenceWarning } from "../witness/warnings.ts";
import { silenceOf, type Witness } from "../witness/witness.ts";
import type { CheckWitness, Heard, HearingDeps, HearingSubject } from "./check_witness.ts";
import type { GuestClaim } from "../witness/claims.ts";
import { guestsOf, namesEveryGuest, streamedClaims } from "./guests.ts";

/** What an environment has to do with a witness. */
export interface Belonging {
  /** Its configuration names the cluster. */
  isNamed: boolean;
  /** Whether a plan is wanted that tells which devices of these guests are Terraform's. */
  wantsDevices(guests: readonly GuestClaim[]): boolean;
  /** Between two lists, in milliseconds; as the witness has it where absent. */
  waitMs?: number;
  /** The configuration expects that HA moves the guests that it manages. */
  expectsHa?: boolean;
}

/** The most time for a hearing, in milliseconds: what takes longer holds up the run. */
const LONGEST_HEARING_MS = 60_000;

/** The plan was to be read, and could not be. */
const UNREAD: Diagnostic = {
  severity: "warning",
  summary: "The plan could not be read for the second witness, which was not asked",
  detail: "The verdict does not rest on it. What is remembered of the environment's guests stays as it is.",
};

/** The witness of an environment's cluster, as its check hears it. */
export function checkWitness(witness: Witness, belonging: Belonging): CheckWitness {
  const { isNamed } = belonging;
  return {
    // A cluster that the configuration names, and that an earlier plan has proven, needs no names and nodes for its proof.
    readsPlan: (messages, remembered) =>
      !isNamed || remembered?.cluster !== witness.cluster || !namesEveryGuest(messages) ||
      belonging.wantsDevices(streamedClaims(messages)),
    hear: (subject, deps) =>
      hearAbout(subject, { ...deps, ...belonging, witness }).catch((error): Heard => ({
        testimony: NOTHING,
        warnings: [silenceWarning(witness.cluster, silenceOf(error))],
      })),
  };
}

async function hearAbout(
  { planned, at, changes }: HearingSubject,
  { witness, isNamed, waitMs, expectsHa = false, variables, scrubPath, stop, remainingMs }: HearingDeps & Belonging & {
    witness: Witness;
  },
): Promise<Heard | undefined> {
  const { shown, besides, messages, exit } = planned;
  const read = shown ?? besides;
  const plan = read && "json" in read ? planIn(read.json) : undefined;
  if (besides && !plan) return { testimony: NOTHING, warnings: [UNREAD] };
  // What the stream of a plan that failed leaves out is not known.
  if (!plan && (shown || exit.code !== 0)) return undefined;
  const powers = new Set(changes.filter((change) => providers.isPowerAlone(change)).map(({ address }) => address));
  const { installations, ...guests } = guestsOf(messages, plan, {
    variables,
    isPowerAlone: (address) => powers.has(scrubPath(address)),
  });
  // What is left after the hearing is for a plan that goes without it.
  const limit = AbortSignal.timeout(Math.max(0, Math.min(LONGEST_HEARING_MS, remainingMs() / 2)));
  const { testimony, warnings, proof } = await hear(witness, { isNamed, installations }, {
    signal: AbortSignal.any([stop, limit]),
    ...(waitMs === undefined ? {} : { waitMs }),
    expectsHa,
  });
  if (proof === "unheard") return { testimony, warnings };
  return {
    testimony,
    warnings,
    guests: { at, ...(proof === "proven" ? { cluster: witness.cluster } : {}), ...guests },
  };
}

const NOTHING: Testimony = { vanished: new Map(), locks: new Map() };

function planIn(json: unknown): Plan | undefined {
  try {
    return asPlan(json);
  } catch {
    return undefined;
  }
}
