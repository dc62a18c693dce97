import { providers } from "../../drift/providers/registry.ts";
import type { CheckError } from "../../drift/report.ts";
import { failureText } from "../../drift/verdict/failure_text.ts";
import type { Failure } from "../../drift/verdict/failures.ts";

/** A failure in sentences, with all that is known of providers; `hideText` as for `"values": "hide"`. */
export function errorOf(failure: Failure, hideText = false): CheckError {
  return failureText(failure, { knowledge: providers.failures, scrub: (text) => text, hideText });
}
