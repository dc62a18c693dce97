import { assert, assertEquals } from "@std/assert";
import { attribute, change, environment, report } from "../../tests/support/sample_reports.ts";
import type { Change, CheckError, Diagnostic, DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { type EnvironmentNews, newsFor } from "./news.ts";
import { isTold, type Told } from "./told.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const START = Date.parse("2026-11-24T05:00:00.000Z");

const webVm = (memory: number, rest: Partial<Change> = {}) =>
  change({ attributes: [attribute("memory[0].dedicated", 2048, memory)], ...rest });
const dbVm = (rest: Partial<Change> = {}) =>
  change({ address: 'module.vm["db"].vm.this', label: 'VM 102 "db" on pve2', ...rest });
const failure = (klass: CheckError["class"]): CheckError => ({
  class: klass,
  summary: `no ${klass}`,
  detail: "",
  cure: "Mend it",
});
const BEFORE = "2026-11-20T05:00:00.000Z";
const known = (one: Change): Change => ({
  ...one,
  isNew: false,
  firstSeenAt: BEFORE,
  attributes: one.attributes.map((attribute) => ({ ...attribute, isNew: false, firstSeenAt: BEFORE })),
});

/** Runs on days after each other, as the check's memory would make them; `told` is what the chat knows in between. */
class Chat {
  told: Told | undefined;
  #runs = 0;
  day = 0;

  report(environments: EnvironmentReport[], rest: Partial<DriftReport> = {}): DriftReport {
    return report(environments, {
      runId: `run-${++this.#runs}`,
      finishedAt: new Date(START + this.day * DAY).toISOString(),
      ...rest,
    });
  }

  /** A run with this sink. */
  run(rest: Partial<EnvironmentReport>, remindMs = WEEK): EnvironmentNews | undefined {
    const news = newsFor(this.report([environment("prod", rest)]), this.told, remindMs);
    if (news) this.told = news.told;
    assert(news === undefined || isTold(JSON.parse(JSON.stringify(news.told))));
    return news?.environments[0];
  }
}

const whys = (news: EnvironmentNews | undefined) => news?.fresh.map(({ why }) => why);
const gone = (news: EnvironmentNews | undefined) => news?.resolved.map(({ address, path }) => path ?? address);
const WEB = change().address;

interface Row {
  title: string;
  /** What the chat was told before, by runs of its own. */
  before: Partial<EnvironmentReport>[];
  now: Partial<EnvironmentReport>;
  kind: EnvironmentNews["kind"] | undefined;
  fresh?: string[];
  resolved?: string[];
  known?: number;
  unchecked?: number;
}

const first = { previousStatus: undefined as never };
const rows: Row[] = [
  // Nothing told.
  { title: "a first run that conforms is silence", before: [], now: first, kind: undefined },
  {
    title: "a first run with drift is told",
    before: [],
    now: { ...first, changes: [webVm(4096)] },
    kind: "found",
    fresh: ["new"],
  },
  { title: "a first run in error is told", before: [], now: { ...first, error: failure("auth") }, kind: "failed" },
  { title: "conforming as before is silence", before: [], now: { previousStatus: "ok" }, kind: undefined },
  {
    title: "drift that other runs knew is told to a chat that does not",
    before: [],
    now: { previousStatus: "drift", changes: [known(webVm(4096))] },
    kind: "found",
    fresh: ["untold"],
  },
  {
    title: "an error that other runs knew is told to a chat that does not",
    before: [],
    now: { previousStatus: "error", error: failure("auth") },
    kind: "failed",
  },
  {
    title: "drift that ended before the chat heard of it is told as resolved",
    before: [],
    now: { previousStatus: "drift", resolved: [{ address: WEB, path: "memory[0].dedicated" }] },
    kind: "closed",
    resolved: [WEB],
  },
  {
    title: "an error that ended before the chat knew anything is told, since what the chat knew may have been lost",
    before: [],
    now: { previousStatus: "error" },
    kind: "closed",
  },
  // Told ok.
  {
    title: "an error that came and went without this chat is silence",
    before: [{ changes: [webVm(4096)] }, { previousStatus: "drift" }],
    now: { previousStatus: "error" },
    kind: undefined,
  },
  {
    title: "drift again after it was resolved is told",
    before: [{ changes: [webVm(4096)] }, { previousStatus: "drift" }],
    now: { changes: [webVm(4096)] },
    kind: "found",
    fresh: ["new"],
  },
  {
    title: "what came and went between two runs with this sink is told as resolved",
    before: [{ changes: [webVm(4096)] }, { previousStatus: "drift" }],
    now: { previousStatus: "drift", resolved: [{ address: "vm.b" }] },
    kind: "closed",
    resolved: ["vm.b"],
  },
  // Told drift.
  {
    title: "the same drift is silence",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", changes: [known(webVm(4096))] },
    kind: undefined,
  },
  {
    title: "one more difference is told, the known one counted",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", changes: [known(webVm(4096)), dbVm()] },
    kind: "drifted",
    fresh: ["new"],
    known: 1,
  },
  {
    title: "another value is told as changed",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", changes: [webVm(8192)] },
    kind: "drifted",
    fresh: ["changed"],
  },
  {
    title: "another value that a run without this sink saw first is told as changed",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", changes: [known(webVm(8192))] },
    kind: "drifted",
    fresh: ["changed"],
  },
  {
    title: "another action is told as changed",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", changes: [known(webVm(4096, { action: "replace" }))] },
    kind: "drifted",
    fresh: ["changed"],
  },
  {
    title: "a hidden value that changed is told, as the check's memory knows it",
    before: [{ changes: [change({ attributes: [attribute("x", "(hidden)", "(hidden)")] })] }],
    now: { previousStatus: "drift", changes: [change({ attributes: [attribute("x", "(hidden)", "(hidden)")] })] },
    kind: "drifted",
    fresh: ["changed"],
  },
  {
    title: "drift told as not confirmed is told again once it is confirmed",
    before: [{ changes: [webVm(4096, { confirmed: false })] }],
    now: { previousStatus: "drift", changes: [known(webVm(4096))] },
    kind: "drifted",
    fresh: ["confirmed"],
  },
  {
    title: "confirmed drift that cannot be confirmed any more is silence",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", changes: [known(webVm(4096, { confirmed: false }))] },
    kind: undefined,
  },
  {
    title: "one of two differences gone is told",
    before: [{ changes: [webVm(4096), dbVm()] }],
    now: {
      previousStatus: "drift",
      changes: [known(webVm(4096))],
      resolved: [{ address: dbVm().address, path: "memory[0].dedicated" }],
    },
    kind: "drifted",
    fresh: [],
    resolved: [dbVm().address],
    known: 1,
  },
  {
    title: "one attribute of a change gone is told by its path",
    before: [{ changes: [change({ attributes: [attribute("a", 1, 2), attribute("b", 1, 2)] })] }],
    now: {
      previousStatus: "drift",
      changes: [known(change({ attributes: [attribute("a", 1, 2)] }))],
      resolved: [{ address: WEB, path: "b" }],
    },
    kind: "drifted",
    fresh: [],
    resolved: ["b"],
    known: 1,
  },
  {
    title: "one attribute gone is told though a run without this sink saw it go",
    before: [{ changes: [change({ attributes: [attribute("a", 1, 2), attribute("b", 1, 2)] })] }],
    now: { previousStatus: "drift", changes: [known(change({ attributes: [attribute("a", 1, 2)] }))] },
    kind: "drifted",
    fresh: [],
    resolved: ["b"],
  },
  {
    title: "one of two attributes put back makes nothing changed, though the change has another origin now",
    before: [{
      changes: [change({
        origin: "both",
        attributes: [attribute("a", 1, 2), attribute("b", 3, 4, { origin: "pending" })],
      })],
    }],
    now: {
      previousStatus: "drift",
      changes: [known(change({ attributes: [attribute("a", 1, 2)] }))],
      resolved: [{ address: WEB, path: "b" }],
    },
    kind: "drifted",
    fresh: [],
    resolved: ["b"],
    known: 1,
  },
  {
    title: "a further attribute of a known change is told as such",
    before: [{ changes: [webVm(4096)] }],
    now: {
      previousStatus: "drift",
      changes: [change({ attributes: [...known(webVm(4096)).attributes, attribute("cpu[0].cores", 2, 4)] })],
    },
    kind: "drifted",
    fresh: ["further"],
    known: 0,
  },
  {
    title: "one attribute put back and another value of the other are told both",
    before: [{ changes: [change({ attributes: [attribute("a", 1, 2), attribute("b", 1, 2)] })] }],
    now: {
      previousStatus: "drift",
      changes: [change({ attributes: [attribute("a", 1, 3)] })],
      resolved: [{ address: WEB, path: "b" }],
    },
    kind: "drifted",
    fresh: ["changed"],
    resolved: ["b"],
  },
  {
    title: "a value that code and hand both changed since is told as changed",
    before: [{ changes: [webVm(4096)] }],
    now: {
      previousStatus: "drift",
      changes: [
        known(
          change({ origin: "both", attributes: [attribute("memory[0].dedicated", 3072, 4096, { origin: "both" })] }),
        ),
      ],
    },
    kind: "drifted",
    fresh: ["changed"],
  },
  {
    title: "an object that is to be replaced now resolves no attribute",
    before: [{ changes: [webVm(4096)] }],
    now: {
      previousStatus: "drift",
      changes: [change({ action: "replace", attributes: [] })],
      resolved: [{ address: WEB, path: "memory[0].dedicated" }],
    },
    kind: "drifted",
    fresh: ["changed"],
    resolved: [],
  },
  {
    title: "all gone is told",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", resolved: [{ address: WEB, path: "memory[0].dedicated" }] },
    kind: "closed",
    resolved: [WEB],
  },
  {
    title: "all gone is told where a run without this sink saw it go",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "ok" },
    kind: "closed",
    resolved: [WEB],
  },
  {
    title: "an error after drift is told, and claims nothing resolved",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", error: failure("network"), resolved: [{ address: WEB }] },
    kind: "failed",
    resolved: [],
    unchecked: 1,
  },
  {
    title: "an error lists the new that it could see, and counts what it could not",
    before: [{ changes: [webVm(4096)] }],
    now: { previousStatus: "drift", error: failure("permission"), changes: [dbVm({ confirmed: false })] },
    kind: "failed",
    fresh: ["new"],
    unchecked: 1,
  },
  // Told an error.
  {
    title: "the same error is silence",
    before: [{ error: failure("network") }],
    now: { previousStatus: "error", error: { ...failure("network"), summary: "other words" } },
    kind: undefined,
  },
  {
    title: "another class of error is told",
    before: [{ error: failure("network") }],
    now: { previousStatus: "error", error: failure("auth") },
    kind: "failed",
  },
  {
    title: "the same error with something new beside it is told",
    before: [{ error: failure("permission") }],
    now: { previousStatus: "error", error: failure("permission"), changes: [dbVm()] },
    kind: "failing",
    fresh: ["new"],
  },
  {
    title: "a check that works again and finds nothing is told",
    before: [{ error: failure("network") }],
    now: { previousStatus: "error" },
    kind: "recovered",
    resolved: [],
  },
  {
    title: "a check that works again is told where a run without this sink saw it first",
    before: [{ error: failure("network") }],
    now: { previousStatus: "ok" },
    kind: "recovered",
  },
  {
    title: "drift, error, and the same drift: the check works again, nothing is new",
    before: [{ changes: [webVm(4096)] }, { previousStatus: "drift", error: failure("network") }],
    now: { previousStatus: "error", changes: [known(webVm(4096))] },
    kind: "recovered",
    fresh: [],
    known: 1,
  },
  {
    title: "drift, error, and other drift: what is new is told, what is gone is claimed only now",
    before: [{ changes: [webVm(4096)] }, { previousStatus: "drift", error: failure("network") }],
    now: { previousStatus: "error", changes: [dbVm()], resolved: [{ address: WEB, path: "memory[0].dedicated" }] },
    kind: "recovered",
    fresh: ["new"],
    resolved: [WEB],
  },
  {
    title: "drift, error, and nothing: what is gone is claimed only now",
    before: [{ changes: [webVm(4096)] }, { previousStatus: "drift", error: failure("network") }],
    now: { previousStatus: "error" },
    kind: "recovered",
    resolved: [WEB],
  },
  {
    title: "two errors on end forget no drift",
    before: [
      { changes: [webVm(4096)] },
      { previousStatus: "drift", error: failure("network") },
      { previousStatus: "error", error: failure("auth") },
    ],
    now: { previousStatus: "error", changes: [known(webVm(4096))] },
    kind: "recovered",
    fresh: [],
    known: 1,
  },
];

for (const { title, before, now, kind, fresh, resolved, known, unchecked } of rows) {
  Deno.test(`newsFor() where ${title}`, () => {
    const chat = new Chat();
    for (const one of before) assert(chat.run(one), "each run before must be told");
    const news = chat.run(now);
    assertEquals(news?.kind, kind);
    if (fresh) assertEquals(whys(news), fresh);
    if (resolved) assertEquals(gone(news), resolved);
    if (known !== undefined) assertEquals(news?.known.length, known);
    if (unchecked !== undefined) assertEquals(news?.unchecked, unchecked);
  });
}

Deno.test("newsFor() knows the class of the error that the check works again after", () => {
  const chat = new Chat();
  chat.run({ error: failure("tls") });
  assertEquals(chat.run({})?.before, { class: "tls" });
});

const warning = (summary: string, rest: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: "warning",
  summary,
  detail: "",
  ...rest,
});

Deno.test("newsFor() tells a new warning once, whatever the verdict", () => {
  const chat = new Chat();
  const told = (rest: Partial<EnvironmentReport>) => {
    const news = chat.run(rest);
    return news && [news.kind, ...news.warnings.map(({ summary }) => summary)];
  };
  const failing = warning('Check failed: check "backup"', { detail: "last backup 26 hours ago" });
  assertEquals(told({ warnings: [failing] }), ["warned", failing.summary]);
  assertEquals(told({ warnings: [{ ...failing, detail: "last backup 50 hours ago" }] }), undefined);
  const expired = warning("An accept rule has expired");
  assertEquals(told({ warnings: [failing, expired, expired] }), ["warned", expired.summary]);
  assertEquals(told({ changes: [webVm(4096)], warnings: [failing, expired] }), ["found"]);
  const drift = { previousStatus: "drift" as const, changes: [known(webVm(4096))] };
  assertEquals(told({ ...drift, warnings: [failing, warning("other")] }), ["warned", "other"]);
  assertEquals(told({ previousStatus: "drift", error: failure("auth"), warnings: [warning("x")] }), ["failed"]);
  assertEquals(told({ previousStatus: "error", warnings: [failing] }), ["recovered"]);
  assertEquals(told({ warnings: [failing, expired] }), ["warned", expired.summary]);
});

Deno.test("newsFor() tells of no deprecation, and of no lock but beside the drift that it doubts", () => {
  const chat = new Chat();
  const lock = warning("State is locked by alice", { lock: { id: "1", who: "alice" } });
  assertEquals(chat.run({ warnings: [warning("Deprecated", { deprecation: { isNew: true } }), lock] }), undefined);
});

Deno.test("newsFor() goes on from what an older version told", () => {
  const told: Told = {
    runId: "old",
    environments: {
      prod: {
        status: "drift",
        at: new Date(START).toISOString(),
        open: { [WEB]: { mark: "AAAAAAAAAAAAAAAA", paths: ["memory[0].dedicated", "tags"], name: "VM 101" } },
      },
    },
  };
  assert(isTold(told));
  const chat = new Chat();
  const run = (rest: Partial<EnvironmentReport>) => {
    chat.told = told;
    const news = chat.run({ previousStatus: "drift", ...rest });
    return [news?.kind, whys(news), gone(news)];
  };
  const tags = attribute("tags", ["a"], ["b"]);
  const both = known(change({ attributes: [...webVm(4096).attributes, tags] }));
  assertEquals(run({ changes: [both] }), [undefined, undefined, undefined]);
  assertEquals(run({ changes: [{ ...both, isNew: true, attributes: [both.attributes[0]!, tags] }] }), ["drifted", [
    "changed",
  ], []]);
  assertEquals(run({ changes: [known(webVm(4096))] }), ["drifted", [], ["tags"]]);
  assertEquals(run({ changes: [known(change({ attributes: [...both.attributes, attribute("x", 1, 2)] }))] }), [
    "drifted",
    ["further"],
    [],
  ]);
  assertEquals(run({}), ["closed", [], [WEB]]);
});

Deno.test("newsFor() gives what it calls resolved the name that the chat was told", () => {
  const chat = new Chat();
  chat.run({ changes: [dbVm()] });
  assertEquals(chat.run({ previousStatus: "drift" })?.resolved, [
    { address: dbVm().address, name: 'VM 102 "db" on pve2', accepted: false },
  ]);
});

Deno.test("newsFor() does not call resolved what a rule has set aside", () => {
  const chat = new Chat();
  chat.run({ changes: [webVm(4096)] });
  const memory = { address: WEB, path: "memory[0].dedicated", name: 'VM 101 "web" on pve1', accepted: true };
  assertEquals(chat.run({ previousStatus: "drift", accepted: [webVm(4096)] })?.resolved, [memory]);
  const cores = change({ attributes: [attribute("cpu[0].cores", 1, 2)] });
  chat.run({ changes: [webVm(4096)] });
  assertEquals(chat.run({ previousStatus: "drift", accepted: [cores] })?.resolved.map(({ accepted }) => accepted), [
    false,
  ]);
  chat.run({ changes: [change({ attributes: [...cores.attributes, ...webVm(1).attributes] })] });
  const partly = chat.run({ previousStatus: "drift", accepted: [cores] })?.resolved;
  assertEquals(partly?.map(({ path, accepted }) => [path, accepted]), [["cpu[0].cores", true], [undefined, false]]);
});

Deno.test("newsFor() tells two objects of one address apart from one", () => {
  const chat = new Chat();
  const deposed = change({ action: "delete", origin: "pending", attributes: [], isNew: false });
  chat.run({ changes: [webVm(4096)] });
  assertEquals(whys(chat.run({ previousStatus: "drift", changes: [known(webVm(4096)), deposed] })), [
    "changed",
    "changed",
  ]);
  assertEquals(chat.run({ previousStatus: "drift", changes: [known(webVm(4096)), deposed] }), undefined);
});

Deno.test("newsFor() reminds of what stays as it was, and only when it is time", () => {
  const chat = new Chat();
  const drift = { previousStatus: "drift" as const, changes: [known(webVm(4096))] };
  const error = { previousStatus: "error" as const, error: failure("auth") };
  assertEquals(chat.run(drift)?.kind, "found");
  const silent = (state: Partial<EnvironmentReport>, ...days: number[]) => {
    for (chat.day of days) assertEquals(chat.run(state), undefined, `day ${chat.day}`);
  };
  silent(drift, 1, 6, 6.9);
  chat.day = 6.97; // A daily timer starts within an hour of its time.
  const reminder = chat.run(drift);
  assertEquals([reminder?.kind, reminder?.fresh.length, reminder?.known.length], ["reminder", 0, 1]);
  silent(drift, 7, 8, 13.9);
  chat.day = 14;
  assertEquals(chat.run(drift)?.kind, "reminder");
  chat.day = 15;
  assertEquals(chat.run(error)?.kind, "failed");
  silent(error, 16, 21.9);
  chat.day = 22;
  assertEquals(chat.run(error)?.kind, "reminder");
  silent(error, 23);
  assertEquals(chat.run({})?.kind, "recovered");
  silent({}, 24, 400);
});

Deno.test("newsFor() never reminds where that is off, and does not stay silent for a clock that was set back", () => {
  const chat = new Chat();
  const drift = { changes: [known(webVm(4096))] };
  chat.run(drift);
  chat.day = 1000;
  assertEquals(chat.run(drift, Infinity), undefined);
  chat.day = -1000;
  assertEquals(chat.run(drift, Infinity), undefined);
  assertEquals(chat.run(drift)?.kind, "reminder");
  chat.day = -999;
  assertEquals(chat.run(drift), undefined);
});

Deno.test("newsFor() says nothing of environments that the run did not check, and forgets nothing of them", () => {
  const chat = new Chat();
  const configured = ["prod", "lab"];
  const tell = (...environments: EnvironmentReport[]) => {
    const news = newsFor(chat.report(environments, { configured }), chat.told, WEEK);
    if (news) chat.told = news.told;
    return news?.environments.map(({ kind, environment: { name } }) => `${name} ${kind}`);
  };
  assertEquals(tell(environment("prod", { changes: [webVm(4096)] }), environment("lab", { error: failure("auth") })), [
    "prod found",
    "lab failed",
  ]);
  assertEquals(tell(environment("lab", { error: failure("auth") })), undefined);
  assertEquals(tell(environment("lab")), ["lab recovered"]);
  assertEquals(tell(environment("prod", { changes: [known(webVm(4096))] })), undefined);
  assertEquals(tell(environment("prod")), ["prod closed"]);
});

Deno.test("newsFor() forgets an environment that is configured no more only after 90 days", () => {
  const chat = new Chat();
  chat.run({ changes: [webVm(4096)] });
  const other = (day: number) => {
    chat.day = day;
    const changes = [webVm(day)];
    chat.told = newsFor(chat.report([environment("lab", { changes })]), chat.told, WEEK)!.told;
    return Object.keys(chat.told.environments).sort();
  };
  assertEquals(other(90), ["lab", "prod"]);
  assertEquals(other(91), ["lab"]);
});

Deno.test("newsFor() forgets nothing of an environment that is configured, however long it was not checked", () => {
  const chat = new Chat();
  chat.run({ changes: [webVm(4096)] });
  chat.day = 400;
  const shown = chat.report([environment("lab", { changes: [dbVm()] })], { configured: ["prod", "lab"] });
  assertEquals(Object.keys(newsFor(shown, chat.told, WEEK)!.told.environments).sort(), ["lab", "prod"]);
});

Deno.test("newsFor() has no news in a report that the chat has been told, whatever it says", () => {
  const chat = new Chat();
  const same = chat.report([environment("prod", { changes: [webVm(4096)] })]);
  const { told } = newsFor(same, undefined, WEEK)!;
  assertEquals(newsFor(same, told, WEEK), undefined);
});

Deno.test("newsFor() takes environments and addresses that are named like parts of JavaScript for what they are", () => {
  for (const name of ["constructor", "toString", "hasOwnProperty"]) {
    const shown = report([environment(name, { changes: [known(webVm(4096, { address: name }))] })]);
    const news = newsFor(shown, { runId: "x", environments: {} }, WEEK);
    assertEquals(news?.environments[0]?.kind, "found");
    assertEquals(newsFor({ ...shown, runId: "y" }, news!.told, WEEK), undefined);
  }
});

Deno.test("newsFor() puts no values into what it keeps", () => {
  const { told } = newsFor(
    report([environment("prod", { changes: [webVm(4096, { note: "N0TE" })] })]),
    undefined,
    WEEK,
  )!;
  const kept = JSON.stringify(told);
  assert(!/4096|2048|N0TE/.test(kept), kept);
});

Deno.test("isTold() takes what newsFor() made, and nothing else", () => {
  const told =
    newsFor(report([environment("prod", { changes: [webVm(4096)], error: failure("auth") })]), undefined, WEEK)!.told;
  assert(isTold(told));
  const prod = told.environments.prod!;
  const withProd = (rest: Record<string, unknown>) => ({ ...told, environments: { prod: { ...prod, ...rest } } });
  for (
    const wrong of [
      null,
      7,
      "x",
      [],
      {},
      { runId: 1, environments: {} },
      { runId: "x", environments: [] },
      {
        runId: "x",
        environments: { prod: null },
      },
      withProd({ status: "fine" }),
      withProd({ at: 7 }),
      withProd({ class: 7 }),
      withProd({ open: [] }),
      withProd({ open: { a: 1 } }),
      withProd({
        open: { a: { mark: 1 } },
      }),
      withProd({ open: { a: { mark: "x", name: 1 } } }),
      withProd({ open: { a: { mark: "x", paths: [1] } } }),
      withProd({ open: { a: { mark: "x", unconfirmed: "yes" } } }),
      withProd({ open: { a: { mark: "x", attributes: { b: 1 } } } }),
      withProd({ warnings: [1] }),
    ]
  ) assertEquals(isTold(wrong), false, JSON.stringify(wrong));
});

Deno.test("newsFor() says nothing of what a run did not look at, and still has it open", () => {
  const chat = new Chat();
  chat.run({ changes: [webVm(4096)] });
  const told = chat.told;
  chat.day++;
  const skipped = { reason: "the run was stopped before its turn" };
  assertEquals(chat.run({ error: failure("interrupted"), skipped }), undefined);
  assertEquals(chat.told, told);
});

Deno.test("newsFor() holds back what differs in a guest that is locked, until a check finds no lock", () => {
  const chat = new Chat();
  const locked = change({ attributes: [attribute("started", true, false)], confirmed: false, lock: "backup" });
  const { lock: _, ...free } = known(locked);
  assertEquals(chat.run({ status: "drift", changes: [locked] }), undefined);
  chat.day += 8;
  assertEquals(chat.run({ status: "drift", changes: [known(locked)] }), undefined);
  const beside = chat.run({ status: "drift", changes: [known(locked), dbVm()] });
  assertEquals([beside?.kind, beside?.fresh.map(({ change }) => change.address)], ["found", [dbVm().address]]);
  const told = chat.run({ status: "drift", changes: [{ ...free, confirmed: true }, known(dbVm())] });
  assertEquals([told?.kind, told?.fresh.map(({ change }) => change.address)], ["drifted", [WEB]]);
  // What the chat knows is not resolved by a lock.
  assertEquals(chat.run({ status: "drift", changes: [known(locked), known(dbVm())] }), undefined);
  assertEquals(chat.run({ status: "ok", changes: [] })?.kind, "closed");
  assertEquals(chat.run({ status: "drift", changes: [locked] }), undefined);
  const resolved = [{ address: WEB, path: "started", wasLocked: true as const }];
  assertEquals(chat.run({ status: "ok", changes: [], resolved }), undefined);
});

Deno.test("newsFor() leaves out a move by HA that is expected, and tells of what differs beside it", () => {
  const chat = new Chat();
  const moved = change({ attributes: [attribute("node_name", "pve1", "pve2")], isExpected: true });
  assertEquals(chat.run({ status: "drift", changes: [moved] }), undefined);
  const beside = chat.run({ status: "drift", changes: [known(moved), dbVm()] });
  assertEquals(beside?.fresh.map(({ change }) => change.address), [dbVm().address]);
});

Deno.test("newsFor() takes what a chat is no longer to hear of neither for in order nor for news", () => {
  const chat = new Chat();
  chat.run({ ...first, changes: [webVm(4096), dbVm()] });
  chat.day = 1;
  // The code now asks for something too, and this chat is only told of what was changed by hand.
  assertEquals(chat.run({ previousStatus: "drift", changes: [known(dbVm())], leftOut: [WEB] }), undefined);
  const some = chat.run({ previousStatus: "drift", leftOut: [WEB], resolved: [{ address: dbVm().address }] });
  assertEquals([some?.kind, gone(some), some?.known], ["drifted", [dbVm().address], []]);
  assertEquals(chat.run({ previousStatus: "ok", leftOut: [WEB] }), undefined);
  const all = chat.run({ previousStatus: "ok" });
  assertEquals([all?.kind, gone(all)], ["closed", [WEB]]);
  assertEquals(new Chat().run({ ...first, leftOut: [WEB] }), undefined);
});

Deno.test("newsFor() leaves out what is snoozed, tells what is further there, and tells of it when the snooze is over", () => {
  const chat = new Chat();
  const snoozedUntil = "2026-11-27T05:00:00.000Z";
  const snoozed = { ...known(webVm(4096)), snoozedUntil };
  chat.run({ ...first, changes: [webVm(4096)] });
  chat.day = 1;
  assertEquals(chat.run({ previousStatus: "drift", changes: [snoozed] }, DAY), undefined, "no reminder either");
  const other = chat.run({ previousStatus: "drift", changes: [snoozed, dbVm()] });
  assertEquals([whys(other), other?.known, gone(other)], [["new"], [], []]);
  chat.day = 2;
  const [memory] = snoozed.attributes;
  const further = { ...known(webVm(4096)), attributes: [{ ...memory!, snoozedUntil }, attribute("cores", 2, 4)] };
  const mixed = chat.run({ previousStatus: "drift", changes: [further, known(dbVm())] });
  assertEquals([whys(mixed), mixed?.fresh[0]?.change.attributes.map(({ path }) => path), gone(mixed)], [
    ["further"],
    ["cores"],
    [],
  ]);
  chat.day = 4;
  const over = {
    ...known({ ...webVm(4096), attributes: [memory!, attribute("cores", 2, 4)] }),
    snoozeEndedAt: snoozedUntil,
  };
  assertEquals(whys(chat.run({ previousStatus: "drift", changes: [over, known(dbVm())] })), ["further"]);
  assertEquals(chat.run({ previousStatus: "drift", changes: [over, known(dbVm())] }), undefined);
});

Deno.test("newsFor() tells once more of what it told before the snooze, and of no end of what it never told", () => {
  const chat = new Chat();
  chat.run({ ...first, changes: [webVm(4096)] });
  chat.day = 2;
  const awake = { ...known(webVm(4096)), snoozeEndedAt: new Date(START + DAY).toISOString() };
  assertEquals(whys(chat.run({ previousStatus: "drift", changes: [awake] })), ["awake"]);
  assertEquals(chat.run({ previousStatus: "drift", changes: [awake] }), undefined);
  const resolved = [{ address: "vm.never", wasSnoozed: true as const }, { address: WEB, wasSnoozed: true as const }];
  assertEquals(gone(chat.run({ previousStatus: "drift", resolved })), [WEB]);
  const silent = new Chat();
  assertEquals(silent.run({ ...first, changes: [{ ...webVm(4096), snoozedUntil: awake.snoozeEndedAt }] }), undefined);
});
