import { assertEquals } from "@std/assert";
import { type Play, playedWitness, refusal, unreachable } from "../../tests/support/played_cluster.ts";
import { readRecords } from "./records.ts";

const ALL = { "/": { "Sys.Audit": true, "Sys.Syslog": false } };
const NOW = Date.parse("2026-11-30T12:00:00Z"), clock = () => NOW;

Deno.test("readRecords() asks each node for its tasks and the cluster for its log, once", async () => {
  const task = { upid: "UPID:", type: "qmstop", id: "101", user: "alice@pve", starttime: 1 };
  const line = { time: 1, node: "pve1", user: "bob@pve", tag: "pvedaemon", msg: "update VM 101: -cores 4" };
  const { witness, asked } = playedWitness({ lists: [[]], tasks: (node) => [{ ...task, node }], log: [line] });
  const records = await readRecords(witness, ["pve1", "pve2"], { sinceMs: NOW - 86_400_000, clock });
  const since = (NOW - 86_400_000) / 1000 - 3_600;
  const once = ["permissions", "status", "version"];
  assertEquals(asked.filter((question) => !once.includes(question)).sort(), [
    "log 1000",
    `tasks pve1 since ${since}`,
    `tasks pve2 since ${since}`,
  ]);
  assertEquals(records.tasks.map(({ node }) => node), ["pve1", "pve2"]);
  assertEquals([records.lines, records.clockAheadMs], [[line], 0]);
});

Deno.test("readRecords() has what could be read where a node or the log refuses", async () => {
  const refused = refusal(403, "Permission check failed (/nodes/pve2, Sys.Audit)");
  const task = { upid: "UPID:", type: "qmstop", id: "101", user: "alice@pve", starttime: 1 };
  const { witness } = playedWitness({
    lists: [[]],
    tasks: (node) => node === "pve2" ? refused : [{ ...task, node }],
    log: refusal(500, "illegal backslash escape sequence in string"),
  });
  const { tasks, lines } = await readRecords(witness, ["pve1", "pve2"], { sinceMs: 0, clock });
  assertEquals([tasks.length, lines], [1, []]);
});

Deno.test("readRecords() knows whether it could read all that there is", async () => {
  const isWhole = async (play: Partial<Play>, nodes = ["pve1"]) => {
    const { witness } = playedWitness({ lists: [[]], permissions: ALL, tasks: () => [], log: [], ...play });
    return (await readRecords(witness, nodes, { sinceMs: 0, clock })).isWhole;
  };
  assertEquals(await isWhole({}), { tasks: true, log: true });
  assertEquals(await isWhole({ permissions: { "/": { "Sys.Audit": true } } }), { tasks: true, log: false });
  const narrow = { "/": { "Sys.Audit": false, "Sys.Syslog": false } };
  assertEquals(await isWhole({ permissions: narrow }), { tasks: false, log: true }, "its own tasks alone");
  assertEquals(await isWhole({ tasks: () => refusal(595, "no route to host") }), { tasks: false, log: true });
  assertEquals(await isWhole({ log: refusal(403, "no") }), { tasks: true, log: false });
  assertEquals(await isWhole({}, []), { tasks: false, log: true }, "the nodes are not known");
  assertEquals(await isWhole({ version: unreachable() }), { tasks: false, log: false });
});
