import { assertEquals, assertThrows } from "@std/assert";
import { change, environment, report } from "../../tests/support/sample_reports.ts";
import { UsageError } from "../usage_error.ts";
import { addressOf, subjectsOf } from "./explain.ts";
import { findingsAt } from "./find.ts";

const VM = "proxmox_virtual_environment_vm.this";
const subjects = subjectsOf(report([environment("prod", {
  changes: [
    change({ identity: { kind: "qemu", id: "101", node: "pve1" } }),
    change({ address: `module.vm["db"].${VM}`, identity: { kind: "qemu", id: "1010" } }),
  ],
})], {
  proxmox: [{
    ...{ cluster: "proxmox", endpoint: "https://pve1:8006", askedAt: "", waiting: [], beyond: [] },
    unmanaged: [{
      ...{
        id: 131,
        type: "lxc",
        node: "pve1",
        status: "running",
        tags: [],
        template: false,
        firstSeenAt: "",
        isNew: true,
      },
    }],
  }],
}));
const at = (asked: string) => findingsAt(subjects, asked).map(addressOf);

Deno.test("findingsAt() takes an address as the report has it, and as a shell may leave it", () => {
  for (const typed of [`module.vm["web"].${VM}`, `module.vm[web].${VM}`, `'module.vm["web"].${VM}'`]) {
    assertEquals(at(typed), [`module.vm["web"].${VM}`], typed);
  }
  assertEquals(at("module.vm*"), [`module.vm["web"].${VM}`, `module.vm["db"].${VM}`]);
});

Deno.test("findingsAt() takes the number of a guest, in a state or in none", () => {
  assertEquals(at("101"), [`module.vm["web"].${VM}`]);
  assertEquals(at("qemu/101"), [`module.vm["web"].${VM}`]);
  assertEquals(["131", "lxc/131"].flatMap(at), ["lxc/131", "lxc/131"]);
});

Deno.test("findingsAt() names what it knows where nothing is meant", () => {
  const { message } = assertThrows(() => at(`module.vm["wbe"].${VM}`), UsageError);
  assertEquals(message.split("\n"), [
    `Cannot explain "module.vm["wbe"].${VM}": did you mean "module.vm["web"].${VM}"? Findings are at`,
    `  module.vm["web"].${VM}`,
    `  module.vm["db"].${VM}`,
    "  lxc/131",
  ]);
  assertThrows(() => findingsAt([], "101"), UsageError, "no resource has a finding");
});
