import { assertEquals } from "@std/assert";
import { environment } from "../../tests/support/sample_reports.ts";
import { ram } from "../../tests/support/findings.ts";
import type { EnvironmentReport } from "../report.ts";
import type { Finding } from "../verdict/file_entry.ts";
import { aboutState, type Memory, newSalt, remember } from "./memory.ts";
import { recallFrom } from "./recall.ts";

const first = "2026-11-23T06:00:00.000Z", second = "2026-11-24T06:00:00.000Z", third = "2026-11-25T06:00:00.000Z";
const salt = newSalt();
const BPG = "registry.terraform.io/bpg/proxmox", RANDOM = "registry.terraform.io/hashicorp/random";
const report = (
  status: EnvironmentReport["status"],
  startedAt: string,
  providers: Record<string, string> = {},
): EnvironmentReport => environment("prod", { status, startedAt, since: startedAt, providers, durationMs: 0 });
const known: Memory = remember(report("drift", first), { findings: [ram(4096)], resources: 13 }, undefined, salt);
const asking = { salt, startedAt: second, versions: {} };

Deno.test("recallFrom() knows a finding again, and takes another value or path for a new one", () => {
  const recall = recallFrom(known, asking);
  assertEquals(recall(ram(4096)), { isNew: false, firstSeenAt: first });
  assertEquals(recall(ram(8192)), { isNew: true, firstSeenAt: second });
  assertEquals(recall({ ...ram(4096), path: "cores" }), { isNew: true, firstSeenAt: second });
  assertEquals(recallFrom(undefined, asking)(ram(4096)).isNew, true);
});

Deno.test("recallFrom() knows an attribute again whose change has another origin, since another attribute was put back", () => {
  const both = remember(
    report("drift", first),
    { findings: [{ ...ram(4096), origin: "both" }], resources: 1 },
    undefined,
    salt,
  );
  assertEquals(recallFrom(both, asking)(ram(4096)), { isNew: false, firstSeenAt: first });
  const { path: _, ...whole } = ram(null);
  const gone = remember(
    report("drift", first),
    { findings: [{ ...whole, action: "create" }], resources: 1 },
    undefined,
    salt,
  );
  assertEquals(recallFrom(gone, asking)({ ...whole, action: "create", origin: "pending" }).isNew, true);
});

/** What a check asks of a memory with these versions of the providers. */
const asked = (bpg: string, startedAt = second) => ({ salt, startedAt, versions: { [BPG]: bpg, [RANDOM]: "3.6.0" } });
const UPGRADE = { provider: "bpg/proxmox", from: "0.105.0", to: "0.106.0" };
const owned = (actual: unknown, provider = BPG): Finding => ({ ...ram(actual), provider });
const before = (findings = [owned(1)]) =>
  remember(report("drift", first, asked("0.105.0").versions), { findings, resources: 1 }, undefined, salt);

Deno.test("recallFrom() says of what is new after an upgrade of its own provider that it is, and of nothing else", () => {
  const recall = recallFrom(before(), asked("0.106.0"));
  assertEquals(recall(owned(2)).sinceUpgrade, UPGRADE);
  assertEquals(recall({ ...owned(2), path: "cores" }).sinceUpgrade, UPGRADE);
  assertEquals(recall(owned(1)).sinceUpgrade, undefined, "known before");
  assertEquals(recall(owned(2, RANDOM)).sinceUpgrade, undefined, "another provider");
  assertEquals(recall(ram(2)).sinceUpgrade, undefined, "no provider");
  assertEquals(recallFrom(before(), asked("0.105.0"))(owned(2)).sinceUpgrade, undefined, "no upgrade");
  const { [RANDOM]: _, ...versions } = asked("0.105.0").versions;
  const unknown = remember(report("ok", first, versions), { findings: [], resources: 1 }, undefined, salt);
  assertEquals(recallFrom(unknown, asked("0.105.0"))(owned(2, RANDOM)).sinceUpgrade, undefined, "not known before");
  assertEquals(recallFrom(undefined, asked("0.106.0"))(owned(2)).sinceUpgrade, undefined, "nothing known");
  const here = remember(
    report("ok", first, { [BPG]: "0.105.0" }),
    { findings: [], resources: 1, state: "here" },
    undefined,
    salt,
  );
  assertEquals(
    recallFrom(aboutState(here, "there"), asked("0.106.0"))(owned(2)).sinceUpgrade,
    undefined,
    "another state",
  );
});

Deno.test("recallFrom() keeps an upgrade with the finding until its value is another", () => {
  const upgraded = remember(
    report("drift", second, asked("0.106.0").versions),
    { findings: [owned(2)], resources: 1 },
    before([]),
    salt,
  );
  assertEquals(recallFrom(upgraded, asked("0.106.0", third))(owned(2)), {
    isNew: false,
    firstSeenAt: second,
    sinceUpgrade: UPGRADE,
  });
  assertEquals(recallFrom(upgraded, asked("0.106.0", third))(owned(3)), { isNew: true, firstSeenAt: third });
  assertEquals(recallFrom(upgraded, asked("0.107.0", third))(owned(2)).sinceUpgrade, UPGRADE);
});

Deno.test("recallFrom() holds an upgrade against the last verdict, whatever failed in between", () => {
  const failed = remember(
    report("error", second, asked("0.106.0").versions),
    { findings: [], resources: 0 },
    before([]),
    salt,
  );
  assertEquals(failed.providers[BPG], "0.106.0");
  assertEquals(recallFrom(failed, asked("0.106.0", third))(owned(2)).sinceUpgrade, UPGRADE);
  const never = remember(report("error", first, { [BPG]: "0.105.0" }), { findings: [], resources: 0 }, undefined, salt);
  assertEquals(recallFrom(never, asked("0.106.0"))(owned(2)).sinceUpgrade, undefined, "no verdict before");
});

Deno.test("recallFrom() takes the last run's versions of a memory that does not tell those of the last verdict", () => {
  const { judgedWith: _, noise: _noise, ...old } = before([]);
  assertEquals(recallFrom(old, asked("0.106.0"))(owned(2)).sinceUpgrade, UPGRADE);
  assertEquals(recallFrom(old, asked("0.106.0"))({ ...owned(2), isNoise: true }).sinceUpgrade, undefined);
});

Deno.test("recallFrom() tells an upgrade of noise that was not there at the last verdict, once", () => {
  const noise = (path: string): Finding => ({ ...owned(null), path, isNoise: true });
  const check = (status: EnvironmentReport["status"], bpg: string, paths: string[], memory?: Memory) =>
    remember(
      report(status, first, asked(bpg).versions),
      { findings: [], noise: paths.map(noise), resources: 1 },
      memory,
      salt,
    );
  const old = check("ok", "0.105.0", ["tags"]);
  assertEquals(old.noise?.length, 1);
  assertEquals(JSON.stringify(old).includes("tags"), false);
  const recall = recallFrom(old, asked("0.106.0"));
  assertEquals([recall(noise("tags")).sinceUpgrade, recall(noise("queues")).sinceUpgrade], [undefined, UPGRADE]);
  const failed = check("error", "0.106.0", [], old);
  assertEquals(recallFrom(failed, asked("0.106.0"))(noise("tags")).sinceUpgrade, undefined, "forgotten in an error");
  const now = check("ok", "0.106.0", ["tags", "queues"], failed);
  assertEquals(recallFrom(now, asked("0.106.0"))(noise("queues")).sinceUpgrade, undefined, "told again");
});
