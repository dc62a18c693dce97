import { assertEquals } from "@std/assert";
import { plan, type Sketch } from "../../tests/support/plans.ts";
import { Secrets } from "../../lib/secrets.ts";
import { noiseFinder } from "../providers/noise.ts";
import { providers } from "../providers/registry.ts";
import { asPlan } from "../terraform/plan.ts";
import { readPlan } from "./changes.ts";
import { upgradeIn } from "./upgrade.ts";

const NOW = "2026-11-24T06:00:00.000Z";
const BPG = "registry.terraform.io/bpg/proxmox";
const UPGRADE = { provider: "bpg/proxmox", from: "0.105.0", to: "0.106.0" };
const VM = "proxmox_virtual_environment_vm.web";

/** Reads a plan of one VM whose code sets what is given, in a check after an upgrade of its provider. */
function upgraded(
  sketch: Partial<Sketch>,
  { code, drift, isNew = true }: { code?: Record<string, unknown>; drift?: Partial<Sketch>; isNew?: boolean } = {},
) {
  const root_module = { resources: [{ address: VM, expressions: code ?? {} }] };
  const one = plan(
    [{ address: VM, ...sketch }],
    drift ? [{ address: VM, ...drift }] : [],
    code ? { configuration: { root_module } } : {},
  );
  return readPlan(asPlan(one), {
    secrets: new Secrets(),
    recall: () => ({ isNew, firstSeenAt: NOW, sinceUpgrade: UPGRADE }),
    accepts: () => false,
    providers,
    noise: noiseFinder({ noise: true, versions: { [BPG]: "0.106.0" } }),
  });
}

const label = (...args: Parameters<typeof upgraded>) => {
  const [change] = upgraded(...args).changes;
  return change?.sinceUpgrade?.explains ? "explained" : change?.sinceUpgrade ? "labeled" : undefined;
};

Deno.test("readPlan() explains by an upgrade what the provider fills in and the code leaves open", () => {
  const code = { name: {}, agent: [{ enabled: {} }] };
  const rows: [title: string, now: "explained" | "labeled", ...args: Parameters<typeof upgraded>][] = [
    ["a default of the provider", "explained", { before: { kl: null }, after: { kl: "en-us" } }, { code }],
    ["one in a block of the code", "explained", {
      before: { agent: [{ enabled: true, type: null }] },
      after: { agent: [{ enabled: true, type: "virtio" }] },
    }, { code }],
    ["the zero that stands for none, read at last", "explained", { before: { kl: 0 }, after: { kl: null } }, {
      code,
      drift: { before: { kl: null }, after: { kl: 0 } },
    }],
    ["what the code sets", "labeled", { before: { name: null }, after: { name: "web" } }, { code }],
    ["what may be set by a dynamic block", "labeled", {
      before: { disk: [{ size: 8, ssd: null }] },
      after: { disk: [{ size: 8, ssd: true }] },
    }, { code }],
    ["code that the plan does not show", "labeled", { before: { kl: null }, after: { kl: "en-us" } }],
    ["a value read at last, and not in the code", "labeled", { before: { hook: "x" }, after: { hook: null } }, {
      code,
      drift: { before: { hook: null }, after: { hook: "x" } },
    }],
    ["a value that somebody took away", "labeled", { before: { kl: null }, after: { kl: "en-us" } }, {
      code,
      drift: { before: { kl: "en-us" }, after: { kl: null } },
    }],
    ["another value", "labeled", { before: { cores: 2 }, after: { cores: 4 } }, { code }],
    ["a default beside a real difference", "labeled", {
      before: { kl: null, cores: 2 },
      after: { kl: "en-us", cores: 4 },
    }, { code }],
    ["a whole block", "labeled", { before: { vga: [] }, after: { vga: [{ type: "std" }] } }, { code }],
    ["a whole list", "labeled", { before: { cpus: null }, after: { cpus: ["a"] } }, { code }],
    ["a replacement for noise", "labeled", {
      actions: ["delete", "create"],
      before: { tags: ["a"] },
      after: { tags: ["A"] },
      replace: [["tags"]],
    }, { code }],
    ["a replacement", "labeled", {
      actions: ["delete", "create"],
      before: { kl: null },
      after: { kl: "en-us" },
      replace: [["kl"]],
    }, { code }],
    ["a creation", "labeled", { actions: ["create"], after: { kl: "en-us" } }, { code }],
    ["a removal", "labeled", { actions: ["delete"], before: { kl: "en-us" } }, { code }],
  ];
  for (const [title, expected, ...args] of rows) assertEquals(label(...args), expected, title);
});

Deno.test("readPlan() keeps as drift what an upgrade explains, with why it is there", () => {
  const { changes: [change], findings } = upgraded({ before: { kl: null }, after: { kl: "en-us" } }, { code: {} });
  assertEquals(change!.attributes.map((one) => one.sinceUpgrade), [{ ...UPGRADE, explains: true }]);
  assertEquals(change!.note, "the provider fills in what the code leaves open, and nobody has changed it");
  assertEquals(findings.map(({ path, provider }) => [path, provider]), [["kl", BPG]]);
});

Deno.test("readPlan() labels noise that is new after an upgrade", () => {
  const { changes, observed: [noise], findings, noise: kept } = upgraded(
    { before: { tags: ["a"] }, after: { tags: ["A"] } },
    { code: { tags: {} } },
  );
  assertEquals([changes, findings], [[], []]);
  assertEquals([noise!.noise, noise!.sinceUpgrade], [["bpg-tags"], { ...UPGRADE, explains: true }]);
  assertEquals(kept.map(({ path, isNoise }) => [path, isNoise]), [["tags", true]]);
});

Deno.test("upgradeIn() gives no upgrade where one of the findings has another, or none", () => {
  const known = { isNew: true, firstSeenAt: NOW }, labeled = { ...known, sinceUpgrade: UPGRADE };
  assertEquals(upgradeIn([labeled, labeled], false), { sinceUpgrade: UPGRADE });
  assertEquals(upgradeIn([labeled, known], true), {});
  assertEquals(upgradeIn([labeled, { ...known, sinceUpgrade: { ...UPGRADE, to: "0.107.0" } }], true), {});
  assertEquals(upgradeIn([], true), {});
});
