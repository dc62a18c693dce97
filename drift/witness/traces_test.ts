import { assertEquals } from "@std/assert";
import { logLines, tasks } from "../../lib/proxmox_api/answers.ts";
import type { LogLine, Task } from "../../lib/proxmox_api/types.ts";
import type { Trail } from "../providers/provider.ts";
import { mayLackAuthor, type Question, tracesOf } from "./traces.ts";

const fixtures = new URL("../../tests/fixtures/pve-api/", import.meta.url);

/** The first answer of Proxmox's own code that has entries. */
async function answer(name: string): Promise<unknown> {
  const { asked } = JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, fixtures)));
  return asked.find(({ data }: { data?: unknown[] }) => (data?.length ?? 0) > 0).data;
}

const CORES: Trail = { about: "config", options: /^cores$/, isRecorded: true };
const EXISTENCE: Trail = { about: "existence", isRecorded: true };
const POWER: Trail = { about: "power", isRecorded: true };
const APPLY = ["terraform@pve!apply"];

function ask(id: number, trails: Trail[], records: { tasks?: Task[]; lines?: LogLine[]; clockAheadMs?: number }, {
  kind = "qemu",
  since = 0,
  isManagedByHa = false,
}: Partial<Question["guest"] & Question> = {}) {
  const question = { guest: { kind, id }, trails, since, isManagedByHa };
  return tracesOf(
    question,
    { tasks: [], lines: [], clockAheadMs: 0, isWhole: { tasks: true, log: true }, ...records },
    APPLY,
  );
}

function line(msg: string, rest: Partial<LogLine> = {}): LogLine {
  return { time: 1_767_222_020, node: "pve1", user: "alice@pve", tag: "pvedaemon", msg, ...rest };
}

function task(type: string, rest: Partial<Task> = {}): Task {
  return { upid: "UPID:", node: "pve1", type, id: "101", user: "alice@pve", starttime: 1_767_222_020, ...rest };
}

Deno.test("tracesOf() names who asked for a change of a VM's options, and the options alone", async () => {
  const lines = logLines(await answer("log/who_sees_what"));
  assertEquals(ask(101, [CORES], { lines }), [{
    at: "2025-12-31T23:00:20.000Z",
    user: "alice@pve",
    what: "changed",
    options: ["cores", "memory", "tags"],
    source: "log",
    byTerraform: false,
  }]);
  assertEquals(ask(102, [CORES], { lines }), []);
  // A number of a container is not one of a VM.
  assertEquals(ask(101, [CORES], { lines }, { kind: "lxc" }), []);
});

Deno.test("tracesOf() leaves out a line whose options hold nothing of what differs, unless that is not known", async () => {
  const lines = logLines(await answer("log/who_sees_what"));
  const tablet: Trail = { about: "config", options: /^tablet$/, isRecorded: true };
  assertEquals(ask(101, [tablet], { lines }), []);
  const users = ask(101, [{ about: "config", isRecorded: true }], { lines }).map(({ user }) => user);
  assertEquals(users, ["alice@pve", "alice@pve!ci"]);
});

Deno.test("tracesOf() lists every candidate, the oldest first", () => {
  const lines = [
    line("update VM 101: -cores 8", { time: 1_767_222_090, user: "bob@pve" }),
    line("update VM 101: -cores 4"),
  ];
  assertEquals(ask(101, [CORES], { lines }).map(({ user }) => user), ["alice@pve", "bob@pve"]);
  const atOnce = lines.map((one) => ({ ...one, time: 1_767_222_020 }));
  assertEquals(ask(101, [CORES], { lines: atOnce }).map(({ user }) => user), ["alice@pve", "bob@pve"]);
});

Deno.test("tracesOf() says who destroyed, moved or stopped a guest, and whose task failed", async () => {
  const done = tasks(await answer("tasks/archived_and_active"));
  const told = (id: number, trail: Trail, kind: "qemu" | "lxc" = "qemu") =>
    ask(id, [trail], { tasks: done }, { kind }).map(({ what, user, source }) => `${source}: ${what} by ${user}`);
  assertEquals(told(105, EXISTENCE), ["task: destroyed by bob@pve"]);
  assertEquals(told(201, EXISTENCE, "lxc"), ["task: destroyed by alice@pve!ci"]);
  assertEquals(told(103, { about: "node", isRecorded: true }), ["task: migrated by root@pam"]);
  assertEquals(
    told(104, POWER),
    ["task: shut down by bob@pve"].map((text) => text.replace(" by", ", which failed by")),
  );
  // A console or a snapshot changes nothing.
  assertEquals(
    told(101, CORES),
    ["task: changed, which failed by alice@pve"],
  );
  assertEquals(told(102, CORES).includes("task: disk deleted by alice@pve"), true);
});

Deno.test("tracesOf() says of a move by HA's agent that HA made it, and tells the person who asked HA for one", () => {
  const node: Trail = { about: "node", isRecorded: true };
  const by = (done: Task[], isManagedByHa = true) =>
    // Proxmox gives the newest first.
    ask(101, [node], { tasks: done.toReversed() }, { isManagedByHa })
      .map(({ what, user, byHa }) => `${what} by ${byHa ? "HA" : user}`);
  const agent = task("qmigrate", { user: "root@pam", starttime: 1_767_222_100 }), request = task("hamigrate");
  const again = { ...agent, starttime: 1_767_222_900 };
  assertEquals(by([agent]), ["moved by HA"]);
  assertEquals(by([{ ...agent, status: "migration aborted" }]), ["moved, which failed by HA"]);
  assertEquals(by([agent], false), ["migrated by root@pam"]);
  assertEquals(by([task("qmigrate")]), ["migrated by alice@pve"], "no agent");
  assertEquals(by([request, agent]), ["moved by HA, asked for by alice@pve"]);
  assertEquals(by([agent, request]), ["moved by HA, asked for by alice@pve"], "the list of another node");
  assertEquals(by([request, agent], false), ["moved by HA, asked for by alice@pve"], "managed no more");
  assertEquals(by([request, agent, again]), ["moved by HA, asked for by alice@pve", "moved by HA"]);
  assertEquals(by([agent, { ...request, starttime: 1_767_222_500 }, again]), [
    "moved by HA",
    "moved by HA, asked for by alice@pve",
  ]);
});

Deno.test("tracesOf() takes nothing for an apply but the token ids that are named", () => {
  const by = (user: string) => ask(101, [EXISTENCE], { tasks: [task("qmdestroy", { user })] })[0]?.byTerraform;
  assertEquals(by("terraform@pve!apply"), true);
  for (const user of ["terraform@pve", "terraform@pve!apply2", "root@pam"]) assertEquals(by(user), false, user);
});

Deno.test("tracesOf() leaves out what is older than the last plan, by our clock", () => {
  const since = 1_767_222_020_000;
  const count = (time: number, clockAheadMs: number) =>
    ask(101, [CORES], { lines: [line("update VM 101: -cores 4", { time })], clockAheadMs }, { since }).length;
  assertEquals([count(1_767_222_020, 0), count(1_767_221_900, 0)], [1, 0]);
  assertEquals([count(1_767_222_320, 300_000), count(1_767_222_200, 300_000)], [1, 0]);
});

Deno.test("tracesOf() tells once what stands in the log and in a task", () => {
  const lines = [line("update VM 101: -scsi1 local-lvm:32", { time: 1_767_222_021 })];
  const disk: Trail = { about: "config", options: /^scsi\d+$/, isRecorded: true };
  assertEquals(ask(101, [disk], { lines, tasks: [task("qmconfig")] }).map(({ source }) => source), ["log"]);
  assertEquals(ask(101, [disk], { lines, tasks: [task("qmconfig", { user: "bob@pve" })] }).length, 2);
  assertEquals(ask(101, [disk], { tasks: [task("qmconfig"), task("constructor")] }).length, 1);
});

Deno.test("tracesOf() keeps no value of an option, and takes none for a name", () => {
  const secret = [
    "update VM 101: -description a note -hunter2 -cores 7",
    "update VM 101: -args -fw_cfg name=opt/hunter2,string=hunter2 -hunter2",
    "update VM 101: -cipassword <hidden> -sshkeys ssh-ed25519%20hunter2",
    "update VM 101: -cores hunter2 -delete hunter2,tags -hunter2 hunter2",
    "update VM 101: resize --disk scsi0 --size +hunter2",
    "update VM 101: -hunter2",
    "update VM 101: ",
    "hunter2",
  ];
  // Proxmox gives the newest first.
  const lines = secret.map((msg) => line(msg)).reverse();
  const traces = ask(101, [{ about: "config", isRecorded: true }], { lines });
  assertEquals(traces.map(({ options }) => options), [
    ["description"],
    ["args"],
    ["cipassword", "sshkeys"],
    ["cores", "tags"],
    ["scsi0"],
    undefined,
    undefined,
  ]);
  // What follows a text cannot be read, so the line may be of any option.
  assertEquals(ask(101, [CORES], { lines: [line(secret[0]!), line("update VM 101: -memory 1")] }).length, 1);
});

Deno.test("mayLackAuthor() knows the changes that Proxmox records nothing of", () => {
  assertEquals(mayLackAuthor([{ about: "config", isRecorded: false }]), true);
  assertEquals(mayLackAuthor([CORES, POWER]), false);
});
