import { assertEquals } from "@std/assert";
import { parseTextDiagnostics } from "./text_diagnostics.ts";

Deno.test("parseTextDiagnostics() reads summary, address, place and the joined detail when there is no frame", () => {
  const text = `
Error: error retrieving container: received an HTTP 403 response - Reason: Permission check failed (/vms/201, VM.Audit)

  with module.ct["dns"].proxmox_virtual_environment_container.this,
  on modules/ct/main.tf line 14, in resource "proxmox_virtual_environment_container" "this":
  14: resource "proxmox_virtual_environment_container" "this" {
    ├────────────────
    │ var.token is "canary-value"

Resource module.vm["web"].proxmox_virtual_environment_vm.this has
lifecycle.prevent_destroy set, but the plan calls for this resource to be
destroyed.
Second line on purpose.

Planning failed. Terraform encountered an error while generating this plan.

`;
  assertEquals(parseTextDiagnostics(text), [{
    severity: "error",
    summary:
      "error retrieving container: received an HTTP 403 response - Reason: Permission check failed (/vms/201, VM.Audit)",
    address: 'module.ct["dns"].proxmox_virtual_environment_container.this',
    detail:
      'Resource module.vm["web"].proxmox_virtual_environment_vm.this has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.\nSecond line on purpose.\n\n' +
      'on modules/ct/main.tf line 14, in resource "proxmox_virtual_environment_container" "this"',
  }]);
});

Deno.test("parseTextDiagnostics() tells blocks apart by their frames, so that a nested Error: stays text", () => {
  const text = `Initializing the backend...
╷
│ Warning: Value for undeclared variable
│ 
│ Take care.
╵
\x1b[31m╷\x1b[0m
\x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0mNo valid credential sources found
\x1b[31m│\x1b[0m 
\x1b[31m│\x1b[0m See the manual.
\x1b[31m│\x1b[0m 
\x1b[31m│\x1b[0m Error: failed to refresh cached credentials
\x1b[31m╵\x1b[0m
`;
  assertEquals(parseTextDiagnostics(text), [
    { severity: "warning", summary: "Value for undeclared variable", detail: "Take care." },
    {
      severity: "error",
      summary: "No valid credential sources found",
      detail: "See the manual.\n\nError: failed to refresh cached credentials",
    },
  ]);
});

Deno.test("parseTextDiagnostics() keeps indented blocks as they are when the detail holds a Lock Info", () => {
  const [only, ...others] = parseTextDiagnostics(
    "\nError: Error acquiring the state lock\n\nError message: resource temporarily unavailable\nLock Info:\n  ID:        x-1\n  Who:       ops@workstation\n  Info:      \n\n\nTerraform acquires a state lock to protect the state from being written\nby multiple users at the same time.\n",
  );
  assertEquals(others, []);
  assertEquals(
    only?.detail,
    "Error message: resource temporarily unavailable\nLock Info:\n  ID:        x-1\n  Who:       ops@workstation\n  Info:      \n\n\nTerraform acquires a state lock to protect the state from being written\nby multiple users at the same time.",
  );
});

Deno.test("parseTextDiagnostics() finds nothing when the text is none, cut off or empty", () => {
  assertEquals(parseTextDiagnostics(""), []);
  assertEquals(parseTextDiagnostics("Plan: 1 to add\nThis Error: is no block\n"), []);
  assertEquals(parseTextDiagnostics("╷\n│ Err"), []);
  assertEquals(parseTextDiagnostics("╷\n│ Error: half"), [{ severity: "error", summary: "half", detail: "" }]);
});

Deno.test("parseTextDiagnostics() agrees with the message stream on every recorded failure", async () => {
  for (const name of ["terraform-1.11.4", "tofu-1.12.6"]) {
    const file = new URL(`../../tests/fixtures/errors/${name}.jsonl`, import.meta.url);
    for (const line of (await Deno.readTextFile(file)).trimEnd().split("\n")) {
      const record = JSON.parse(line);
      if (record.diagnostics.length === 0) continue;
      const flat = (text: string) => text.replace(/\s+/g, " ").trim();
      const text = parseTextDiagnostics(record.text).map((one) => flat(`${one.summary} ${one.detail}`)).join("\n");
      for (const { summary, detail } of record.diagnostics) {
        const wanted = flat(`${summary} ${detail}`);
        // Without frames a blank line and "Error:" inside a detail begin a new block, and preambles differ by form.
        if (/encountered problems during|\bError: /.test(wanted)) continue;
        assertEquals(text.includes(wanted), true, `${name} ${record.name}: ${wanted}\nnot in\n${text}`);
      }
    }
  }
});
