import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { hostileReport } from "../../tests/support/hostile_report.ts";
import { textOf } from "../../tests/support/html_text.ts";
import { attribute, change, environment, manyReport, report } from "../../tests/support/sample_reports.ts";
import { stranger, witness } from "../../tests/support/witness_reports.ts";
import { UTC } from "../../tests/support/utc.ts";
import type { Change, DriftReport } from "../../drift/report.ts";
import { NOTHING_KEPT, nowKept } from "./kept.ts";
import { renderPage } from "./page.ts";

/** The page of a report that is the first one. */
function pageOf(shown: DriftReport, days = 30): string {
  const kept = nowKept(NOTHING_KEPT, shown, UTC.date, days);
  return renderPage({ report: shown, kept, outcomes: [], days, local: UTC, isSample: false });
}

/** What a reader sees of one change. */
function textOfChange(rest: Partial<Change>): string {
  return textOf(pageOf(report([environment("prod", { changes: [change(rest)] })])));
}

Deno.test("renderPage() lets nothing that a stranger could write become HTML, wherever it stands", () => {
  const page = pageOf(hostileReport());
  const tags = new Set(Array.from(page.matchAll(/<([a-z][a-z0-9]*)/gi), ([, tag]) => tag!.toLowerCase()));
  for (const tag of ["script", "img", "svg", "iframe", "form", "base", "link", "object", "b2"]) {
    assert(!tags.has(tag), tag);
  }
  const [, body = ""] = /<body>([^]*)<\/body>/.exec(page)!;
  // Attributes are our own five; what was filled in between their quotes has none.
  for (const [, name] of body.matchAll(/<[^>]*?\s([\w:-]+)=/g)) {
    assert(["class", "id", "href", "title", "datetime", "role", "aria-label", "aria-hidden"].includes(name!), name);
  }
  for (const [, href] of body.matchAll(/href="([^"]*)"/g)) assert(/^#env-/.test(href!), href);
  assert(!/(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u.test(page));
  assertEquals(body.match(/<\/style|<\/body|<!--/gi), null);
});

Deno.test("renderPage() shows the whole of what a stranger wrote as text", () => {
  const text = textOf(pageOf(hostileReport()));
  for (const where of ["name", "address", "label", "value", "note", "user", "summary", "cure", "guest"]) {
    assertStringIncludes(text, `<script>pwned('${where}')</script>`);
  }
});

Deno.test("renderPage() links to nothing but the environments that are on it", () => {
  const page = pageOf(hostileReport());
  const ids = new Set(Array.from(page.matchAll(/\sid="([^"]*)"/g), ([, id]) => id));
  const links = Array.from(page.matchAll(/href="#([^"]*)"/g), ([, id]) => id);
  assertEquals(links.length, hostileReport().environments.length);
  for (const link of links) assert(ids.has(link), link);
});

Deno.test("renderPage() begins with the gravest environment and the newest and gravest change", () => {
  const text = textOf(pageOf(report([
    environment("fine"),
    environment("drifting", {
      changes: [
        change({ label: "known", isNew: false }),
        change({ label: "updated" }),
        change({ label: "destroyed", action: "delete" }),
        change({ label: "snoozed", snoozedUntil: "2026-11-27T05:00:00.000Z" }),
      ],
    }),
    environment("failing", { error: { class: "network", summary: "no route", detail: "", cure: "look" } }),
  ])));
  const places = ["failing", "drifting", "fine"].map((name) => text.indexOf(name));
  assertEquals(places, places.toSorted((a, b) => a - b));
  const changes = ["− destroyed", "~ updated", "~ known", "~ snoozed"].map((name) => text.indexOf(name));
  assertEquals(changes, changes.toSorted((a, b) => a - b));
  assert(changes[0]! > 0);
});

Deno.test("renderPage() says beside a change what a reader must know of it", () => {
  assertStringIncludes(textOfChange({ confirmed: false }), "not confirmed");
  assertStringIncludes(textOfChange({ snoozedUntil: "2026-11-27T05:00:00.000Z" }), "snoozed until 2026-11-27 05:00");
  assertStringIncludes(
    textOfChange({ sinceUpgrade: { provider: "bpg/proxmox", from: "0.110.0", to: "0.111.1" } }),
    "first seen after bpg/proxmox 0.110.0 → 0.111.1",
  );
  const flapping = { returns: 3, since: "2026-11-20T05:00:00.000Z", isNew: false };
  assertStringIncludes(
    textOfChange({ attributes: [attribute("tags", [], ["x"], { flapping })] }),
    "flapping: the same value has come back 3 times since 2026-11-20",
  );
});

Deno.test("renderPage() lists what flaps and is equal at the moment", () => {
  const one = { address: "x.a", path: "memory", returns: 3, since: "2026-11-20T05:00:00.000Z", equalChecks: 2 };
  const text = textOf(pageOf(report([environment("prod", { settling: [one] })])));
  assertStringIncludes(text, "Flapping, and equal at the moment");
  assertStringIncludes(
    text,
    "x.a: memory, for 2 checks; flapping: the same value has come back 3 times since 2026-11-20",
  );
});

Deno.test("renderPage() does not say that nothing differs where its sink gets a part alone", () => {
  const part = report([environment("prod", { leftOut: ["vm.a", "vm.b"] })], { only: { origin: ["outside"] } });
  const text = textOf(pageOf(part));
  assertStringIncludes(text, "Nothing of what is told here differs");
  assertStringIncludes(text, "Left out here: 2 further resources that differ");
});

Deno.test("renderPage() says which code was compared", () => {
  const code = { commit: "4f2a6d0e93f17b1c2f7e8f6f1b0a9d1100c0ffee", branch: "main", dirty: true };
  const text = textOf(pageOf(report([environment("prod", { code })])));
  assertStringIncludes(text, "commit 4f2a6d0e93f1 on main, with changes that are not committed");
});

Deno.test("renderPage() shows of long values where they differ, and says so where the text is the same", () => {
  const long = "x".repeat(5000);
  const text = textOfChange({ attributes: [attribute("user_data", `${long}old${long}`, `${long}new${long}`)] });
  assert(/x+old/.test(text) && /x+new/.test(text) && text.length < 2500, text);
  const masked = attribute("password", "(sensitive)", "(sensitive)", { sensitive: true });
  assertStringIncludes(textOfChange({ attributes: [masked] }), "password: differs (sensitive, not shown)");
});

Deno.test("renderPage() tells many changes that are alike as one, and stays small with many that are not", () => {
  const alike = Array.from({ length: 5000 }, (_, at) => change({ label: `VM ${at}`, address: `vm[${at}]` }));
  const page = pageOf(report([environment("prod", { changes: alike })]));
  assertStringIncludes(textOf(page), "5000 × proxmox_virtual_environment_vm, all alike");
  const unlike = alike.map((one, at) => ({ ...one, attributes: [attribute("name", "a", `b${at}`)] }));
  const large = pageOf(report([environment("prod", { changes: unlike })]));
  assertStringIncludes(textOf(large), "and 4800 more, which the log files list");
  assert(large.length < 200_000, `${large.length}`);
});

Deno.test("renderPage() tells guests that no state knows, the new ones first, and of a silent witness what it said last", () => {
  const heard = report([environment("prod")], {
    proxmox: [witness({
      guests: { managed: 3, unmanaged: 2, excluded: 0 },
      unmanaged: [stranger({ id: 7, name: "old", isNew: false, firstSeenAt: "2026-11-20T05:00:00.000Z" }), stranger()],
    })],
    clusters: ["proxmox"],
  });
  const text = textOf(pageOf(heard));
  assertStringIncludes(text, 'new VM 131 "jump-temp" on pve2, running VM 7 "old" on pve2, running, seen for 4d');
  assertStringIncludes(text, "3 guests managed, 2 in no state that is checked here");
  const silent = {
    ...heard,
    proxmox: [witness({ error: { class: "network", summary: "no answer", detail: "", cure: "Look at pve1" } })],
  };
  const kept = nowKept(nowKept(NOTHING_KEPT, heard, UTC.date, 30), silent, UTC.date, 30);
  const later = textOf(renderPage({ report: silent, kept, outcomes: [], days: 30, local: UTC, isSample: false }));
  assertStringIncludes(later, "no answer What to do: Look at pve1 Known from 2026-11-24 05:00");
  assertStringIncludes(later, "jump-temp");
});

Deno.test("renderPage() draws one bar a day, today last, and says their sum to those who cannot see it", () => {
  const page = pageOf(manyReport(), 14);
  const [, bars] = /<div class="strip"[^>]*>(.*?)<\/div>/s.exec(page)!;
  assertEquals(bars!.match(/<span/g)!.length, 14);
  assert(bars!.trim().endsWith('<span class="drift" title="2026-11-24: DRIFT, 5 resources, 1 check"></span>'), bars);
  assertStringIncludes(page, 'aria-label="The last 14 days: 13 without a check, 1 DRIFT"');
});

Deno.test("renderPage() says in its title what is wrong, and of a report of nothing that nothing is checked", () => {
  const title = (shown: DriftReport) => /<title>(.*)<\/title>/.exec(pageOf(shown))![1];
  assertEquals(title(manyReport()), "3 environments drift · pve-drift");
  assertEquals(title(report([environment("a"), environment("b")])), "Nothing differs in 2 environments · pve-drift");
  assertEquals(title(report([environment("a")], { configured: ["a", "b"] })), "1 not checked · pve-drift");
  assertEquals(title(report([])), "No environment is checked · pve-drift");
});
