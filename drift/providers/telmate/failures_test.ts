import { assertEquals, assertStringIncludes } from "@std/assert";
import { errorOf } from "../../../tests/support/failures.ts";
import { judged, recordedChecks } from "../../../tests/support/telmate_recordings.ts";
import { providers } from "../registry.ts";

const checks = await recordedChecks(new URL("../../../tests/fixtures/telmate/", import.meta.url));

/** What the advice on a recorded failure must name. */
const ADVICE: Record<string, string[]> = {
  "2.9.14/err_url_unset": ["PM_API_URL", "https://HOST:8006/api2/json"],
  "2.9.14/err_secret_unset": ["PM_API_TOKEN_SECRET"],
  "2.9.14/err_token_form": ["PM_API_TOKEN_ID", "USER@REALM!TOKENID"],
  "2.9.14/lxc_deleted": ["Guest 201", "terraform state rm", "VM.Audit"],
  "2.9.14/err_proxmox_8": ["crashes on what Proxmox VE 8", "3.0.2-rc01"],
  "2.9.14/err_proxmox_9": ["VM.Monitor", "newer provider"],
  "2.9.14/err_pool_403": ["Pool.Audit"],
  "2.9.14/err_config_403": ["VM.Audit", "TF_LOG"],
  "2.9.14/lxc_disk_detached": ["mount point", "pct config"],
  "2.9.14/no_pool_audit": ["Do not apply", "Pool.Audit on /pool"],
  "3.0.2-rc09/upgrade_from_29": ["2.9.14", "terraform import", "full_clone"],
  "3.0.2-rc09/lxc_disk_detached": ["mount point", "pct config"],
  "3.0.2-rc09/err_config_403": ["VM.Audit on /vms/101"],
  "3.0.2-rc09/err_resources_595": ["target_node", "next run"],
  "3.0.2-rc09/err_agent_timeout": ["agent of VM 101", "define_connection_info"],
  "3.0.2-rc09/pool_alone_unreachable": ["Do not apply", "Proxmox answers"],
};

for (const [name, words] of Object.entries(ADVICE)) {
  Deno.test(`failures of Telmate/proxmox say what to do about ${name}`, () => {
    const { failure } = judged(checks.get(name)!);
    const { cure } = errorOf(failure!);
    for (const word of words) assertStringIncludes(cure, word);
  });
}

Deno.test("failures of Telmate/proxmox say nothing of another provider's process that ended", () => {
  const cure = providers.failures.flatMap(({ cures }) => cures?.["provider-process"] ?? []).map((tell) =>
    tell({ object: "module.vm.proxmox_virtual_environment_vm.web", panic: "panic: interface conversion" })
  );
  assertEquals(cure, [undefined]);
});
