/**
 * What a test on the lab needs and may not find.
 *
 * @module
 */

import { findProgram } from "../support/programs.ts";
import { providerMirror } from "./lab.ts";
import { s3Program } from "./s3.ts";

/** The lab's parts that are not installed, and how they are; undefined where all are there. */
export function missingParts(): string | undefined {
  return [
    s3Program() ? "" : "needs minio on the PATH, or versitygw: run tests/lab/install",
    findProgram("lab/pve") ? "" : "needs fakepve: run tests/lab/install pve, in a clone",
    providerMirror() ? "" : "needs the lab's provider: run tests/lab/install provider",
  ].filter(Boolean).join(", ") || undefined;
}
