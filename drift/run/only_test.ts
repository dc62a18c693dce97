import { assertEquals } from "@std/assert";
import { change, environment, report } from "../../tests/support/sample_reports.ts";
import { type DriftReport, type Only } from "../report.ts";
import { outcomeOf } from "./build_report.ts";
import { partOf } from "./only.ts";

const byHand = change();
const waiting = change({ address: "vm.lab", origin: "pending" });
const failed = { class: "auth", summary: "no", detail: "", cure: "Mend it" } as const;

function whole(): DriftReport {
  const environments = [
    environment("prod", { changes: [byHand, waiting], resolved: [{ address: "vm.a", origin: "outside" }] }),
    environment("lab1", { changes: [waiting], previousStatus: "drift" }),
    environment("lab2", { error: failed, changes: [waiting] }),
    environment("other"),
  ];
  return { ...report(environments), ...outcomeOf(environments), configured: ["prod", "lab1", "lab2", "other", "lab3"] };
}

const part = (only: Only, rest: Parameters<typeof partOf>[2] = {}) => partOf(whole(), only, rest);
const facts = ({ status, exitCode, summary, environments }: DriftReport) => ({
  status,
  exitCode,
  summary: Object.values(summary),
  environments: environments.map(({ name, status, resourcesChanged, counts, changes }) =>
    [name, status, resourcesChanged, counts.update, changes.length].join(" ")
  ),
});

Deno.test("partOf() gives the environments that are meant, as if there were no others", () => {
  const prod = part({ env: ["prod", "oth*"] });
  assertEquals(facts(prod), {
    status: "drift",
    exitCode: 2,
    summary: [2, 1, 1, 0, 2],
    environments: ["prod drift 2 2 2", "other ok 0 0 0"],
  });
  assertEquals(prod.configured, ["prod", "other"]);
  assertEquals(prod.only, { env: ["prod", "oth*"] });
  assertEquals(facts(part({ env: ["lab3"] })), {
    status: "ok",
    exitCode: 0,
    summary: [0, 0, 0, 0, 0],
    environments: [],
  });
});

Deno.test("partOf() leaves changes of other origins out, counts what is left, and tells what is left out", () => {
  const hand = part({ origin: ["outside", "both"] });
  assertEquals(facts(hand), {
    status: "error",
    exitCode: 3,
    summary: [4, 2, 1, 1, 1],
    environments: ["prod drift 1 1 1", "lab1 ok 0 0 0", "lab2 error 0 0 0", "other ok 0 0 0"],
  });
  assertEquals(hand.environments.map(({ leftOut }) => leftOut), [["vm.lab"], ["vm.lab"], ["vm.lab"], undefined]);
  assertEquals(hand.environments[2]!.error, failed);
  assertEquals(hand.configured, whole().configured);
});

Deno.test("partOf() keeps of what is in order again, and of the status before, what belongs to these changes", () => {
  const [prod] = part({ origin: ["pending"] }).environments;
  assertEquals(prod!.resolved, []);
  const [, lab] = part({ origin: ["outside"] }).environments;
  assertEquals(lab!.previousStatus, "ok");
  const known = { ...whole(), environments: [environment("a", { previousStatus: "drift", changes: [waiting] })] };
  const gone = { address: "vm.b", origin: "outside" as const };
  const [still] = partOf({ ...known, environments: [{ ...known.environments[0]!, resolved: [gone] }] }, {
    origin: ["outside"],
  }, {}).environments;
  assertEquals([still!.status, still!.previousStatus, still!.resolved], ["ok", "drift", [gone]]);
});

Deno.test("partOf() counts for the exit code what the run counts", () => {
  assertEquals(part({ env: ["lab1"] }).exitCode, 2);
  assertEquals(part({ env: ["lab1"] }, { failOn: "outside" }).exitCode, 0);
});

Deno.test("partOf() gives of clusters what is the environments' that are meant, and what is nobody's", () => {
  const guest = { id: 101, type: "qemu" };
  const witness = (cluster: string) => ({
    ...{ cluster, endpoint: "https://pve1:8006", askedAt: "2026-11-24T05:00:00.000Z", beyond: [] },
    unmanaged: [{
      ...{ ...guest, node: "pve1", status: "running", tags: [], template: false },
      ...{ firstSeenAt: "2026-11-24T05:00:00.000Z", isNew: true },
    }],
    waiting: [{ ...guest, environment: "prod", options: [] }, { ...guest, environment: "lab1", options: [] }],
  });
  const clusters = { clusters: ["main", "site2", "site3"], proxmox: [witness("main"), witness("site2")] };
  const clusterOf = new Map([["prod", "main"], ["lab1", "main"], ["lab2", "site2"], ["other", "site3"]]);
  const prod = partOf({ ...whole(), ...clusters }, { env: ["prod"] }, { clusterOf });
  assertEquals(prod.clusters, ["main"]);
  assertEquals(prod.proxmox!.map(({ cluster, unmanaged, waiting }) => [cluster, unmanaged.length, waiting.length]), [
    ["main", 1, 1],
  ]);
  const hand = partOf({ ...whole(), ...clusters }, { origin: ["outside"] }, { clusterOf });
  assertEquals([hand.clusters, hand.proxmox], [clusters.clusters, clusters.proxmox]);
});

Deno.test("partOf() leaves the last status to what the run did not look at", () => {
  const known = {
    ...environment("a", { changes: [waiting] }),
    changes: [],
    skipped: { reason: "nothing has changed" },
  };
  const { environments } = partOf({ ...whole(), environments: [known] }, { origin: ["outside"] }, {});
  assertEquals(environments, [known]);
});
