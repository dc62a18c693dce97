/**
 * Why a check could not be completed: a class, a reason and the facts of it. The sentences for people are written from
 * these by `failure_text.ts`, once, when a report is made.
 *
 * @module
 */

import type { Diagnostic, ErrorClass, Lock } from "../report.ts";
import { type FactsOf, type Reason, REASONS } from "./reasons.ts";

/** A failure for a reason that the program itself knows. */
export type OwnFailure = {
  [R in Reason]: { class: (typeof REASONS)[R]["class"]; reason: R; facts: FactsOf<R> };
}[Reason];

/** A failure that Terraform, a backend or a provider told of in its own words. */
export interface ToldFailure {
  /** From the pattern that its words match. */
  class: ErrorClass;
  /** Sets it apart from our own reasons; which kind of failure it is says `facts.pattern`. */
  reason: "told";
  /** What the words name. */
  facts: ToldFacts;
}

/** Why a check could not be completed. */
export type Failure = OwnFailure | ToldFailure;

/** What is known of a failure that others told of. */
export interface ToldFacts {
  /** The `reason` of the {@link FailurePattern} that matched; absent where none did. */
  pattern?: string;
  /** Every error diagnostic, the one that told the class first. */
  diagnostics: Diagnostic[];
  /** What was written besides the diagnostics. */
  said: string;
  /** What the words name: `variable`, `file`, `endpoint`, `privileges` and the like. */
  named: Named;
  /** Who holds the state's lock. */
  lock?: Lock;
  /** The failure came up while the state's lock was being taken. */
  isLocking: boolean;
  /** A disk or quota is full, whatever else the words say. */
  isDiskFull: boolean;
}

/** What a failure's words name, by what it is. */
export type Named = Readonly<Record<string, string>>;

/** What is known of one kind of text that is not ours. */
export interface FailurePattern {
  /** Name of this kind of failure; unique. */
  reason: string;
  /** The class of what matches. */
  class: ErrorClass;
  /** Tried on summary and detail in one line. Its named groups are what the cure can name. */
  pattern: RegExp;
  /**
   * Which diagnostics it is tried on, where not on all: those about the state's backend, or those that belong to no object
   * of the code, which can have buckets and workspaces of its own.
   */
  only?: "backend" | "no-object";
  /** Says what something else has led to: told only where nothing else is. */
  isConsequence?: true;
  /** A wrapper around Terraform says it too, as plain text on stderr and with an exit code of its own. */
  isOfWrapper?: true;
  /** The `Lock Info` in the text is that of the one who asked, not of the holder. */
  tellsOfAsker?: true;
  /** Reads what one match cannot, from the texts of all diagnostics that match. */
  named?: (texts: string) => Named;
  /**
   * What to do; the class's own cure where absent. A function gets what the text names, nothing of it being certain, and
   * as `probe` the command that asks the endpoint, in parentheses.
   */
  cure?: string | ((named: Named) => string);
}

/** What somebody knows of failures: for a Terraform provider, say. */
export interface FailureKnowledge {
  /** Tried in this order, before the program's own patterns but for those that quote the user's own text. */
  patterns: readonly FailurePattern[];
  /** Warnings, by summary and detail in one line, that an object which could not be read is planned as one that is gone. */
  unread?: RegExp;
  /** Cures that say more than the program's own, by reason. Undefined: nothing to add. */
  cures?: Readonly<Record<string, (facts: Readonly<Record<string, unknown>>) => string | undefined>>;
}

/** What holds for every failure of a class. */
export interface ClassTraits {
  /**
   * The smallest is told where several apply: what only a person can mend comes before what mends itself (one missing
   * privilege among refused connections is what to look at), the cause before its consequence.
   */
  rank: number;
  /** Trying again later can help by itself. */
  transient: boolean;
  /** What to do where nothing more is known. One to three sentences. */
  cure: string;
}

/** The error classes of the contract. */
export const CLASSES: Readonly<Record<ErrorClass, ClassTraits>> = {
  "terraform-missing": {
    rank: 1,
    transient: false,
    cure:
      'Install Terraform or OpenTofu 1.8 or newer, or name it in the configuration: "terraform": { "bin": "/usr/local/bin/terraform" }. ' +
      "A systemd service has a shorter PATH than a shell.",
  },
  "killed": {
    rank: 2,
    transient: false,
    cure: "Look in `journalctl -k` and in the detail for who ended it or why it crashed, then run the check again.",
  },
  "version-mismatch": {
    rank: 3,
    transient: false,
    cure:
      "Compare `terraform version` with `required_version` in the environment's code (and 1.8, the oldest that is supported); " +
      'install a version that fits, or name it as "terraform": { "bin": … } in the configuration.',
  },
  "lockfile-mismatch": {
    rank: 4,
    transient: false,
    cure:
      "Run `terraform init` in the environment's folder on a machine where you apply (with -upgrade for new versions) and commit .terraform.lock.hcl; the check never changes it.",
  },
  "provider-missing": {
    rank: 5,
    transient: false,
    cure:
      "Run `terraform init` in the environment's folder as the user of the check. Without the registry, put the provider in the mirror that the CLI configuration names (`terraform providers mirror DIR` fills one), in the version of .terraform.lock.hcl.",
  },
  "workspace-missing": {
    rank: 6,
    transient: false,
    cure:
      'Run `terraform workspace list` in the environment\'s folder and correct "workspace" in pve-drift.json; the check never creates one.',
  },
  "backend-missing": {
    rank: 7,
    transient: false,
    cure:
      'Compare bucket (or container, database, organization), key and region of the `backend` block and of "backendConfig" in pve-drift.json with what exists; the check creates none.',
  },
  "state-locked": {
    rank: 8,
    transient: true,
    cure:
      'Wait until that run has ended, or raise "terraform.lockTimeout". Only if it is surely dead: `terraform force-unlock LOCK_ID` in the environment\'s folder.',
  },
  "state-invalid": {
    rank: 9,
    transient: false,
    cure:
      "Look at what the backend really serves (`terraform state pull | head`); restore the last good version from the bucket's versioning, or terraform.tfstate.backup.",
  },
  "auth": {
    rank: 10,
    transient: false,
    cure:
      "Check the credentials that the check runs with (environment of the service, `terraform.env` in pve-drift.json): they are missing, wrong or expired.",
  },
  "permission": {
    rank: 11,
    transient: false,
    cure: "The credentials are accepted but may not do this: grant the action that is named.",
  },
  "tls": {
    rank: 12,
    transient: false,
    cure:
      "Trust the server's certificate: copy its CA to /usr/local/share/ca-certificates/NAME.crt and run `update-ca-certificates`; the endpoint must be a name that stands in the certificate.",
  },
  "config-invalid": {
    rank: 13,
    transient: false,
    cure: "Run `terraform validate` in the environment's folder and correct the code at the place that it names.",
  },
  "condition-failed": {
    rank: 14,
    transient: false,
    cure:
      "A condition that the code states does not hold: correct what it checks, or the condition, at the place that `terraform plan` names.",
  },
  "backend-unreachable": {
    rank: 15,
    transient: true,
    cure:
      "Check from this machine that the state's server answers: DNS, firewall, proxy, or the server itself. The next run tries again.",
  },
  "network": {
    rank: 16,
    transient: true,
    cure: "Check from this machine that the other side answers: DNS, firewall, proxy. The next run tries again.",
  },
  "init-failed": {
    rank: 17,
    transient: false,
    cure:
      "Run `terraform init -input=false -lockfile=readonly` in the environment's folder as the user of the check, and correct what it complains of.",
  },
  "timeout": {
    rank: 18,
    transient: false,
    cure:
      'Find out what the plan waits for: a backend or API that hangs never ends by itself. If it is just slow, raise "timeout" of the environment in pve-drift.json.',
  },
  "suspect": {
    rank: 19,
    transient: false,
    cure:
      "Do not apply. Find out whether the objects are really gone. If they were deleted: `terraform apply -refresh-only`, or remove them from the code and apply.",
  },
  "interrupted": {
    rank: 20,
    transient: false,
    cure: "Run the check again: it was stopped before this environment was finished.",
  },
  "provider-error": {
    rank: 21,
    transient: false,
    cure:
      "Run `terraform plan` in the environment's folder and look at the object that is named; if the other side answers oddly, check the endpoint's host and path, and the provider's version.",
  },
  "unknown": {
    rank: 22,
    transient: false,
    cure:
      "Run `terraform plan` in the environment's folder and see what it says; if the check is at fault, please report it with the text above.",
  },
};

/** A failure for a reason of our own. */
export function failure<R extends Reason>(reason: R, facts: FactsOf<R>): OwnFailure {
  return { class: REASONS[reason].class, reason, facts } as OwnFailure;
}

/** Whether trying again later can help by itself. */
export function isTransient(cls: ErrorClass): boolean {
  return CLASSES[cls].transient;
}

/** Whether a plan failed for the state's lock alone, be it held by another or not permitted: one without it may still succeed. */
export function isLockFailure(failure: Failure): boolean {
  return failure.class === "state-locked" || (failure.reason === "told" && failure.facts.isLocking);
}
