import { assertEquals } from "@std/assert";
import { deprecationsToRemember, recallDeprecations } from "./deprecations.ts";
import type { Diagnostic } from "../report.ts";

const deprecated = (detail: string): Diagnostic => ({
  severity: "warning",
  summary: "Deprecated",
  detail,
  deprecation: { isNew: true },
});
const old = { "registry.terraform.io/bpg/proxmox": "0.111.0" };
const upgraded = { "registry.terraform.io/bpg/proxmox": "0.111.1" };
const acl = deprecated("Use proxmox_acl instead (and 2 more)");
const known = { providers: old, deprecations: deprecationsToRemember([acl], undefined, old, "salt") };
const news = (warnings: Diagnostic[], providers = old) =>
  recallDeprecations(warnings, known, providers, "salt").map(({ deprecation }) => deprecation?.isNew);

Deno.test("recallDeprecations() takes for new what was not told with these versions of the providers", () => {
  assertEquals(recallDeprecations([acl], undefined, old, "salt")[0]!.deprecation, { isNew: true });
  assertEquals(news([acl, deprecated("Use proxmox_acl instead (and 7 more)"), deprecated("Use proxmox_vm")]), [
    false,
    false,
    true,
  ]);
  assertEquals(news([acl], upgraded), [true]);
});

Deno.test("recallDeprecations() leaves other warnings as they are", () => {
  const other: Diagnostic = { severity: "warning", summary: "Check failed", detail: "" };
  assertEquals(recallDeprecations([other], known, old, "salt"), [other]);
});

Deno.test("deprecationsToRemember() forgets with an upgrade alone, and keeps no text", () => {
  assertEquals(deprecationsToRemember([], known, old, "salt"), known.deprecations);
  assertEquals(deprecationsToRemember([], known, upgraded, "salt"), []);
  assertEquals(JSON.stringify(known.deprecations).includes("acl"), false);
});
