import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { answersOf, nodeOf, type PlayedGuests } from "../../tests/support/cluster_of_guests.ts";
import { certificateFile, type PlayedAnswer, type Question, startPveApi, TOKEN } from "../../tests/support/pve_api.ts";
import { attribute, change, environment } from "../../tests/support/sample_reports.ts";
import type { Cluster, Config, Environment } from "../config/config.ts";
import type { KnownDevices } from "../providers/provider.ts";
import type { Change, EnvironmentReport, WitnessReport } from "../report.ts";
import type { GuestClaim, RememberedGuests } from "../witness/claims.ts";
import type { CheckResult } from "./check_result.ts";
import { openClusters } from "./clusters.ts";
import { parseMessages } from "../terraform/stream.ts";
import { memoryFile } from "./memory.ts";

const MONDAY = Date.parse("2026-11-23T06:00:00Z"), TUESDAY = Date.parse("2026-11-24T06:00:00Z");
const DAY = 86_400_000;

/** A run as it is played here. */
interface Run extends Omit<PlayedGuests, "clock"> {
  /** Settings of the cluster. */
  settings?: Partial<Cluster>;
  /** Milliseconds since 1970. */
  now?: number;
  /** Number of the VMs that "prod" claims; all where it is not said. */
  claimed?: number;
  /** What the check of "prod" found. */
  changes?: Change[];
  /** Values are hidden. */
  values?: Config["values"];
  /** The environments that are configured besides, and which VMs each has claimed before. */
  besides?: Record<string, number[]>;
  /** The run is one of several shards. */
  isShard?: true;
  /** The check does not remember what it found of guests. */
  isUnproven?: boolean;
  /** What the servers answer in place of what they would; nothing where they do as ever. */
  instead?: (question: Question) => PlayedAnswer | undefined;
  /** Ends the run. */
  stop?: AbortSignal;
  /** What the check gave, in place of what it would. */
  result?: (result: CheckResult) => CheckResult;
}

/** What a run came to. */
interface Told {
  report: WitnessReport;
  environment: EnvironmentReport;
  asked: string[];
  mostAtOnce: number;
  /** Whether the check of "prod" would read a plan that changes nothing. */
  readsPlan: boolean;
}

function claimsIn(ids: number[]): GuestClaim[] {
  return ids.map((id) => ({ kind: "qemu", id, address: addressOf(id) }));
}

function addressOf(id: number): string {
  return `proxmox_virtual_environment_vm.vm${id}`;
}

/** Plays runs one after the other in one state directory. */
async function inRuns(test: (run: (played: Run) => Promise<Told>, stateDir: string) => Promise<void>): Promise<void> {
  const stateDir = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    await Deno.writeTextFile(`${stateDir}/token`, TOKEN, { mode: 0o600 });
    await test((played) => run(stateDir, played), stateDir);
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

async function run(stateDir: string, played: Run): Promise<Told> {
  const { settings = {}, now = TUESDAY, claimed = played.vms, changes = [], besides = {} } = played;
  const usual = answersOf({ ...played, clock: now });
  await using api = await startPveApi((question) => played.instead?.(question) ?? usual(question));
  const cluster: Cluster = {
    ...{ name: "main", endpoints: [api.endpoint], insecure: false, timeoutMs: 10_000, ca: certificateFile("ca") },
    token: { file: `${stateDir}/token`, credential: "proxmox-token" },
    ...{ unmanaged: true, exclude: [], details: true, snapshotAgeMs: 30 * DAY, who: true, appliesAs: [], ha: "report" },
    ...settings,
  };
  const named = (name: string): Environment => ({
    ...{ name, dir: `/envs/${name}`, varFiles: [], backendConfig: [], timeoutMs: 1 },
    cluster: { name: "main", isNamed: true },
  });
  const environments = ["prod", ...Object.keys(besides)].map(named);
  const config = { clusters: [cluster], environments, stateDir, values: played.values ?? "show" } as Config;
  if (played.isShard) config.shard = { index: 1, of: 2, others: [] };
  using clusters = await openClusters(config, [environments[0]!], {
    world: { env: {}, uid: Deno.uid()!, gid: Deno.gid()!, now: () => now },
    stop: played.stop ?? new AbortController().signal,
  });
  const result = await checked(stateDir, {
    now,
    claims: claimsIn(Array.from({ length: claimed }, (_, at) => 101 + at)),
    changes,
    isProven: !played.isUnproven,
  });
  for (const [name, ids] of Object.entries(besides)) {
    if (ids.length > 0) await remember(stateDir, name, { ...result.guests!, claims: claimsIn(ids) });
  }
  const { proxmox: [report], environments: [told] } = await clusters.conclude([played.result?.(result) ?? result]);
  assertEquals(api.refused, []);
  const vms = result.guests!.claims.map(({ id, address }) =>
    [address, { type: "proxmox_virtual_environment_vm", idKey: "id", idValue: `${id}` }] as const
  );
  const messages = { ...parseMessages(""), refreshed: new Map(vms) };
  return {
    report: report!,
    environment: told!,
    asked: api.questions.map(({ path }) => path).sort(),
    mostAtOnce: api.counts.mostAtOnce,
    readsPlan: clusters.witnessOf(environments[0]!)!.readsPlan(messages, { at: "", cluster: "main", claims: [] }),
  };
}

/** What the check of "prod" leaves behind. */
async function checked(
  stateDir: string,
  { now, claims, changes, isProven }: { now: number; claims: GuestClaim[]; changes: Change[]; isProven: boolean },
): Promise<CheckResult> {
  const at = new Date(now + 1_000).toISOString();
  const guests: RememberedGuests = { at, ...isProven ? { cluster: "main" } : {}, claims };
  const report = environment("prod", { changes });
  await remember(stateDir, "prod", guests);
  const devices = new Map<string, KnownDevices>(
    claims.map(({ address }) => [address, { names: ["scsi0", "net0"], isWhole: true }]),
  );
  return { report, matchedRules: new Set(), guests: { ...guests, devices } };
}

/** Writes the memory of an environment. */
async function remember(stateDir: string, name: string, { at, cluster, claims }: RememberedGuests): Promise<void> {
  const guests = { at, ...cluster === undefined ? {} : { cluster }, claims };
  await memoryFile(`${stateDir}/memory/${name}.json`, () => TUESDAY).save({
    ...{ version: 1, salt: "ab", status: "ok", since: at, checkedAt: at, resources: 1, providers: {}, findings: [] },
    guests,
  });
}

const SHAPE: Omit<PlayedGuests, "clock"> = { vms: 100, nodes: 3 };

Deno.test("openClusters() asks four questions where nothing is new and nobody wants details", async () => {
  await inRuns(async (run) => {
    const { asked, report } = await run({ ...SHAPE, settings: { details: false } });
    assertEquals(asked, ["/access/permissions", "/cluster/resources", "/cluster/status", "/version"]);
    assertEquals([report.guests, report.looked], [{ managed: 100, unmanaged: 0, excluded: 0 }, undefined]);
  });
});

Deno.test("openClusters() asks one question more for each guest, and one for each that has snapshots, four at once", async () => {
  const more = (id: number) => id % 10 === 1 ? [{ key: "parent", value: "first" }] : [];
  const snapshots = () => [{ name: "first", snaptime: (TUESDAY - 40 * DAY) / 1000 }];
  await inRuns(async (run) => {
    for (const now of [MONDAY, TUESDAY]) {
      const { asked, report, mostAtOnce } = await run({ ...SHAPE, more, snapshots, now });
      assertEquals([asked.length, mostAtOnce <= 4, report.looked], [4 + 100 + 10, true, 100]);
      assertEquals(report.beyond.map(({ what }) => what), Array(10).fill('snapshot "first" was taken on 2026-10-15'));
    }
  });
});

Deno.test("openClusters() asks for records where a change is new: of each node one list, and the log once", async () => {
  const line = {
    uid: "1",
    node: "pve1",
    tag: "pvedaemon",
    pid: 1,
    pri: 6,
    user: "alice@pve",
    time: TUESDAY / 1000 - 60,
  };
  const log = [{ ...line, msg: "update VM 101: -cores 8" }, { ...line, msg: "update VM 102: -cores 8" }];
  const web = change({ address: addressOf(101), attributes: [attribute("cpu[0].cores", 2, 8)] });
  const known = change({
    address: addressOf(102),
    isNew: false,
    attributes: [attribute("cpu[0].cores", 2, 8, { isNew: false })],
  });
  await inRuns(async (run) => {
    await run({ ...SHAPE, now: MONDAY, settings: { details: false } });
    const { asked, environment } = await run({ ...SHAPE, log, changes: [web, known], settings: { details: false } });
    assertEquals(asked.length, 4 + 3 + 1);
    assertEquals(environment.changes.map(({ traces }) => traces), [[{
      at: new Date(TUESDAY - 60_000).toISOString(),
      ...{ user: "alice@pve", what: "changed", options: ["cores"], source: "log", byTerraform: false },
    }], undefined]);
    const silent = await run({ ...SHAPE, log, changes: [web], settings: { details: false, who: false } });
    assertEquals([silent.asked.length, silent.environment.changes[0]!.traces], [4, undefined]);
  });
});

Deno.test("openClusters() leaves guests of a node that is off alone, and forgets nothing of them", async () => {
  const more = () => [{ key: "scsi1", value: "local-lvm:vm-1-disk-1,size=8G" }];
  await inRuns(async (run) => {
    const all = await run({ ...SHAPE, vms: 6, more, now: MONDAY });
    const { report } = await run({ ...SHAPE, vms: 6, more, isOff: true });
    const off = [101, 102, 103, 104, 105, 106].filter((id) => nodeOf(id, 3) === "pve3");
    assertEquals(
      report.beyond.map(({ id }) => id),
      all.report.beyond.map(({ id }) => id).filter((id) => !off.includes(id)),
    );
    const { report: again } = await run({ ...SHAPE, vms: 6, more });
    assertEquals(again.beyond.map(({ isNew }) => isNew), Array(6).fill(false));
  });
});

Deno.test("openClusters() looks at guests while the checks plan where it knows them, and afterwards at new ones", async () => {
  await inRuns(async (run) => {
    await run({ ...SHAPE, vms: 3, claimed: 2, now: MONDAY });
    const { asked, report } = await run({ ...SHAPE, vms: 3, claimed: 3 });
    assertEquals([asked.filter((path) => path.endsWith("/pending")).length, report.looked], [3, 3]);
    // One that was given up is looked at for the last time, and not told of.
    assertEquals((await run({ ...SHAPE, vms: 3, claimed: 2 })).report.looked, 2);
  });
});

Deno.test("openClusters() tells of a stranger when it is new, after another look at the list", async () => {
  await inRuns(async (run) => {
    const first = await run({ ...SHAPE, vms: 3, claimed: 2, now: MONDAY, settings: { details: false } });
    assertEquals(first.report.unmanaged.map(({ id, isNew }) => [id, isNew]), [[103, false]]);
    const { report, asked } = await run({ ...SHAPE, vms: 4, claimed: 2, settings: { details: false } });
    assertEquals(report.unmanaged.map(({ id, isNew }) => [id, isNew]), [[103, false], [104, true]]);
    assertEquals(asked.length, 4 + 1);
    // An apply has taken it away since the first list.
    const gone = await run({ ...SHAPE, vms: 5, vmsLater: 4, claimed: 2, settings: { details: false } });
    assertEquals(gone.report.unmanaged.map(({ id }) => id), [103, 104]);
    const later = await run({ ...SHAPE, vms: 4, claimed: 2, now: TUESDAY + DAY, settings: { details: false } });
    assertEquals(later.report.unmanaged.map(({ isNew }) => isNew), [false, false]);
  });
});

Deno.test("openClusters() calls nothing unmanaged while an environment was never checked, is not proven, or is elsewhere", async () => {
  await inRuns(async (run) => {
    const never = await run({ ...SHAPE, vms: 3, claimed: 2, besides: { lab: [] } });
    const unproven = await run({ ...SHAPE, vms: 3, claimed: 2, isUnproven: true });
    const sharded = await run({ ...SHAPE, vms: 3, claimed: 2, isShard: true });
    for (const { report } of [never, unproven, sharded]) {
      assertEquals([report.guests, report.unmanaged], [undefined, []]);
    }
  });
});

Deno.test("openClusters() warns of rules that do nothing, of a guest claimed twice, and of a certificate that nobody checks", async () => {
  await inRuns(async (run, stateDir) => {
    const exclude = [{ tag: "ci", reason: "runners" }, { name: "vm103", reason: "by hand" }];
    const { environment, report } = await run({
      ...{
        ...SHAPE,
        vms: 3,
        claimed: 2,
        settings: { details: false, exclude, insecure: true },
        besides: { lab: [102] },
      },
    });
    assertEquals(report.guests, { managed: 2, unmanaged: 0, excluded: 1 });
    assertEquals(environment.warnings.map(({ summary }) => summary), [
      'Cluster "main" is asked without checking its certificate',
      'The exclude rule for tag "ci" matches nothing',
      "VM 102 is claimed by 2 resources",
    ]);
    await Deno.writeTextFile(`${stateDir}/witness/main.json`, "{");
    const damaged = await run({ ...SHAPE, vms: 3 });
    assertStringIncludes(damaged.environment.warnings[0]!.summary, 'The memory of cluster "main" was damaged');
  });
});

Deno.test("openClusters() says why a cluster is silent, and changes nothing else", async () => {
  await inRuns(async (run) => {
    const web = change({ address: addressOf(101), attributes: [attribute("cpu[0].cores", 2, 8)] });
    const refused = await run({ ...SHAPE, changes: [web], settings: { endpoints: ["https://127.0.0.1:1"] } });
    assertEquals([refused.report.error?.class, refused.report.version], ["network", undefined]);
    assertEquals(refused.report.guests, undefined);
    assertEquals({ ...refused.environment.changes[0], traces: undefined }, { ...web, traces: undefined });
    const tokenless = await run({ ...SHAPE, settings: { token: { credential: "proxmox-token" } } });
    assertStringIncludes(tokenless.report.error!.detail, "Cannot find the token for Proxmox");
  });
});

Deno.test("openClusters() hands on every verdict, whatever numbers a cluster answers and whatever goes wrong in ours", async () => {
  const web = change({ address: addressOf(101), attributes: [attribute("cpu[0].cores", 2, 8)] });
  const line = { uid: "1", node: "pve1", tag: "pvedaemon", pid: 1, pri: 6, user: "alice@pve" };
  const log = [{ ...line, time: 1e300, msg: "update VM 101: -cores 8" }];
  const tasks = (
    node: string,
  ) => [{ upid: "x", node, type: "qmconfig", id: "101", user: "alice@pve", starttime: 9e12 }];
  const snapshots = () => [{ name: "first", snaptime: -1e300 }];
  await inRuns(async (run) => {
    const more = () => [{ key: "parent", value: "first" }];
    const { environment, report } = await run({ ...SHAPE, vms: 3, log, tasks, snapshots, more, changes: [web] });
    assertEquals([environment.changes, report.looked], [[web], 0]);
    const broken = await run({
      ...{ ...SHAPE, vms: 3, changes: [web] },
      result: (result) => ({ ...result, guests: { ...result.guests!, devices: undefined! } }),
    });
    assertEquals([broken.environment.changes, broken.report.error?.class], [[web], "unknown"]);
  });
});

Deno.test("openClusters() takes a run that was stopped for no silence of the cluster, and forgets nothing", async () => {
  await inRuns(async (run, stateDir) => {
    await run({ ...SHAPE, vms: 3, now: MONDAY });
    const before = await Deno.readTextFile(`${stateDir}/witness/main.json`);
    const stop = new AbortController();
    const told = await run({
      ...{ ...SHAPE, vms: 4, claimed: 4, stop: stop.signal },
      more: () => [{ key: "scsi1", value: "local-lvm:vm-1-disk-1,size=8G" }],
      instead({ path }) {
        if (!path.endsWith("/104/pending")) return undefined;
        stop.abort("interrupted");
        return { fault: "silent" };
      },
    });
    assertEquals([told.report, told.environment.name], [undefined, "prod"]);
    assertEquals(await Deno.readTextFile(`${stateDir}/witness/main.json`), before);
  });
});

Deno.test("openClusters() says that there is no record only where it could read them all", async () => {
  const web = change({ address: addressOf(101), attributes: [attribute("cpu[0].cores", 2, 8)] });
  const gone = change({ address: addressOf(102), action: "create", attributes: [] });
  const rights = (root: Record<string, number>) => ({ "/": root, "/vms": { "VM.Audit": 1 } });
  await inRuns(async (run) => {
    const told = async (data: unknown, instead: (path: string) => PlayedAnswer | undefined = () => undefined) => {
      const { environment } = await run({
        ...{ ...SHAPE, vms: 3, changes: [web, gone], settings: { details: false } },
        instead: ({ path }) => path === "/access/permissions" ? { data } : instead(path),
      });
      return environment.changes.map(({ traces }) => traces);
    };
    const all = rights({ "VM.Audit": 1, "Sys.Audit": 1, "Sys.Syslog": 0 });
    assertEquals(await told(all), [[], []]);
    assertEquals(await told(rights({ "VM.Audit": 1, "Sys.Audit": 1 })), [undefined, []], "the log is its own alone");
    assertEquals(await told(rights({ "VM.Audit": 1, "Sys.Audit": 0 })), [undefined, undefined], "so are the tasks");
    const refused = (path: string) => path === "/nodes/pve2/tasks" ? { status: 595 } : undefined;
    assertEquals(await told(all, refused), [undefined, undefined], "a node does not answer");
    const silent = await run({ ...SHAPE, changes: [web], settings: { endpoints: ["https://127.0.0.1:1"] } });
    assertEquals(silent.environment.changes, [web], "nobody answers");
  });
});

Deno.test("openClusters() lets no secret out: none of a configuration, a log line, a task, or the token", async () => {
  const canaries = Array.from({ length: 20 }, (_, at) => `canary-${String(at).padStart(2, "0")}-hunter`);
  const [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = canaries as [string, ...string[]];
  const options = [
    { key: "description", value: a, pending: b },
    { key: "args", value: `-fw_cfg name=opt/${c}`, pending: `-fw_cfg name=opt/${d}` },
    { key: "sshkeys", value: e, pending: f },
    { key: "cipassword", value: g, pending: h },
    { key: "cicustom", value: `user=local:snippets/${i}`, delete: 1 },
    { key: "smbios1", value: `serial=${j}`, pending: `serial=${k}` },
    { key: "env", pending: l },
    { key: "hookscript", value: `local:snippets/${m}`, delete: 1 },
    { key: "an_option_of_tomorrow", value: n, pending: o },
  ];
  const line = { uid: "1", node: "pve1", tag: "pvedaemon", pid: 1, pri: 6, user: "alice@pve", time: TUESDAY / 1000 };
  const log = [`-description ${p} -${q} x`, `-args ${r} -cores 4`, `-sshkeys ${s}`, `-${t} 1`]
    .map((text) => ({ ...line, msg: `update VM 101: ${text}` }));
  const web = change({ address: addressOf(101), attributes: [attribute("an_attribute", 1, 2)] });
  await inRuns(async (run, stateDir) => {
    const told = await run({ ...SHAPE, vms: 2, log, changes: [web], more: () => options });
    assertEquals([told.report.waiting.length, told.environment.changes[0]!.traces?.length], [2, 4]);
    const memory = await Deno.readTextFile(`${stateDir}/witness/main.json`);
    const out = JSON.stringify([told.report, told.environment]) + memory;
    for (const secret of [...canaries, TOKEN, TOKEN.slice(TOKEN.indexOf("=") + 1)]) {
      assert(!out.includes(secret), secret);
    }
  });
});

Deno.test("openClusters() wants a plan that changes nothing read where a device is not accounted for, and only there", async () => {
  const disk = (id: number) => id === 102 ? [{ key: "scsi1", value: "local-lvm:vm-102-disk-1,size=8G" }] : [];
  await inRuns(async (run) => {
    const reads = async (played: Partial<Run> = {}) => (await run({ ...SHAPE, vms: 3, ...played })).readsPlan;
    assertEquals(await reads(), true, "nothing is known yet");
    assertEquals(await reads(), false, "all devices are known");
    assertEquals(await reads({ more: disk }), true, "a device came");
    assertEquals(await reads({ more: disk }), true, "it is still nobody's");
    assertEquals(await reads(), false, "it is gone");
    assertEquals(await reads({ vms: 4 }), true, "a guest is new");
    assertEquals(await reads({ isOff: true }), false, "a guest cannot be read");
    assertEquals(await reads({ more: disk, settings: { details: false } }), false, "nobody wants details");
  });
});
