import { assertEquals } from "@std/assert";
import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import { type ExcludeRule, Exclusions } from "./exclude.ts";

const GUEST: ListedGuest = {
  kind: "qemu",
  id: 9001,
  node: "pve1",
  name: "runner-1",
  status: "running",
  template: false,
  tags: ["ci", "linux"],
  pool: "build",
};
const NOW = new Date(2026, 10, 30, 12).getTime();

function has(rule: Omit<ExcludeRule, "reason">): boolean {
  return new Exclusions([{ ...rule, reason: "runners" }], NOW).hasGuest(GUEST);
}

Deno.test("hasGuest() wants all that a rule names to fit, names and pools by pattern", () => {
  const fitting: Omit<ExcludeRule, "reason">[] = [
    { vmid: "9000-9099" },
    { vmid: "101, 9001" },
    { vmid: 9001 },
    { tag: "ci" },
    { pool: "bu*" },
    { name: "runner-*" },
    { node: "pve1" },
    { type: "qemu" },
    { template: false },
    { vmid: "9000-9099", tag: "ci", name: "*1" },
    { tag: "ci", until: "2026-11-30" },
  ];
  const others: Omit<ExcludeRule, "reason">[] = [
    { vmid: "100-900" },
    { vmid: "900" },
    { tag: "c" },
    { pool: "prod" },
    { name: "runner" },
    { node: "pve2" },
    { type: "lxc" },
    { template: true },
    { vmid: "9000-9099", tag: "prod" },
    { tag: "ci", until: "2026-11-29" },
    { tag: "ci", what: "*" },
  ];
  for (const rule of fitting) assertEquals(has(rule), true, JSON.stringify(rule));
  for (const rule of others) assertEquals(has(rule), false, JSON.stringify(rule));
  const { pool: _pool, name: _name, ...bare } = GUEST;
  const rules = [{ pool: "bu*", reason: "" }, { name: "run*", reason: "" }];
  assertEquals(new Exclusions(rules, NOW).hasGuest(bare), false);
});

Deno.test("hasBeyond() asks the rules with a `what` alone", () => {
  const exclusions = new Exclusions([
    { what: "unused disk*", node: "pve1", reason: "kept" },
    { tag: "ci", reason: "runners" },
  ], NOW);
  assertEquals(exclusions.hasBeyond(GUEST, "unused disk unused0 (vm-9001-disk-2 on local)"), true);
  assertEquals(exclusions.hasBeyond({ ...GUEST, node: "pve2" }, "unused disk unused0"), false);
  assertEquals(exclusions.hasBeyond(GUEST, "disk scsi1 was added outside Terraform"), false);
});

Deno.test("warnings() tells of rules that have expired, and of idle ones where all was looked at", () => {
  const rules: ExcludeRule[] = [
    { tag: "ci", reason: "runners" },
    { vmid: "9000-9099", type: "qemu", reason: "the same guests" },
    { tag: "old", reason: "gone" },
    { what: "unused*", reason: "kept" },
    { name: "runner-*", until: "2026-06-30", reason: "moving" },
  ];
  const exclusions = new Exclusions(rules, NOW);
  exclusions.hasGuest(GUEST);
  const expired = {
    severity: "warning" as const,
    summary: 'The exclude rule for name "runner-*" has expired on 2026-06-30',
    detail: "It no longer applies. Its reason was: moving",
  };
  assertEquals(exclusions.warnings({ guests: false, beyond: false }), [expired]);
  assertEquals(exclusions.warnings({ guests: true, beyond: true }).map(({ summary }) => summary), [
    'The exclude rule for tag "old" matches nothing',
    'The exclude rule for what "unused*" matches nothing',
    expired.summary,
  ]);
});
