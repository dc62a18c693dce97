/**
 * What a check knows of a second witness: types alone, so that a run without one loads nothing of it.
 *
 * @module
 */

import type { KnownDevices } from "../providers/provider.ts";
import type { Change, Diagnostic } from "../report.ts";
import type { Planned } from "../terraform/session.ts";
import type { Messages } from "../terraform/stream.ts";
import type { Testimony } from "../verdict/testimony.ts";
import type { GuestClaim, RememberedGuests } from "../witness/claims.ts";
import type { Watched } from "../witness/seen.ts";

/** The witness of an environment's cluster, as the environment's check hears it. */
export interface CheckWitness {
  /** Whether it wants a plan read whose stream is an answer by itself. */
  readsPlan(messages: Messages, remembered: RememberedGuests | undefined): boolean;
  /** What it says about a plan that has just ended; undefined where there is none to speak of. Never throws. */
  hear(subject: HearingSubject, deps: HearingDeps): Promise<Heard | undefined>;
}

/** The guests of the last plan of a check. */
export interface CheckedGuests {
  /** When the plan began; ISO 8601, UTC. */
  at: string;
  /** The cluster that was proven to be the provider's; absent where none was. */
  cluster?: string;
  /** What state and pending creates claim. */
  claims: GuestClaim[];
  /** The devices that Terraform knows of a guest, by resource address; empty where the plan was not read. */
  devices: ReadonlyMap<string, KnownDevices>;
  /** What besides guests the state holds; absent where the plan was not read. */
  watched?: Watched;
}

/** What a hearing is about. */
export interface HearingSubject {
  /** The plan. */
  planned: Planned;
  /** When it began; ISO 8601, UTC. */
  at: string;
  /** What the verdict says of it so far. */
  changes: readonly Change[];
}

/** What a hearing needs of the check. */
export interface HearingDeps {
  /** Variables of Terraform's environment. */
  variables: Readonly<Record<string, string>>;
  /** An address as the report has it. */
  scrubPath: (address: string) => string;
  /** Ends the hearing. */
  stop: AbortSignal;
  /** What is left of the environment's time, in milliseconds. */
  remainingMs: () => number;
}

/** What came of it. */
export interface Heard {
  /** For the verdict. */
  testimony: Testimony;
  /** Why it says less than it could. */
  warnings: Diagnostic[];
  /** Absent where the witness did not answer: what is remembered stays. */
  guests?: CheckedGuests;
}
