/**
 * What makes two failures one. Pure.
 *
 * @module
 */

import type { CheckError } from "../../drift/report.ts";

/**
 * The same for all failures of one outage: its class, reason and server, whatever object the text of each happens to
 * name. Where no reason is known, the text is all there is to tell failures apart.
 */
export function failureKind({ class: cls, reason, endpoint, summary, lock }: CheckError): string {
  return JSON.stringify([cls, lock?.id ?? null, ...reason === undefined ? [summary] : [reason, endpoint ?? null]]);
}
