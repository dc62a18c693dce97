import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  attribute,
  change,
  driftReport,
  environment,
  errorReport,
  knownChange,
  okReport,
  report,
  strangeReport,
} from "../../tests/support/sample_reports.ts";
import { randomOf } from "../../tests/support/random.ts";
import { stranger, witness, witnessedReport } from "../../tests/support/witness_reports.ts";
import { TELEGRAM_GOLDENS, telegramGoldenText, telegramGoldenUrl } from "../../tests/record/telegram_golden.ts";
import { parseTelegramHtml } from "../../tests/support/telegram_html.ts";
import type { Change, CheckError, DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { type EnvironmentNews, newsFor } from "./news.ts";
import type { Told } from "./told.ts";
import { bareText, renderDigest, TELEGRAM_LIMIT, withPreface } from "./message.ts";

const WEEK = 7 * 86_400_000;

/** What a reader sees; Telegram's own rules are checked on the way. */
function read(html: string): string {
  const { text, entities } = parseTelegramHtml(html);
  assert(text.length <= TELEGRAM_LIMIT, `${text.length} characters`);
  assert(entities <= 100, `${entities} entities`);
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text) && text.isWellFormed());
  return text;
}

function digest(shown: DriftReport, told?: Told): string {
  return read(renderDigest(shown, newsFor(shown, told, WEEK)!));
}

const failure = (rest: Partial<CheckError> = {}): CheckError => ({
  class: "auth",
  summary: "401 authentication failure for root@pam!ci",
  detail: "",
  cure: "Give a token that is valid",
  ...rest,
});
const known = (one: Change): Change => ({
  ...one,
  isNew: false,
  attributes: one.attributes.map((attribute) => ({ ...attribute, isNew: false })),
});
/** Changes that are not alike. */
const vms = (count: number, rest: (index: number) => Partial<Change> = () => ({})) =>
  Array.from(
    { length: count },
    (_, index) =>
      change({
        address: `module.vm["app-${index}"].vm.this`,
        label: `VM ${index} "app-${index}" on pve1`,
        attributes: [attribute("memory[0].dedicated", 2048, 4096 + index)],
        ...rest(index),
      }),
  );

for (const golden of TELEGRAM_GOLDENS) {
  Deno.test("renderDigest() ends with the address of the page where there is one, whatever else has to go", () => {
    const url = "https://drift.example.org/?a=1&b=2";
    const many = Array.from({ length: 500 }, (_, at) => change({ attributes: [attribute("name", "a", `b${at}`)] }));
    for (const shown of [driftReport(), report([environment("prod", { changes: many })])]) {
      const html = renderDigest(shown, newsFor(shown, undefined, WEEK)!, url);
      assert(read(html).endsWith(`\n\nThe whole picture: ${url}`), html);
    }
  });

  Deno.test(`renderDigest() reads as kept in ${golden.file}`, async () => {
    assertEquals(telegramGoldenText(golden), await Deno.readTextFile(telegramGoldenUrl(golden.file)));
  });
}

Deno.test("renderDigest() names environment, resource, attribute, expected and actual, and who made the difference", () => {
  const text = digest(driftReport());
  for (
    const line of [
      "🟠 pve-drift on pve1: 7 new differences, 1 resolved",
      "3 environments checked: 1 ok, 2 drift",
      "🟠 prod: drift: 3 new, 1 known to earlier checks, 1 resolved",
      '• VM 101 "web" on pve1, new',
      'module.vm["web"].proxmox_virtual_environment_vm.this',
      "changed by hand; an apply would change it back",
      "memory[0].dedicated: expected 2048 → actual 4096",
      '• Container 110 "dns" on pve1, seen for 3d',
      "not found; an apply would create it",
      "changed by hand; an apply would DESTROY it and create it anew",
      "Note: moved from pve1 to pve2; applying this plan would destroy the VM",
      'Because of module.vm["web"].proxmox_virtual_environment_vm.this',
      "initialization[0].user_account[0].password: differs (sensitive, not shown)",
      '✅ resolved: VM 103 "mail" on pve1',
      "not applied yet; an apply would DESTROY it; NOT CONFIRMED",
      "Terraform's reason: delete because no resource config",
      "both changed by hand and not applied yet; an apply would change it",
      "memory[0].dedicated: expected 3072 → actual 4096 (the state has 2048)",
      "cpu[0].cores (not applied yet): expected 8 → actual 4",
    ]
  ) assert(text.split("\n").includes(line), `${line}\nis missing in\n${text}`);
});

Deno.test("renderDigest() says of a test that it is one, before anything else", () => {
  assertMatch(
    digest({ ...driftReport(), test: true }),
    /^🧪 Test of this sink: nothing was checked, .*\n🟠 pve-drift on /,
  );
});

Deno.test("renderDigest() puts what an apply would destroy first", () => {
  const bullets = digest(driftReport()).split("\n").filter((line) => line.startsWith("•"));
  assertMatch(bullets[0]!, /VM 102 "db"/);
  assertMatch(bullets[4]!, /VM 119 "old"/);
});

Deno.test("renderDigest() puts the gravest environment first", () => {
  const shown = report([
    environment("calm", { previousStatus: "drift" }),
    environment("drifting", { changes: [change()] }),
    environment("failing", { error: failure() }),
  ]);
  const names = Array.from(digest(shown).matchAll(/^(?:🔴|🟠|🟢) ([a-z]+):/gm), ([, name]) => name);
  assertEquals(names, ["failing", "drifting", "calm"]);
});

Deno.test("renderDigest() gives an error its class, summary and cure, who holds a lock, and what could be seen", () => {
  const lines = digest(errorReport()).split("\n");
  assertEquals(lines[0], "🔴 pve-drift on pve1: 2 checks failed, 2 new differences");
  const at = (text: string) => {
    const index = lines.findIndex((line) => line.startsWith(text));
    assert(index >= 0, `${text}\nis missing in\n${lines.join("\n")}`);
    return index;
  };
  assertEquals(
    at("State is locked by alice@laptop since 2026-11-24 04:41:10 UTC"),
    at("🔴 staging: the check failed: state-locked") + 1,
  );
  at("What to do: Wait for alice@laptop to finish");
  at("🔴 lab: the check failed: permission");
  assert(at("Found despite the error:") < at('• VM 102 "db" on pve2, new'));
  at("not found; an apply would create it; NOT CONFIRMED");
});

Deno.test("renderDigest() says who holds the lock that kept drift from being confirmed", () => {
  const summary = "State is locked by alice@laptop since 04:41: the drift could not be confirmed";
  const lock = { id: "1", who: "alice@laptop", since: "04:41" };
  const warnings = [
    { severity: "warning" as const, summary: "Deprecated: the lock of a VM", detail: "", deprecation: { isNew: true } },
    { severity: "warning" as const, summary, detail: "", lock },
  ];
  const shown = (confirmed: boolean) =>
    digest(report([environment("prod", { changes: [change({ confirmed })], warnings })]));
  assertStringIncludes(shown(false), `Warning: ${summary}`);
  assert(!shown(false).includes("Deprecated"));
  assert(!shown(true).includes("Warning"));
});

Deno.test("renderDigest() tells each kind of news in its words", () => {
  const once = (rest: Partial<EnvironmentReport>, runId: string, days = 0) =>
    report([environment("prod", rest)], { runId, finishedAt: new Date(Date.UTC(2026, 10, 24 + days)).toISOString() });
  const after = (before: Partial<EnvironmentReport>, now: Partial<EnvironmentReport>, days = 0) => {
    const { told } = newsFor(once(before, "1"), undefined, WEEK)!;
    return digest(once(now, "2", days), told);
  };
  const drift = { changes: [known(change())] };
  const error = { error: failure() };
  assertMatch(
    after(drift, {}),
    /^🟢 pve-drift on pve1: 1 resolved\n.*: 1 ok\n\n🟢 prod: nothing differs any more\n✅ resolved: VM 101/,
  );
  assertMatch(
    after(drift, { ...drift, accepted: [change()], changes: [] }),
    /✅ accepted by a rule: VM 101 "web" on pve1: memory\[0\]/,
  );
  assertMatch(
    after(error, {}),
    /^🟢 .*: 1 check works again\n.*\n\n🟢 prod: the check works again \(it had failed: auth\); nothing differs$/,
  );
  assertMatch(
    after(error, drift),
    /^🟠 .*: 1 new difference\n.*\n\n🟠 prod: the check works again \(it had failed: auth\); drift: 1 known to earlier checks/,
  );
  assertMatch(
    after(drift, error),
    /^🔴 .*\n.*\n\n🔴 prod: the check failed: auth\n[^]*1 known difference could not be checked/,
  );
  assertMatch(after(error, { error: failure({ class: "tls" }) }), /prod: the check failed: tls \(before: auth\)/);
  assertMatch(
    after(error, { ...error, changes: [change()] }),
    /🔴 prod: the check still fails: auth, since 2026-11-12 05:00 UTC \(12d\); new, found despite the error:/,
  );
  assertMatch(
    after(drift, { changes: [change()] }),
    /🟠 .*: 1 difference changed\n.*\n\n🟠 prod: drift: 1 changed\n• VM 101 "web" on pve1, changed since it was last told/,
  );
  assertMatch(
    after({ changes: [change({ confirmed: false })] }, drift),
    /^🟠 pve-drift on pve1: 1 difference confirmed\n[^]*🟠 prod: drift: 1 now confirmed\n• VM 101 "web" on pve1, now confirmed/,
  );
  assertMatch(
    after(drift, drift, 8),
    /^⏰ pve-drift on pve1: still open\n.*\n\n⏰ prod: still drift, since 2026-11-12 05:00 UTC \(12d\): VM 101 "web" on pve1$/,
  );
  assertMatch(
    after(error, error, 8),
    /⏰ prod: the check still fails, since 2026-11-12 .*: auth 401 authentication failure/,
  );
  const many = { changes: vms(5).map(known) };
  assertMatch(after(many, many, 8), /⏰ prod: still drift, .*: VM 0 "app-0" on pve1, VM 1 .*, VM 2 .* and 2 more$/);
  const closed = report([environment("prod", { previousStatus: "error" })]);
  assertMatch(digest(closed), /^🟢 .*: 1 environment conforms again/);
});

Deno.test("renderDigest() says how many of all environments were checked", () => {
  const shown = report([environment("prod", { changes: [change()] })], { configured: ["prod", "lab", "dev"] });
  assertStringIncludes(digest(shown), "1 of 3 environments checked: 1 drift");
});

Deno.test("renderDigest() tells the same failure of several environments once", () => {
  const down = failure({ class: "backend-unreachable", summary: "no route to host", cure: "Start the store" });
  const shown = report([
    environment("prod", { error: down }),
    environment("lab", { error: failure() }),
    environment("dev", { error: down }),
    environment("edge", { error: down, changes: [change()] }),
  ]);
  const text = digest(shown);
  assertStringIncludes(text, "🔴 prod, dev: the check failed: backend-unreachable");
  assertEquals(text.split("Start the store").length - 1, 2);
  assertStringIncludes(text, "🔴 lab: the check failed: auth");
  assertStringIncludes(text, "🔴 edge: the check failed: backend-unreachable");
});

Deno.test("renderDigest() makes harmless what a stranger wrote into a description", () => {
  const text = digest(strangeReport());
  assertStringIncludes(text, '"\\u001b[2J\\u001b[31mall fine\\u0007\\r"');
  const evil = change({
    label: '</b><a href="https://evil.example">x</a> & "q"',
    note: "line\n🟢 prod: nothing differs <b>",
  });
  const lines = digest(report([environment("prod", { changes: [evil] })])).split("\n");
  assert(lines.includes('• </b><a href="https://evil.example">x</a> & "q", new'), lines.join("\n"));
  assert(lines.includes("Note: line 🟢 prod: nothing differs <b>"), lines.join("\n"));
});

Deno.test("renderDigest() lets 500 changes of one environment push out nothing of another", () => {
  const shown = report([
    environment("big", { changes: vms(500) }),
    environment("small", { changes: [change({ label: "VM 7 of small" })] }),
    environment("lab", { error: failure() }),
    environment("gone", { previousStatus: "drift", resolved: [{ address: "vm.resolved" }] }),
  ]);
  const text = digest(shown);
  const lines = text.split("\n");
  assertStringIncludes(text, "401 authentication failure for root@pam!ci");
  assertStringIncludes(text, "What to do: Give a token that is valid");
  assertStringIncludes(text, "• VM 7 of small, new");
  assertStringIncludes(text, "✅ resolved: vm.resolved");
  const listed = lines.filter((line) => line.includes('"app-') && line.startsWith("•")).length;
  assert(listed > 8, `only ${listed} are listed`);
  assert(lines.includes(`… and ${500 - listed} more differences`), text);
  assert(text.length > 3600, `room is left: ${text.length}`);
});

Deno.test("renderDigest() names environments that have no room at all", () => {
  const names = Array.from({ length: 120 }, (_, index) => `environment-${index}`);
  const shown = report(names.map((name) => environment(name, { error: failure({ summary: `${name} failed` }) })));
  const text = digest(shown);
  const told = text.split("\n").filter((line) => line.startsWith("🔴 environment-")).length;
  assert(told >= 10, `only ${told} are told`);
  assertStringIncludes(text, `… and ${120 - told} more environments: environment-${told}, `);
});

Deno.test("renderDigest() shows less of each attribute before it leaves a change out", () => {
  const attributes = Array.from(
    { length: 30 },
    (_, index) => attribute(`option[${index}].value`, "a".repeat(400), "b".repeat(400)),
  );
  const text = digest(
    report([
      environment("prod", { changes: vms(6, (index) => ({ attributes: [...attributes, attribute("n", 0, index)] })) }),
    ]),
  );
  assertEquals(text.split("\n").filter((line) => line.startsWith("•")).length, 6);
  assertMatch(text, /… and 2[0-9] more attributes/);
  const one = digest(
    report([environment("prod", { changes: vms(1, () => ({ attributes: attributes.slice(0, 3) })) })]),
  );
  assertStringIncludes(one, "a".repeat(150));
});

Deno.test("renderDigest() ends each change with what to type about it, and drops that before anything else", () => {
  const few = digest(report([environment("prod", { changes: vms(3) })]));
  for (const index of [0, 1, 2]) {
    assertStringIncludes(few, `\npve-drift explain --env prod 'module.vm["app-${index}"].vm.this'`);
  }
  // With the line for each, 18 of them would not fit.
  const many = digest(report([environment("prod", { changes: vms(18) })]));
  assertEquals([many.includes("pve-drift explain"), many.includes("… and")], [false, false]);
  assertEquals(many.match(/expected 2048 → actual/g)?.length, 18);
});

Deno.test("renderDigest() counts what is resolved and has no room", () => {
  const resolved = Array.from({ length: 300 }, (_, index) => ({ address: `module.vm["app-${index}"].vm.this` }));
  const text = digest(report([environment("prod", { previousStatus: "drift", resolved })]));
  const listed = text.split("\n").filter((line) => line.startsWith("✅")).length;
  assertStringIncludes(text, `… and ${300 - listed} more resolved`);
});

Deno.test("withPreface() says that a message is late and that others are missing, and both fit", () => {
  const shown = report([environment("big", { changes: vms(500) })]);
  const html = renderDigest(shown, newsFor(shown, undefined, WEEK)!);
  const text = read(withPreface(html, { from: shown.finishedAt, missing: 12345 }));
  assertEquals(text.split("\n").slice(0, 2), [
    "⚠️ 12345 older notices dropped: too many were waiting, or their records were damaged",
    "⏳ Delayed: this is from 2026-11-24 05:00 UTC",
  ]);
  assertMatch(read(withPreface("x", { missing: 1 })), /^⚠️ 1 older notice dropped: /);
  assertEquals(withPreface(html, { missing: 0 }), html);
});

Deno.test("bareText() is what a reader sees, cut to what Telegram takes and in no character's middle", () => {
  assertEquals(bareText("<b>a &lt;b&gt; &amp;amp;</b>"), "a <b> &amp;");
  for (const lead of ["", "x"]) {
    const text = bareText(lead + "😀".repeat(3000));
    assert(text.length <= TELEGRAM_LIMIT && text.isWellFormed() && text.endsWith("…"));
  }
});

const PIECES = [
  "<b>",
  "</b>",
  "<code>",
  "</",
  "<",
  ">",
  "&",
  "&amp;",
  "&lt",
  "&#60;",
  '"',
  "'",
  "\n",
  "\r\n",
  "\t",
  "\u0000",
  "\u001b[31m",
  "\u202e",
  "\u2066",
  "\u2028",
  "\ud800",
  "\udc00",
  "😀",
  "👩‍💻",
  "ẞ",
  "数据库",
  "e\u0301\u0301\u0301",
  "\\",
  "/start",
  "@admin",
  "https://x.example/?a=1&b=2",
  "${x}",
  "word",
  " ",
  "a".repeat(60),
  "long ".repeat(30),
];

function randomReport(random: () => number): DriftReport {
  const int = (most: number) => Math.floor(random() * (most + 1));
  const pick = <T>(list: readonly T[]): T => list[int(list.length - 1)]!;
  const hostile = (most = 8) => Array.from({ length: int(most) }, () => pick(PIECES)).join("");
  const value = (depth = 2): unknown => {
    const kind = int(depth > 0 ? 7 : 4);
    if (kind <= 1) return hostile();
    if (kind === 2) return int(99999);
    if (kind === 3) return pick([null, true, "(sensitive)", "(hidden)", ""]);
    if (kind === 4) return hostile(random() < 0.1 ? 200 : 20);
    const items = Array.from({ length: int(6) }, () => value(depth - 1));
    return kind === 5 ? items : Object.fromEntries(items.map((item, index) => [hostile(3) + index, item]));
  };
  const many = random() < 0.2 ? 300 : 6;
  const changes = () =>
    Array.from({ length: int(many) }, (_, index) => ({
      ...change({
        address: `vm.${index}${hostile()}`,
        action: pick(["create", "update", "delete", "replace", "forget"] as const),
        origin: pick(["outside", "pending", "both"] as const),
        isNew: random() < 0.5,
        confirmed: random() < 0.8,
        attributes: Array.from({ length: int(pick([1, 4, many > 6 ? 6 : 40])) }, () =>
          attribute(`a${hostile(4)}`, value(), value(), { origin: pick(["outside", "pending"] as const) })),
        ...random() < 0.3 ? { note: hostile(20) } : {},
        ...random() < 0.3 ? { reason: hostile() } : {},
        ...random() < 0.3 ? { causedBy: [hostile(), hostile()] } : {},
      }),
      label: random() < 0.7 ? `L${hostile()}` : undefined as never,
    }));
  return report(
    Array.from({ length: 1 + int(random() < 0.2 ? 150 : 6) }, (_, index) => {
      const isError = random() < 0.3;
      return environment(`env${index}`, {
        changes: random() < 0.5 ? changes() : [],
        previousStatus: pick(["ok", "drift", "error"] as const),
        resolved: isError
          ? []
          : Array.from({ length: int(5) }, () => ({ address: `r.${hostile()}`, path: hostile(3) })),
        warnings: [{
          severity: "warning",
          summary: `locked ${hostile()}`,
          detail: "",
          lock: {},
        }],
        ...isError
          ? {
            error: failure({
              summary: hostile(40),
              cure: hostile(40),
              lock: { id: "1", who: hostile(), since: hostile() },
            }),
          }
          : {},
      });
    }),
    { host: hostile(20) },
  );
}

/** Everything that there is to say is either said or counted. */
function assertAccounted(news: EnvironmentNews[], text: string, seed: number) {
  const lines = text.split("\n");
  const others = Number(/^… and (\d+) more environments?: /m.exec(text)?.[1] ?? 0);
  const heads = lines.filter((line) => /^(?:🔴|🟠|🟢|⏰|⚠️) env/.test(line));
  const named = heads.flatMap((line) => line.split(": ")[0]!.split(",")).length;
  if (heads.every((line) => !line.includes("…"))) assertEquals(named + others, news.length, `seed ${seed}\n${text}`);
  if (others > 0) return;
  const sum = (pattern: RegExp) => [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  const bullets = lines.filter((line) => line.startsWith("• ")).reduce(
    (total, line) => total + Number(/^• (\d+) × .*, all alike/.exec(line)?.[1] ?? 1),
    0,
  );
  const checks = lines.filter((line) => line.startsWith("✅ ")).length;
  const fresh = news.reduce((total, one) => total + (one.kind === "reminder" ? 0 : one.fresh.length), 0);
  const resolved = news.reduce((total, one) => total + one.resolved.length, 0);
  assertEquals(bullets + sum(/^… and (\d+) more differences?/gm), fresh, `seed ${seed}\n${text}`);
  assertEquals(
    checks + sum(/^… and (?:\d+ more differences?, )?(\d+) more resolved/gm),
    resolved,
    `seed ${seed}\n${text}`,
  );
}

Deno.test("renderDigest() makes of any report a message that Telegram takes, and accounts for everything", () => {
  const runs = Number(Deno.env.get("PVE_DRIFT_PROPERTY_RUNS") ?? 60);
  for (let seed = 1; seed <= runs; seed++) {
    const random = randomOf(seed);
    let told: Told | undefined;
    for (let run = 0; run < 3; run++) {
      const shown = {
        ...randomReport(random),
        runId: `run-${run}`,
        finishedAt: new Date(Date.UTC(2026, 10, 20 + 9 * run)).toISOString(),
      };
      const news = newsFor(shown, told, WEEK);
      if (!news) continue;
      told = news.told;
      const html = renderDigest(shown, news);
      try {
        assertAccounted(news.environments, read(html), seed);
        read(withPreface(html, { from: shown.finishedAt, missing: 9999 }));
      } catch (error) {
        throw new Error(`Seed ${seed}, run ${run}: ${(error as Error).message}`, { cause: error });
      }
    }
  }
});

Deno.test("renderDigest() of a report without news cannot be asked for", () => {
  assertEquals(newsFor(okReport(), undefined, WEEK), undefined);
});

Deno.test("renderDigest() names as many strangers as fit, counts the others, and makes their names harmless", () => {
  const hostile = '<b>\u202egnp\n@everyone "x" & /start';
  const unmanaged = Array.from({ length: 500 }, (_, at) => stranger({ id: 1000 + at, name: hostile, tags: [hostile] }));
  const shown = report([environment("prod", { changes: [change()] })], { proxmox: [witness({ unmanaged })] });
  const text = read(renderDigest(shown, newsFor(shown, undefined, WEEK)!));
  const named = text.match(/^• VM 1\d{3} "<b>\\u202egnp @everyone "x" & \/start" on pve2/gm)!.length;
  assert(named > 10 && text.includes(`\n… and ${500 - named} more`), text);
  assertStringIncludes(text, '• VM 101 "web" on pve1, new');
});

Deno.test("renderDigest() is silent in a reminder of what a second witness said", () => {
  const first = { ...witnessedReport(), environments: [environment("prod", { changes: [knownChange()] })] };
  const { told } = newsFor(first, undefined, WEEK)!;
  const later = { ...first, runId: "later", finishedAt: "2026-12-24T05:00:12.300Z" };
  const news = newsFor(later, told, WEEK)!;
  assertEquals(news.environments.map(({ kind }) => kind), ["reminder"]);
  assert(!/Proxmox|jump-temp|alice/.test(renderDigest(later, news)), renderDigest(later, news));
});
