/**
 * Which code a check compared, in words. Pure.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import type { CodeVersion } from "../../drift/report.ts";

/** As `commit 1a2b3c4d5e6f on main, with changes that are not committed`. */
export function codeText({ commit, branch, dirty }: CodeVersion): string {
  const place = commit === undefined ? "no commit" : `commit ${commit.slice(0, 12)}`;
  const on = branch === undefined ? "" : ` on ${branch}`;
  return visible(`${place}${on}${dirty ? ", with changes that are not committed" : ""}`);
}
