import { assertEquals, assertStringIncludes } from "@std/assert";
import { attribute, change } from "../../tests/support/sample_reports.ts";
import { workplace } from "../../tests/support/workplaces.ts";
import type { Change, UnmanagedGuest } from "../report.ts";
import { adoptChange, adoptGuest, sameGuest } from "./adopt.ts";
import type { Way } from "./explanation.ts";

const VM = "proxmox_virtual_environment_vm";
const identity = { kind: "qemu", id: "101", node: "pve1" };
const text = (ways: Way[]) =>
  ways.flatMap(({ steps }) =>
    steps.map((step) => step.kind === "command" ? step.line : step.kind === "lines" ? step.lines : "")
  )
    .join("\n");
const stranger: UnmanagedGuest = {
  ...{ id: 131, type: "qemu", name: "jump-temp", node: "pve2", status: "running", tags: [], template: false },
  ...{ firstSeenAt: "2026-11-24T05:00:00.000Z", isNew: true },
};
const BPG = { place: workplace(), providers: ["registry.terraform.io/bpg/proxmox"] };

Deno.test("adoptGuest() writes the import that the provider of each environment takes", () => {
  const bpg = text(adoptGuest(stranger, [BPG]));
  assertStringIncludes(bpg, `import {\n  to = ${VM}.jump_temp\n  id = "pve2/131"\n}`);
  assertStringIncludes(bpg, "terraform plan -generate-config-out=jump_temp.tf");
  const telmate = { place: workplace(), providers: ["registry.terraform.io/telmate/proxmox"] };
  assertStringIncludes(text(adoptGuest(stranger, [telmate])), 'id = "pve2/qemu/131"');
  assertStringIncludes(text(adoptGuest({ ...stranger, type: "lxc" }, [telmate])), 'id = "pve2/lxc/131"');
  assertEquals(adoptGuest(stranger, [{ ...BPG, providers: ["registry.terraform.io/hashicorp/local"] }]), []);
});

Deno.test("adoptGuest() gives a guest a name that the language takes, whatever it is called", () => {
  const named = (name?: string) => /to = (\S+)/.exec(text(adoptGuest({ ...stranger, name: name! }, [BPG])))![1];
  assertEquals([undefined, "7even", "数据库", "Web.Shop-1"].map(named), [
    ...[`${VM}.vm_131`, `${VM}.vm_131`, `${VM}.vm_131`, `${VM}.web_shop_1`],
  ]);
  assertEquals(adoptGuest({ ...stranger, node: "(hidden)" }, [BPG]), []);
});

Deno.test("adoptChange() sees a new name in a creation beside a destruction of the same guest", () => {
  const gone = change({ address: `${VM}.old`, action: "delete", origin: "pending", identity, attributes: [] });
  const created = change({ address: `${VM}.new`, action: "create", origin: "pending", identity, attributes: [] });
  for (const one of [gone, created]) {
    const [way] = adoptChange(one, [gone, created], workplace());
    assertStringIncludes(text([way!]), `moved {\n  from = ${VM}.old\n  to   = ${VM}.new\n}`);
  }
  const other = { ...created, identity: { ...identity, id: "102" } };
  assertEquals(adoptChange(other, [gone, other], workplace()), []);
});

Deno.test("adoptChange() lets a guest live that the code no longer has", () => {
  const only = change({ address: `${VM}.old`, action: "delete", origin: "pending", attributes: [] });
  assertStringIncludes(text(adoptChange(only, [only], workplace())), `removed {\n  from = ${VM}.old\n`);
  const one: Change = { ...only, address: `${VM}.old["a"]` };
  assertStringIncludes(text(adoptChange(one, [one], workplace())), `terraform state rm '${VM}.old["a"]'`);
});

Deno.test("adoptChange() lets a moved guest stay where it is, with its new place in the state", () => {
  const moved = change({ action: "create", attributes: [], identity, witness: { found: "moved", node: "pve2" } });
  const said = text(adoptChange(moved, [moved], workplace()));
  assertStringIncludes(said, `terraform state rm 'module.vm["web"].${VM}.this'`);
  assertStringIncludes(said, `import {\n  to = module.vm["web"].${VM}.this\n  id = "pve2/101"\n}`);
  assertEquals(adoptChange({ ...moved, address: "vm.a\n" }, [moved], workplace()), []);
});

Deno.test("sameGuest() says how to tell a guest that was renamed from another one under its number", () => {
  const renamed = change({ identity, attributes: [attribute("name", "web", "squatter")] });
  const said = text(sameGuest(renamed, workplace()));
  assertStringIncludes(said, "qm config 101\n");
  assertStringIncludes(said, `terraform state show 'module.vm["web"].${VM}.this'`);
  const asked = change({ identity, attributes: [attribute("name", "web", "old", { origin: "pending" })] });
  assertEquals(sameGuest(asked, workplace()), []);
  assertEquals(sameGuest(change({ identity }), workplace()), []);
});
