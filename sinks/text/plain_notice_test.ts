import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  change,
  driftReport,
  environment,
  errorReport,
  okReport,
  report,
  strangeReport,
} from "../../tests/support/sample_reports.ts";
import type { Change, EnvironmentReport } from "../../drift/report.ts";
import { plainNotice } from "./plain_notice.ts";

const isNews = (rest: Partial<EnvironmentReport>) => plainNotice(report([environment("prod", rest)])).isNews;

Deno.test("plainNotice() tells of each new difference what it is, both values, and what an apply would do", () => {
  const { title, body, isNews } = plainNotice(driftReport());
  assertEquals(title, "pve-drift on pve1: 2 environments drift");
  assert(isNews);
  assertStringIncludes(
    body,
    `prod: DRIFT, 3 changed by hand, 1 in consequence, an apply would DESTROY 1, 3 new
  new: VM 101 "web" on pve1: changed by hand; an apply would change it back
    memory[0].dedicated: expected 2048 → actual 4096
    tags: actual has +"urgent"`,
  );
  assertStringIncludes(body, "    Note: moved from pve1 to pve2; applying this plan would destroy the VM");
  assertStringIncludes(body, '  in order again: VM 103 "mail" on pve1: cpu[0].cores');
  assert(!body.includes('"dns"') && !body.includes("lab"), body);
});

Deno.test("plainNotice() tells why a check failed and what to do, once", () => {
  const { title, body } = plainNotice(errorReport());
  assertEquals(title, "pve-drift on pve1: 2 checks failed");
  assertStringIncludes(
    body,
    "lab: ERROR\n  permission: The token may not read container 110\n  What to do: Give the token",
  );
  assert(!body.includes("staging"), "it failed before, too");
});

Deno.test("plainNotice() has nothing to tell where nothing is new or over", () => {
  assertEquals(plainNotice(okReport()), {
    title: "pve-drift on pve1: nothing differs in 3 environments",
    body: "",
    isNews: false,
  });
  const part = report([environment("prod", { leftOut: ["vm.a"] })], { only: { origin: ["outside"] } });
  assertEquals(plainNotice(part).title, "pve-drift on pve1: nothing of what is told here differs in 1 environment");
  assertEquals(plainNotice(report([])).title, "pve-drift on pve1: nothing was checked");
  const known: Partial<EnvironmentReport> = { previousStatus: "drift", changes: [change({ isNew: false })] };
  assert(!isNews(known));
  assert(isNews({ previousStatus: "error" }), "the check works again");
  assert(isNews({ previousStatus: "drift", resolved: [{ address: "a" }] }));
  assert(!isNews({ previousStatus: "drift", resolved: [{ address: "a", wasLocked: true }] }));
  assert(!isNews({ status: "drift", previousStatus: "error", skipped: { reason: "stopped" } }));
});

Deno.test("plainNotice() leaves out what messages leave out", () => {
  const left: Partial<Change>[] = [{ lock: "backup" }, { isExpected: true }, {
    snoozedUntil: "2026-11-27T05:00:00.000Z",
  }];
  for (const rest of left) assert(!isNews({ changes: [change(rest)] }), JSON.stringify(rest));
});

Deno.test("plainNotice() stays short, and each line of it is harmless", () => {
  const many = Array.from({ length: 300 }, (_, at) => change({ label: `VM ${at}`, note: `${at}` }));
  const { body } = plainNotice(report([environment("prod", { changes: many })]));
  assertMatch(body, /\n {2}and 280 more new$/);
  const alike = many.map(({ note: _, ...rest }) => rest);
  assertStringIncludes(plainNotice(report([environment("prod", { changes: alike })])).body, "new: 300 × proxmox");
  const strange = plainNotice(strangeReport());
  assert(!/(?!\n)[\p{Cc}\p{Zl}\u202e]/u.test(strange.title + strange.body), strange.body);
});
