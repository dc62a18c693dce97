import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attribute, change, environment, report } from "../../tests/support/sample_reports.ts";
import type { Explanation, Way } from "../explain/explanation.ts";
import { render } from "./explain_text.ts";

const VIEW = { color: false, columns: 60, detail: "normal", journal: false } as const;
const way: Way = {
  kind: "put-back",
  title: "Put it back",
  danger: "IT WOULD DESTROY VM 101.",
  steps: [
    { kind: "command", line: `terraform plan -target='module.vm["web"].proxmox_virtual_environment_vm.this'` },
    { kind: "text", text: "Read the plan: go on only where it says what you want, and nothing else." },
    { kind: "lines", where: "moved.tf", lines: "moved {\n  from = a\n}" },
  ],
};
const shown = (...explanations: Explanation[]) =>
  render(explanations, report([environment("prod"), environment("lab")]), VIEW);
const of = (rest: Parameters<typeof change>[0], ways = [way]): Explanation => ({
  subject: { kind: "change", environment: "prod", change: change(rest) },
  ways,
});

Deno.test("render() tells what differs, and numbers the ways; what is to be copied stands in lines of its own", async () => {
  const lines = (await shown(of({}))).split("\n");
  assertEquals(lines.slice(0, 3), [
    "prod:",
    '  ~ VM 101 "web" on pve1',
    `    module.vm["web"].proxmox_virtual_environment_vm.this`,
  ]);
  const at = lines.indexOf("  1. Put it back");
  assertEquals(lines.slice(at + 1), [
    "     IT WOULD DESTROY VM 101.",
    `     terraform plan -target='module.vm["web"].proxmox_virtual_environment_vm.this'`,
    "     Read the plan: go on only where it says what you",
    "       want, and nothing else.",
    "     Into moved.tf:",
    "       moved {",
    "         from = a",
    "       }",
    "",
  ]);
});

Deno.test("render() says where no way is offered, and where there is nothing to explain", async () => {
  assertStringIncludes((await shown(of({}, []))).replaceAll(/\s+/g, " "), "No command or edit is offered");
  assertEquals(await shown(), "There is nothing to explain: no finding, and no guest in no state\n");
});

Deno.test("render() tells of guests in no state and of checks that failed", async () => {
  const guest = {
    id: 131,
    type: "qemu",
    name: "jump-temp",
    node: "pve2",
    status: "running",
    tags: [],
    template: false,
  };
  const text = await shown(
    { subject: { kind: "guest", cluster: "proxmox", guest: { ...guest, firstSeenAt: "", isNew: true } }, ways: [way] },
    {
      subject: { kind: "error", environment: "lab", error: { class: "auth", summary: "401", detail: "", cure: "" } },
      ways: [],
    },
  );
  assertStringIncludes(text, 'Proxmox:\n  VM 131 "jump-temp" on pve2, running, new\n');
  assertStringIncludes(text, "lab: the check failed: auth: 401\n");
});

Deno.test("render() lets nothing of a stranger's act on the terminal", async () => {
  const hostile = "\x1b[2Jrm -rf ~\u202e\r";
  const text = await shown(
    of({ label: hostile, note: hostile, attributes: [attribute("name", hostile, "x")] }, [{
      ...way,
      title: hostile,
      danger: hostile,
      steps: [{ kind: "command", line: hostile }, { kind: "text", text: hostile }, {
        kind: "patch",
        base: "/",
        patch: `+${hostile}\n`,
      }],
    }]),
  );
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\u202e]/.test(text), text);
});
