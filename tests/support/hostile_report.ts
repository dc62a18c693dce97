/**
 * A report in which everything that a stranger could have written tries to become a part of the page that shows it.
 *
 * @module
 */

import type { DriftReport } from "../../drift/report.ts";
import { attribute, change, environment, report } from "./sample_reports.ts";
import { beyond, stranger, trace, witness } from "./witness_reports.ts";

const ATTEMPTS = [
  `"><img src=x onerror=pwned()>`,
  `' onmouseover='pwned()' x='`,
  "</title></style></script><svg/onload=pwned()>",
  `<a href="javascript:pwned()">x</a>`,
  "<!-- <base href=//evil.example>",
  "\u202egnp.exe\u2028\u0000\u001b[2J",
  "${pwned()} {{pwned()}} &lt;b2&gt; &#60;b2>",
].join(" ");

/** Text of a stranger's, which tells where it stands. */
function written(where: string): string {
  return `<script>pwned('${where}')</script> ${ATTEMPTS}`;
}

/** The report. */
export function hostileReport(): DriftReport {
  const error = {
    class: "network",
    summary: written("summary"),
    detail: written("detail"),
    cure: written("cure"),
  } as const;
  const name = { name: written("guest") };
  const drifting = environment(written("name"), {
    dir: written("dir"),
    code: { commit: written("commit"), branch: written("branch") },
    providers: { [written("provider")]: written("version") },
    changes: [change({
      address: written("address"),
      label: written("label"),
      note: written("note"),
      reason: written("reason"),
      lock: written("lock"),
      causedBy: [written("cause")],
      action: "replace",
      traces: [trace({ user: written("user"), what: written("what"), options: [written("option")] })],
      attributes: [
        attribute(written("path"), written("value"), [written("item")]),
        attribute(written("long"), `a${written("x").repeat(9)}`, `b${written("x").repeat(9)}`),
        attribute("list", [written("one")], [written("other")]),
      ],
    })],
    accepted: [change({ address: written("accepted"), type: written("type") })],
    bookkeeping: [change({ action: "move", label: written("moved") })],
    outputs: [{ name: written("output"), action: "update", sensitive: false, expected: written("a"), actual: 1 }],
    resolved: [{ address: written("gone"), path: written("path") }],
    warnings: [{
      severity: "warning",
      summary: written("warning"),
      detail: written("detail"),
      address: written("warned"),
    }],
  });
  return report([drifting, environment("failed", { error })], {
    host: written("host"),
    runId: written("run"),
    terraform: { bin: written("bin"), version: written("version") },
    clusters: [written("cluster")],
    proxmox: [witness({
      cluster: written("cluster"),
      endpoint: written("endpoint"),
      unmanaged: [stranger({ ...name, tags: [written("tag")], pool: written("pool"), node: written("node") })],
      beyond: [beyond({ ...name, what: written("beyond") })],
      waiting: [{
        id: 1,
        type: written("kind"),
        ...name,
        options: [{ option: written("option"), running: written("running"), written: written("written") }],
      }],
    })],
  });
}
