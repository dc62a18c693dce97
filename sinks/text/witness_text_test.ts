import { assertEquals } from "@std/assert";
import { attribute, change } from "../../tests/support/sample_reports.ts";
import { beyond, stranger, trace, witness } from "../../tests/support/witness_reports.ts";
import type { AttributeChange, Change, Trace } from "../../drift/report.ts";
import { beyondText, coverageText, strangerText, traceLines, waitingText, witnessNews } from "./witness_text.ts";

const NOW = "2026-11-24T05:00:00.000Z";
const lines = (traces: Trace[] | undefined, attributes: AttributeChange[] = [], rest: Partial<Change> = {}) =>
  traceLines(change({ attributes, ...traces ? { traces } : {}, ...rest }), NOW, true);

Deno.test("traceLines() says nothing where nobody asked, and that there is no record where none was found", () => {
  assertEquals(lines(undefined), []);
  assertEquals(lines([]), ["no record of who did it was found"]);
});

Deno.test("traceLines() tells a request by the values that it changed, else by the names of its options", () => {
  const cores = attribute("cpu[0].cores", 2, 8);
  const memory = attribute("memory[0].dedicated", 2048, 4096);
  assertEquals(lines([trace({ options: ["cores", "memory"] })], [cores, memory]), [
    "cores 2 → 8, memory 2048 → 4096 · alice@pve, 04:42 UTC",
  ]);
  assertEquals(lines([trace({ options: ["cores", "sshkeys"] })], [cores]), [
    "cores 2 → 8, sshkeys · alice@pve, 04:42 UTC",
  ]);
  const secret = attribute("cipassword", "(sensitive)", "(sensitive)", { sensitive: true });
  const long = attribute("description", "x".repeat(30), "y");
  assertEquals(lines([trace({ options: ["cipassword", "description"] })], [secret, long]), [
    "changed cipassword, description · alice@pve, 04:42 UTC",
  ]);
  assertEquals(traceLines(change({ attributes: [cores], traces: [trace({ options: ["cores"] })] }), NOW, false), [
    "changed cores · alice@pve, 04:42 UTC",
  ]);
});

Deno.test("traceLines() lists all who may have done it, and chooses none", () => {
  const traces = [trace(), trace({ user: "bob@pam", at: "2026-11-23T09:05:00.000Z" }), trace({ options: ["cores"] })];
  assertEquals(lines(traces), [
    "changed memory · alice@pve, 04:42 UTC, or bob@pam, 2026-11-23 09:05 UTC",
    "changed cores · alice@pve, 04:42 UTC",
  ]);
});

Deno.test("traceLines() says of a task that the task log has it, and of a token that applies that it was an apply", () => {
  const task = trace({ what: "destroyed", source: "task", options: [] });
  assertEquals(lines([task]), ["the task log has: destroyed by alice@pve at 04:42 UTC"]);
  const moved = trace({ what: "moved", source: "task", user: "root@pam", byHa: true });
  assertEquals(lines([moved]), ["the task log has: moved by HA at 04:42 UTC"]);
  const apply = trace({ user: "terraform@pve!ci", byTerraform: true });
  assertEquals(lines([apply]), ["changed memory · an apply from elsewhere (terraform@pve!ci), 04:42 UTC"]);
  assertEquals(lines([apply], [], { origin: "pending" }), ["changed memory · an apply (terraform@pve!ci), 04:42 UTC"]);
});

Deno.test("coverageText() counts what is managed and not, and says where that is not known", () => {
  assertEquals(
    coverageText(witness({ guests: { managed: 1, unmanaged: 2, excluded: 3 } })),
    "1 guest managed, 2 in no state that is checked here, 3 excluded",
  );
  assertEquals(coverageText({}), "coverage is not known, so no guest is called unmanaged");
});

Deno.test("strangerText(), waitingText() and beyondText() say what helps to find whose a guest is", () => {
  assertEquals(
    strangerText(stranger({ tags: ["a", "b"], pool: "p" }), NOW),
    'VM 131 "jump-temp" on pve2, running, pool p, tags a b, new',
  );
  const { name: _, ...unnamed } = stranger({
    type: "lxc",
    template: true,
    isNew: false,
    firstSeenAt: "2026-11-20T05:00:00.000Z",
  });
  assertEquals(strangerText(unnamed, NOW), "Container 131 on pve2, template, seen for 4d");
  const options = [
    { option: "cipassword", running: "(sensitive)", written: "(sensitive)" },
    { option: "cores", running: "2", written: null },
  ];
  assertEquals(
    waitingText({ id: 1, type: "qemu", name: "web", options }),
    'VM 1 "web": cipassword (sensitive), cores 2 → (none)',
  );
  assertEquals(beyondText(beyond({ what: "unused disk unused0" }), NOW), 'VM 102 "db": unused disk unused0, new');
});

Deno.test("witnessNews() leaves out what is known, and counts it all the same", () => {
  const known = { isNew: false };
  const shown = witness({ unmanaged: [stranger(), stranger(known)], beyond: [beyond(known), beyond()] });
  const news = witnessNews(shown);
  assertEquals([news.guests?.unmanaged, news.unmanaged.length, news.beyond.length, shown.unmanaged.length], [
    2,
    1,
    1,
    2,
  ]);
});
