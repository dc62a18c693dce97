/** A whole run with a second witness: recorded plans of bpg/proxmox, and Proxmox's API played over TLS. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Plan } from "../../drift/terraform/plan.ts";
import { bothVmsGone, recordedPlan, streamOf } from "../support/attempts.ts";
import { Estate, simple } from "../support/estate.ts";
import { certificateFile, type PlayedAnswer, type Question, startPveApi, TOKEN } from "../support/pve_api.ts";
import { testTerraform } from "../support/programs.ts";

const WEB = 'module.vm["web"].proxmox_virtual_environment_vm.this';
const RIGHTS = { "VM.Audit": 1, "Sys.Audit": 1 };
const container = (vmid: number, name: string) => ({
  ...{ type: "lxc", vmid, name, id: `lxc/${vmid}`, node: "pve1", status: "running" },
});
const vm = (vmid: number, name: string, node = "pve1") => ({
  ...{ type: "qemu", vmid, name, id: `qemu/${vmid}`, node, status: "running" },
});
const CONTAINERS = [container(201, "dns"), container(202, "proxy")];

/** A cluster of one token that may look at everything, with these guests. */
function cluster(guests: readonly { vmid: number; type: string }[]): (question: Question) => PlayedAnswer {
  return ({ path, query }) => {
    switch (path) {
      case "/version":
        return { data: { version: "9.2.11", release: "9.2", repoid: "0" } };
      case "/access/permissions":
        return { data: query.path ? { [query.path]: RIGHTS } : { "/": RIGHTS, "/vms": RIGHTS, "/nodes": RIGHTS } };
      case "/cluster/resources":
        return { data: guests };
      case "/cluster/status":
        return { data: [{ type: "cluster", name: "lab", quorate: 1 }, { type: "node", name: "pve1", online: 1 }] };
    }
    const [, kind, id] = /^\/nodes\/pve1\/(qemu|lxc)\/(\d+)\/(?:config|pending)$/.exec(path) ?? [];
    if (kind && !guests.some(({ type, vmid }) => type === kind && vmid === Number(id))) {
      const folder = kind === "qemu" ? "qemu-server" : kind;
      const message = `Configuration file 'nodes/pve1/${folder}/${id}.conf' does not exist`;
      return { status: 500, statusText: message, data: null };
    }
    return { data: [] };
  };
}

/** An estate of one environment, whose terraform replays a plan. */
async function replaying(json: Plan, proxmox?: Record<string, unknown>): Promise<Estate> {
  const estate = await Estate.create({ prod: { "main.tf": "# Never read: its plan is a recorded one.\n" } });
  estate.bin = "/bin/sh";
  const file = (name: string) => join(estate.dir, name);
  await Deno.writeTextFile(file("plan.json"), JSON.stringify(json));
  await Deno.writeTextFile(file("stream.jsonl"), streamOf(json));
  await Deno.writeTextFile(file("token"), TOKEN, { mode: 0o600 });
  const { bin } = await estate.standIn(`case "$1" in
    plan) for one; do case "$one" in -out=*) : >"\${one#-out=}" ;; esac; done
      cat '${file("stream.jsonl")}'; exit 2 ;;
    show) cat '${file("plan.json")}' ;;
  esac`);
  await estate.configure({ environments: { prod: {} }, terraform: { bin }, ...(proxmox ? { proxmox } : {}) });
  return estate;
}

Deno.test("a run ends a suspicion where the second witness proves that the guests were deleted, and remembers who claims them", async () => {
  const json = await bothVmsGone();
  await using api = await startPveApi(cluster(CONTAINERS));
  const settings = { endpoint: api.endpoint, tokenFile: "token", ca: certificateFile("ca"), details: false };
  await using estate = await replaying(json, settings);
  const { report, code } = await estate.report();
  const [prod] = report.environments;
  assertEquals([code, prod!.status, prod!.warnings], [2, "drift", []]);
  const found = prod!.changes.filter(({ action }) => action === "create");
  assertEquals(found.map(({ witness, confirmed }) => [witness, confirmed]), [
    [{ found: "deleted" }, true],
    [{ found: "deleted" }, true],
  ]);
  assertEquals([api.refused, new Set(api.questions.map(({ token }) => token))], [[], new Set([TOKEN])]);
  const memory = JSON.parse(await Deno.readTextFile(join(estate.dir, "state/memory/prod.json")));
  assertEquals([memory.guests.cluster, memory.guests.claims.map(({ id }: { id: number }) => id).toSorted()], [
    "proxmox",
    [101, 102, 201, 202],
  ]);
  assertEquals(JSON.stringify(memory).includes("6f0b2e0c"), false);
});

Deno.test("a run makes a suspicion of a guest that the second witness still lists, and says where one is that moved", async () => {
  const json = await recordedPlan("vm_deleted");
  for (
    const [node, wanted] of [
      ["pve1", [1, "error", "suspect", "guests-present", "exists"]],
      ["pve2", [2, "drift", undefined, undefined, "moved"]],
    ] as const
  ) {
    await using api = await startPveApi(cluster([...CONTAINERS, vm(102, "db"), vm(101, "web", node)]));
    const settings = { endpoint: api.endpoint, tokenFile: "token", ca: certificateFile("ca"), details: false };
    await using estate = await replaying(json, settings);
    const { report, code } = await estate.report();
    const [prod] = report.environments;
    const { error, changes } = prod!;
    const { witness } = changes.find(({ address }) => address === WEB)!;
    assertEquals([code, prod!.status, error?.class, error?.reason, witness?.found], [...wanted], node);
    if (error) assertStringIncludes(error.cure, "token of the provider");
  }
});

Deno.test("a run comes to the verdicts of the plan alone with a witness that is down, of another cluster, or not asked", async () => {
  const json = await bothVmsGone();
  await using other = await startPveApi(cluster([container(201, "mail"), container(202, "proxy")]));
  await using refusing = await startPveApi(() => ({ status: 401, statusText: "authentication failure", data: null }));
  const reach = (endpoint: string) => ({ endpoint, tokenFile: "token", ca: certificateFile("ca"), details: false });
  const rows: [title: string, proxmox: Record<string, unknown> | undefined, warning: string | undefined][] = [
    ["none", undefined, undefined],
    ["down", reach("https://127.0.0.1:9"), "did not answer"],
    ["another cluster", reach(other.endpoint), "container 201 is called otherwise there"],
    ["a bad token", reach(refusing.endpoint), "did not answer"],
    ["another authority", { endpoint: other.endpoint, tokenFile: "token", details: false }, "did not answer"],
  ];
  for (const [title, proxmox, warning] of rows) {
    await using estate = await replaying(json, proxmox);
    const { report, code } = await estate.report();
    const [prod] = report.environments;
    assertEquals([code, prod!.status, prod!.error?.reason], [1, "error", "objects-contradicted"], title);
    const said = prod!.warnings.map(({ summary }) => summary);
    assertEquals(said.length > 0, warning !== undefined, `${title}: ${said}`);
    if (warning) assertStringIncludes(said.join("\n"), warning, title);
  }
});

testTerraform("a clean environment stays so with a witness that is down, and its plan is read besides", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await Deno.writeTextFile(join(estate.dir, "token"), TOKEN, { mode: 0o600 });
  await estate.configure({ proxmox: { endpoint: "https://127.0.0.1:9", tokenFile: "token", insecure: true } });
  const { code, stderr } = await estate.drift(["--all", "--verbose"]);
  const steps = [...stderr.matchAll(/prod: ([a-z ]+)$/gm)].map(([, step]) => step);
  assertEquals([code, steps], [0, [
    "initializing",
    "planning",
    "reading the plan",
    "asking the second witness",
    "ok",
  ]]);
  const { report } = await estate.report();
  assertEquals([report.environments[0]!.status, report.proxmox?.[0]?.error?.class], ["ok", "network"]);
  const memory = JSON.parse(await Deno.readTextFile(join(estate.dir, "state/memory/prod.json")));
  const watched = { topics: [], firewalled: [] };
  assertEquals(memory.guests, { at: memory.guests.at, cluster: "proxmox", claims: [], watched });
});

Deno.test("a look plans only what has changed at Proxmox or in the files, and never calls the rest conforming", async () => {
  const guests = [...CONTAINERS, vm(101, "web"), vm(102, "db")];
  await using api = await startPveApi((question) => cluster(guests)(question));
  const settings = { endpoint: api.endpoint, tokenFile: "token", ca: certificateFile("ca") };
  await using estate = await replaying(await recordedPlan("ram_added"), settings);
  const look = async () => {
    await Deno.remove(join(estate.dir, "calls")).catch(() => {});
    const { report, code } = await estate.report(["--all", "--if-changed"]);
    const isPlanned = await Deno.stat(join(estate.dir, "calls")).then(() => true, () => false);
    return { report, code, prod: report.environments[0]!, isPlanned };
  };
  assertStringIncludes((await look()).prod.skipped?.reason ?? "", "no plan has proven yet");
  assertEquals((await estate.report()).code, 2);
  const steps: [what: string, act: () => unknown, isPlanned: boolean][] = [
    ["the first look", () => {}, true],
    ["nothing", () => {}, false],
    ["a VM was stopped", () => guests[2] = { ...vm(101, "web"), status: "stopped" }, true],
    ["nothing more", () => {}, false],
    ["a guest that nobody knows", () => guests.push(vm(300, "stranger")), true],
    ["it is gone", () => guests.pop(), false],
    ["a comment in the code", () => estate.write("prod", { "main.tf": "# Another one.\n" }), true],
    ["nothing again", () => {}, false],
  ];
  for (const [what, act, isPlanned] of steps) {
    await act();
    const { prod, code, report, ...came } = await look();
    assertEquals([came.isPlanned, prod.skipped === undefined, code], [isPlanned, isPlanned, isPlanned ? 2 : 0], what);
    if (!isPlanned) {
      assertEquals([prod.status, report.summary.environments, prod.changes], ["drift", 0, []], what);
      assertStringIncludes(prod.skipped!.reason, "nothing that was looked at has changed");
    }
  }
  const { terraform } = JSON.parse(await Deno.readTextFile(join(estate.dir, "pve-drift.json")));
  await estate.configure({
    environments: { prod: {} },
    terraform,
    proxmox: { ...settings, endpoint: "https://127.0.0.1:9" },
  });
  const deaf = await look();
  assertEquals([deaf.isPlanned, deaf.code, deaf.prod.skipped!.lookedAt], [false, 0, undefined]);
  assertStringIncludes(deaf.prod.skipped!.reason, "the second witness is silent");
});
