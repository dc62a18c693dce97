/**
 * Why a witness says less than it could, in sentences for people. No name of a guest stands in them: it may be a secret.
 *
 * @module
 */

import type { Diagnostic, EnvironmentReport } from "../report.ts";
import { type GuestClaim, guestKey } from "./claims.ts";
import type { Mismatch } from "./proof.ts";
import type { RecycledGuest } from "./report.ts";
import type { Doubt, Fate } from "./vanished.ts";
import type { Silence } from "./witness.ts";

/** The plan's verdict stands as it is. */
const PLAN_ALONE = "The verdict rests on the plan alone.";

/** A warning in these words. */
export function warning(summary: string, detail = ""): Diagnostic {
  return { severity: "warning", summary, detail };
}

/** The cluster's certificate is not looked at. */
export function insecureWarning(cluster: string): Diagnostic {
  return warning(
    `Cluster "${cluster}" is asked without checking its certificate`,
    'Whoever is on the way gets the token. Name the cluster\'s CA as "ca" of "proxmox" in pve-drift.json, or its ' +
      '"fingerprint", in place of "insecure".',
  );
}

/** The witness did not answer. */
export function silenceWarning(cluster: string, silence: Silence): Diagnostic {
  return warning(
    `The second witness "${cluster}" did not answer${silence.kind === "stopped" ? " in time" : ""}`,
    silence.kind === "stopped" ? PLAN_ALONE : `${silence.problem}. ${PLAN_ALONE}`,
  );
}

/** The witness's cluster is not proven to be the provider's. */
export function proofWarning(cluster: string, mismatches: readonly Mismatch[]): Diagnostic {
  if (mismatches.length === 0) {
    return warning(
      `The second witness "${cluster}" is not proven to be the cluster of this environment, and is not heard`,
      "Fewer than two guests of the plan are there by number, kind, name and node, and the provider's endpoint is none " +
        `of the witness's or not known. If it is the cluster, set "proxmox": "${cluster}" of the environment in ` +
        'pve-drift.json; if the environment is of none that is watched, "proxmox": false.',
    );
  }
  const [{ claim, listed, differsIn }] = mismatches as [Mismatch];
  const more = mismatches.length > 1 ? ` (and ${mismatches.length - 1} more)` : "";
  return warning(
    `The second witness "${cluster}" is not the cluster of this environment: ${guestText(claim)} is ${
      differsIn === "kind" ? `a ${kindText(listed.kind)}` : "called otherwise"
    } there${more}`,
    'It is not heard about this environment. Correct "proxmox" of the environment in pve-drift.json, or the ' +
      `"endpoint" of the witness.`,
  );
}

/** What is not known of guests that a plan no longer finds: a warning for each reason. */
export function doubtWarnings(cluster: string, fates: readonly Fate[]): Diagnostic[] {
  const doubted = fates.filter((fate): fate is Fate & { doubt: Doubt } => fate.doubt !== undefined);
  return [...Map.groupBy(doubted, ({ doubt }) => doubt.why)].map(([why, same]) => {
    const guests = same.map(guestText).join(", ");
    if (why === "no-right") {
      return warning(
        `The second witness "${cluster}" cannot tell whether ${guests} ${is(same)} deleted or hidden from it`,
        `Its token lacks VM.Audit on ${
          same.map(({ id }) => `/vms/${id}`).join(", ")
        }. Grant it to the token's user on ` +
          "/vms: `pveum acl modify /vms --users USER@REALM --roles PVEAuditor` on a node; a role or NoAccess on a " +
          `deeper path, or on a pool, takes it away again. ${PLAN_ALONE}`,
      );
    }
    return warning(
      `The second witness "${cluster}" cannot tell what became of ${guests}`,
      `${because(same[0]!.doubt)}. ${PLAN_ALONE}`,
    );
  });
}

/**
 * The guests of an environment that are others than at the last look, of those that the plan finds changed: what Terraform
 * replaced by itself is as it wants it.
 */
export function recycledWarnings(
  { changes, observed }: Pick<EnvironmentReport, "changes" | "observed">,
  claims: readonly GuestClaim[],
  recycled: readonly RecycledGuest[],
): Diagnostic[] {
  const found = new Set([...changes, ...observed].map(({ address }) => address));
  const marks = new Map(recycled.map((one) => [one.key, one.marks]));
  return claims.filter(({ address }) => found.has(address)).flatMap((claim) => {
    const changed = marks.get(guestKey(claim));
    return changed
      ? [{
        ...warning(
          `${claim.kind === "qemu" ? "VM" : "Container"} ${claim.id} is another guest than at the last look`,
          `All that is made with a guest changed: ${
            changed.join(", ")
          }. Its number was given to another one, or a clone ` +
            "or backup took its place: an apply would turn that one into what the code asks for.",
        ),
        address: claim.address,
      }]
      : [];
  });
}

function because(doubt: Doubt): string {
  switch (doubt.why) {
    case "silent":
      return doubt.silence.problem;
    case "comes-and-goes":
      return "Two lists of the cluster, some seconds apart, do not agree";
    case "other-name":
      return "The cluster lists the number on another node under another name: it may have been given to another guest";
    case "still-configured":
      return "No list of the cluster has it, and its node still has its configuration";
    case "no-node":
      return "The state does not tell on which node it was";
    case "no-quorum":
      return "The cluster has no quorum, and its lists may be old";
    case "unproven":
    case "no-right":
      return "";
  }
}

function is(fates: readonly Fate[]): string {
  return fates.length > 1 ? "are" : "is";
}

function guestText({ kind, id }: Pick<GuestClaim, "kind" | "id">): string {
  return `${kindText(kind)} ${id}`;
}

function kindText(kind: GuestClaim["kind"]): string {
  return kind === "qemu" ? "VM" : "container";
}
