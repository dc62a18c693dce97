import { assertEquals } from "@std/assert";
import { attribute, change } from "../../tests/support/sample_reports.ts";
import type { Finding } from "../verdict/file_entry.ts";
import { hashOf } from "./recall.ts";
import { leftOf, resolvedSnoozed, type Snooze, withSnoozes } from "./snooze.ts";

const NOW = Date.parse("2026-11-24T06:00:00.000Z"),
  UNTIL = "2026-11-25T06:00:00.000Z",
  OVER = "2026-11-24T05:00:00.000Z";
const salt = "salt";
const ADDRESS = change().address;
const finding = (path: string, actual: unknown, rest: Partial<Finding> = {}): Finding => ({
  ...{ address: ADDRESS, action: "update", origin: "outside", path, actual, ...rest },
});
const snooze = (findings: Finding[], until = UNTIL): Snooze => ({
  ...{ version: 1, address: ADDRESS, since: "2026-11-23T06:00:00.000Z", until },
  findings: findings.map((one) => ({
    ...{ action: one.action, origin: one.origin, hash: hashOf(salt, one) },
    ...one.path === undefined ? {} : { path: one.path },
  })),
});
const ram = finding("memory", 4096), tags = finding("tags", ["a"]);
const web = change({ attributes: [attribute("memory", 2048, 4096), attribute("tags", [], ["a"])] });
const evidence = (...findings: Finding[]) => ({ findings, salt, now: NOW });

Deno.test("withSnoozes() marks a change of which everything is snoozed, and no other", () => {
  const db = change({ address: "vm.db" });
  const [one, other] = withSnoozes([web, db], [snooze([tags, ram])], evidence(ram, tags));
  assertEquals(one, { ...web, snoozedUntil: UNTIL });
  assertEquals(other, db);
  const put = { ...web, action: "create" as const, attributes: [] };
  const lost: Finding = { address: ADDRESS, action: "create", origin: "outside", actual: null };
  assertEquals(withSnoozes([put], [snooze([lost])], evidence(lost))[0]!.snoozedUntil, UNTIL);
  assertEquals(withSnoozes([put], [snooze([lost])], evidence({ ...lost, origin: "pending" })), [put]);
  assertEquals(withSnoozes([put], [snooze([ram])], evidence(lost)), [put]);
});

Deno.test("withSnoozes() tells what is further at the address, and another value", () => {
  const [further] = withSnoozes([web], [snooze([ram])], evidence(ram, tags));
  assertEquals([further!.snoozedUntil, further!.attributes.map((one) => one.snoozedUntil)], [undefined, [
    UNTIL,
    undefined,
  ]]);
  assertEquals(withSnoozes([web], [snooze([ram])], evidence(finding("memory", 8192), tags)), [web]);
  assertEquals(withSnoozes([web], [snooze([ram])], { ...evidence(ram, tags), salt: "another" }), [web]);
});

Deno.test("withSnoozes() says of a snooze that is over when it ended, as long as what it covered is there", () => {
  assertEquals(withSnoozes([web], [snooze([ram], OVER)], evidence(ram, tags)), [{ ...web, snoozeEndedAt: OVER }]);
  assertEquals(withSnoozes([web], [snooze([ram], OVER)], evidence(tags)), [web]);
});

Deno.test("leftOf() ends a snooze finding by finding", () => {
  const both = snooze([ram, tags]);
  assertEquals(leftOf(both, evidence(tags, ram)), both);
  assertEquals(leftOf(both, evidence(tags, finding("memory", 8192))), snooze([tags]));
  assertEquals(leftOf(both, evidence(finding("cores", 2))), undefined);
});

Deno.test("resolvedSnoozed() marks what messages had left out", () => {
  const gone = [{ address: ADDRESS, path: "memory" }, { address: ADDRESS, path: "cores" }, { address: "vm.db" }];
  assertEquals(resolvedSnoozed(gone, [snooze([ram])], NOW).map(({ wasSnoozed }) => wasSnoozed), [
    true,
    undefined,
    undefined,
  ]);
  assertEquals(resolvedSnoozed(gone, [snooze([ram], OVER)], NOW), gone);
});
