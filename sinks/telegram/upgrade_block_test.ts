import { assertEquals } from "@std/assert";
import { attribute, change, environment, report } from "../../tests/support/sample_reports.ts";
import type { Change, EnvironmentReport } from "../../drift/report.ts";
import { plainText } from "./html.ts";
import { renderDigest } from "./message.ts";
import { type News, newsFor } from "./news.ts";
import type { Told } from "./told.ts";

const WEEK = 7 * 86_400_000;
const UPGRADE = { provider: "bpg/proxmox", from: "0.105.0", to: "0.106.0" };
const explains = { ...UPGRADE, explains: true as const };
const WARNING = { severity: "warning" as const, summary: "Provider went", detail: "", upgrade: UPGRADE };
const NOTE = "the provider fills in what the code leaves open, and nobody has changed it";

/** A VM in which a default of a new version of the provider is missing. */
const filled = (rest: Partial<Change> = {}) =>
  change({
    origin: "pending",
    note: NOTE,
    sinceUpgrade: explains,
    attributes: [attribute("keyboard_layout", "en-us", null, { origin: "pending", sinceUpgrade: explains })],
    ...rest,
  });
/** A VM of which the new version reads what somebody changed long ago. */
const read = (rest: Partial<Change> = {}) =>
  change({
    address: "proxmox_virtual_environment_container.db",
    label: 'Container 201 "db" on pve1',
    sinceUpgrade: UPGRADE,
    attributes: [attribute("start_on_boot", true, false, { sinceUpgrade: UPGRADE })],
    ...rest,
  });
/** The same as the next check sees it. */
const known = (one: Change): Change => ({
  ...one,
  isNew: false,
  attributes: one.attributes.map((attribute) => ({ ...attribute, isNew: false })),
});
const noise = (index: number) =>
  change({
    address: `vm[${index}]`,
    label: `VM ${index}`,
    note: "small letters (noise: bpg-tags)",
    noise: ["bpg-tags"],
    sinceUpgrade: explains,
    attributes: [attribute("tags", ["A"], ["a"], { sinceUpgrade: explains })],
  });

function tell(environments: EnvironmentReport[], told: Told = { runId: "before", environments: {} }) {
  const shown = report(environments, { runId: crypto.randomUUID() });
  const news = newsFor(shown, told, WEEK);
  return { news, text: news ? plainText(renderDigest(shown, news)) : "", told: news?.told ?? told };
}

const kinds = (news: News | undefined) => news?.environments.map(({ kind }) => kind);

Deno.test("newsFor() tells what an upgrade explains once, in one block for all environments, without a sound", () => {
  const lab = environment("lab", { changes: [filled()], warnings: [WARNING] });
  const prod = environment("prod", { observed: [1, 2, 3, 4].map(noise), warnings: [WARNING] });
  const { news, text, told } = tell([lab, prod]);
  assertEquals([kinds(news), news?.isQuiet], [["upgraded", "upgraded"], true]);
  assertEquals(
    text,
    `🔧 pve-drift on pve1: 5 differences explained by an upgrade
2 environments checked: 1 ok, 1 drift

🔧 First seen after bpg/proxmox 0.105.0 → 0.106.0: nobody changed this
• lab: VM 101 "web" on pve1: keyboard_layout
${NOTE}
• prod: 4 × proxmox_virtual_environment_vm, all alike: tags
VM 1, VM 2, VM 3 and 1 more
small letters (noise: bpg-tags)`,
  );
  assertEquals(
    tell([environment("lab", { changes: [known(filled())] }), environment("prod")], told).news,
    undefined,
  );
});

Deno.test("newsFor() tells real drift that a new version can read at last as ever, so labeled", () => {
  const { news, text } = tell([environment("lab", { changes: [filled(), read()] })]);
  assertEquals([kinds(news), news?.isQuiet], [["found"], false]);
  assertEquals(news?.environments[0]?.fresh.map(({ change }) => change.label), ['Container 201 "db" on pve1']);
  assertEquals(
    text.includes(
      '• Container 201 "db" on pve1, new, first seen after bpg/proxmox 0.105.0 → 0.106.0\n' +
        "proxmox_virtual_environment_container.db\nchanged by hand; an apply would change it back\n" +
        "start_on_boot: expected true → actual false\n" +
        "pve-drift explain --env lab proxmox_virtual_environment_container.db\n\n🔧 First seen after",
    ),
    true,
    text,
  );
});

Deno.test("newsFor() tells a further attribute of a known change as what it is", () => {
  const old = attribute("cores", 2, 4, { isNew: false });
  const { told } = tell([environment("lab", { changes: [change({ attributes: [old] })] })]);
  const further = (sinceUpgrade: typeof explains | typeof UPGRADE) =>
    tell([
      environment("lab", { changes: [change({ attributes: [old, attribute("kl", "x", null, { sinceUpgrade })] })] }),
    ], told);
  const explained = further(explains), drift = further(UPGRADE);
  assertEquals([kinds(explained.news), explained.news?.isQuiet], [["upgraded"], true]);
  assertEquals(
    explained.text.endsWith('nobody changed this\n• lab: VM 101 "web" on pve1: cores, kl'),
    true,
    explained.text,
  );
  assertEquals([kinds(drift.news), drift.news?.isQuiet], [["drifted"], false]);
  assertEquals(
    drift.text.includes("kl (new, first seen after bpg/proxmox 0.105.0 → 0.106.0): expected"),
    true,
    drift.text,
  );
});

Deno.test("newsFor() is quiet of an upgrade alone, and loud where there is anything else", () => {
  const other = { severity: "warning" as const, summary: "Disk is full", detail: "" };
  const loudness = (rest: Partial<EnvironmentReport>) => {
    const { news } = tell([environment("lab", rest)]);
    return [kinds(news), news?.isQuiet];
  };
  assertEquals(loudness({ warnings: [WARNING] }), [["warned"], true]);
  assertEquals(loudness({ warnings: [WARNING, other] }), [["warned"], false]);
  assertEquals(loudness({ warnings: [other], changes: [filled()] }), [["warned"], false]);
  assertEquals(loudness({ changes: [filled(), change({ address: "x" })] }), [["found"], false]);
  assertEquals(loudness({ changes: [filled({ sinceUpgrade: UPGRADE })] }), [["found"], false]);
});

Deno.test("newsFor() tells of each upgrade, though the versions are all that differs, and of each once", () => {
  const to = (from: string, to: string) => {
    const upgrade = { provider: "bpg/proxmox", from, to };
    return environment("lab", { warnings: [{ ...WARNING, summary: `Provider went from ${from} to ${to}`, upgrade }] });
  };
  const first = tell([to("0.105.0", "0.106.0")]);
  const again = tell([to("0.105.0", "0.106.0")], first.told);
  const second = tell([to("0.106.0", "0.107.0")], again.told);
  assertEquals([first, again, second].map(({ news }) => kinds(news)), [["warned"], undefined, ["warned"]]);
});

Deno.test("newsFor() tells later what an upgrade explains and another chat was told, and not that it is confirmed now", () => {
  const untold = tell([environment("lab", { changes: [known(filled({ confirmed: false }))] })]);
  assertEquals([kinds(untold.news), untold.news?.isQuiet], [["upgraded"], true]);
  const confirmed = tell([environment("lab", { changes: [known(filled())] })], untold.told);
  assertEquals(confirmed.news, undefined);
  const gone = tell([environment("lab")], untold.told);
  assertEquals([kinds(gone.news), gone.news?.isQuiet], [["closed"], false]);
});
