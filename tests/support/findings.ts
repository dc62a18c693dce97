/**
 * Findings as a verdict hands them to the memory, for tests of what becomes of them.
 *
 * @module
 */

import type { Finding } from "../../drift/verdict/file_entry.ts";

/** The memory of one VM, changed outside to this value. */
export function ram(actual: unknown): Finding {
  return { address: "x.a", action: "update", origin: "outside", path: "memory", actual };
}
