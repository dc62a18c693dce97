/**
 * What a check came to: a type alone.
 *
 * @module
 */

import type { Secrets } from "../../lib/secrets.ts";
import type { AcceptRule } from "../config/schema.ts";
import type { EnvironmentReport } from "../report.ts";
import type { CheckedGuests } from "./check_witness.ts";

/** A check's result besides the report: which `accept` rules applied, and the version that answered. */
export interface CheckResult {
  /** What was found. */
  report: EnvironmentReport;
  /** Rules that set a difference aside. */
  matchedRules: Set<AcceptRule>;
  /** Absent where no terraform answered. */
  terraform?: { bin: string; version: string };
  /** Where its state is, for people, without secrets; absent where no plan was made. */
  place?: string;
  /** The guests of its last completed plan; absent where no second witness was heard about one. */
  guests?: CheckedGuests;
  /** What the check has learned to be secret; absent where there was none. */
  secrets?: Secrets;
}
