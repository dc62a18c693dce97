import { assert, assertEquals, assertThrows } from "@std/assert";
import { discover, layoutWarnings, refuseSameNames } from "./discovery.ts";
import type { ScannedFolder } from "./folder_scan.ts";

const folder = (path: string, more: Partial<ScannedFolder> = {}): ScannedFolder => ({
  path,
  real: path === "" ? "/repo" : `/repo/${path}`,
  hasTerraform: true,
  hasTofu: false,
  hasTerragrunt: false,
  hasStack: false,
  hasLockFile: false,
  hasState: false,
  rootBlocks: [],
  calls: [],
  ...more,
});
const found = (...folders: ScannedFolder[]) => {
  const { environments, passedOver, modules } = discover(folders, "/repo");
  return {
    environments: environments.map(({ name }) => name),
    passedOver: passedOver.map(({ path, why }) => `${path}: ${why}`),
    modules,
  };
};
const provider = { rootBlocks: ["provider" as const] };

Deno.test("discover() takes a folder straight below root that holds code, and deeper ones with a sign of a root", () => {
  const result = found(
    folder("lab"),
    folder("envs/lock", { hasLockFile: true }),
    folder("envs/state", { hasState: true }),
    folder("envs/prod/network", { rootBlocks: ["backend"] }),
    folder("envs/hcp", { rootBlocks: ["cloud"] }),
    folder("envs/tofu", { hasTerraform: false, hasTofu: true, ...provider }),
    folder("modules/vm"),
  );
  assertEquals(result, {
    environments: ["lab", "envs.lock", "envs.state", "envs.prod.network", "envs.hcp", "envs.tofu"],
    passedOver: [],
    modules: ["modules/vm"],
  });
});

Deno.test("discover() takes root itself under the name of its folder, without hiding what lies below", () => {
  assertEquals(found(folder("", provider), folder("lab")).environments, ["repo", "lab"]);
  assertEquals(found(folder(""), folder("lab")), { environments: ["lab"], passedOver: [], modules: [""] });
});

Deno.test("discover() takes no folder that code calls as a module, and tells of one with a block of a root", () => {
  const root = folder("", { ...provider, calls: ["/repo/talos", "/repo/legacy", "/elsewhere"] });
  assertEquals(found(root, folder("talos"), folder("legacy", provider), folder("lab")), {
    environments: ["repo", "lab"],
    passedOver: ["legacy: module"],
    modules: ["talos"],
  });
  const chain = [folder("a", { calls: ["/repo/b"] }), folder("b", { calls: ["/repo/c"] }), folder("c")];
  assertEquals(found(...chain).environments, ["a"]);
  assertEquals(found(folder("a", { calls: ["/repo/a"] })).environments, ["a"], "a folder does not hide itself");
});

Deno.test("discover() takes a variable in a source for any one part of the path", () => {
  const caller = folder("prod", { calls: ["/repo/mods/${var.kind}/vm", "/repo/x.y${local.a}"] });
  const rest = [folder("mods/a/vm", provider), folder("mods/a/b/vm", provider), folder("x.yz"), folder("x-yz")];
  assertEquals(found(caller, ...rest), {
    environments: ["prod", "mods.a.b.vm", "x-yz"],
    passedOver: ["mods/a/vm: module"],
    modules: ["x.yz"],
  });
});

Deno.test("discover() tells of what it cannot name, cannot read, or only Terragrunt knows", () => {
  const nothing = { hasTerraform: false };
  const result = found(
    folder("my env"),
    folder(".copy", provider),
    folder(".cache"),
    folder("live/site/unit", { ...nothing, hasTerragrunt: true }),
    folder("both", { hasTerragrunt: true }),
    folder("stack", { ...nothing, hasStack: true }),
    folder("with-stack", { hasStack: true }),
    folder("deep/closed", { ...nothing, problem: "permission denied" }),
    folder("gone", { ...nothing, problem: "the link leads nowhere" }),
    folder("deep/half", { problem: '"main.tf" cannot be read' }),
  );
  assertEquals(result, {
    environments: ["both", "with-stack", "gone", "deep.half"],
    passedOver: [
      ...[
        "my env: nameless",
        ".copy: nameless",
        "live/site/unit: terragrunt",
        "stack: stack",
        "deep/closed: unreadable",
      ],
    ],
    modules: [],
  });
});

Deno.test("refuseSameNames() names both folders that would have one name", () => {
  const of = (...folders: ScannedFolder[]) => discover(folders, "/repo").environments;
  refuseSameNames(of(folder("a"), folder("b")), "/repo");
  const message = assertThrows(() => refuseSameNames(of(folder("a.b"), folder("a/b", provider)), "/repo")) as Error;
  assert(message.message.includes('"a.b" and "a/b" would both be called "a.b"'), message.message);
  assertThrows(() => refuseSameNames(of(folder("", provider), folder("repo")), "/repo"), Error, "the root itself");
});

Deno.test("layoutWarnings() has one warning for each reason, with what to do", () => {
  const { passedOver } = discover([
    folder("a", { ...provider, calls: ["/repo/m"] }),
    folder("m", provider),
    folder("x y"),
    folder("live/one", { hasTerraform: false, hasTerragrunt: true }),
    folder("live/two", { hasTerraform: false, hasTerragrunt: true }),
    folder("stack", { hasTerraform: false, hasStack: true }),
  ], "/repo");
  const warnings = layoutWarnings(passedOver, "/repo");
  assertEquals(warnings.map(({ summary }) => summary), [
    'Folder "x y" below /repo is in no environment',
    'Folder "m" below /repo is in no environment: code calls it as a module',
    "2 folders below /repo are in no environment: Terragrunt writes their code",
    'Folder "stack" below /repo is in no environment: it holds a Terraform Stack',
  ]);
  assert(warnings[1]!.detail.includes('"m": "a" calls it, and it has a provider block.'), warnings[1]!.detail);
  assert(warnings[2]!.detail.startsWith('They are "live/one", "live/two". Let Terragrunt plan'), warnings[2]!.detail);
});

Deno.test("discover() passes over no folder in silence that has a state, or that Terragrunt completes", () => {
  const caller = folder("live/ex", { ...provider, calls: ["/repo/live"] });
  const folders = [caller, folder("live", { hasState: true }), folder(".infra", { hasState: true })];
  const unit = folder("site/vms", { hasTerragrunt: true });
  assertEquals(found(...folders, unit, folder(".copy"), folder("site/modules/vm")), {
    environments: ["live.ex"],
    passedOver: ["live: module", ".infra: nameless", "site/vms: terragrunt"],
    modules: ["site/modules/vm"],
  });
  assertEquals(discover(folders, "/repo").passedOver[0]!.detail, '"live/ex" calls it, and it has a state');
});
