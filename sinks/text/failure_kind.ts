/**
 * What makes two failures one. Pure.
 *
 * @module
 */

import type { CheckError, ErrorClass } from "../../drift/report.ts";

/** Mistakes in the code: two of one kind are two, and each is mended in its own place. */
const MISTAKES: readonly ErrorClass[] = ["config-invalid", "condition-failed"];

/**
 * The same for all failures of one outage: its class, reason and server, whatever object the text of each happens to
 * name. Where no reason is known, and of a mistake, the text is what tells failures apart.
 */
export function failureKind({ class: cls, reason, endpoint, summary, lock }: CheckError): string {
  const isOutage = reason !== undefined && !MISTAKES.includes(cls);
  return JSON.stringify([cls, lock?.id ?? null, ...isOutage ? [reason, endpoint ?? null] : [summary]]);
}
