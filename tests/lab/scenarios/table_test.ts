import { assert, assertEquals } from "@std/assert";
import { SCENARIOS, TELMATE, WITNESSED, WITNESSED_TELMATE } from "./all.ts";
import { formatted, scenarioDocument } from "./table.ts";

Deno.test("docs/PROXMOX-SCENARIOS.md is what the scenarios say: deno task scenarios writes it anew", async () => {
  const there = await Deno.readTextFile(new URL("../../../docs/PROXMOX-SCENARIOS.md", import.meta.url));
  assertEquals(there, await formatted(scenarioDocument()));
});

Deno.test("scenarioDocument() has a row for each scenario", () => {
  const text = scenarioDocument();
  const all = [...SCENARIOS, ...TELMATE, ...WITNESSED, ...WITNESSED_TELMATE];
  assertEquals(all.filter(({ name }) => !text.includes(`| ${name}`)).map(({ name }) => name), []);
  assert(SCENARIOS.length > 60);
});

Deno.test("every scenario whose verdict could be the same without its change has a proof of the change", () => {
  const bare = [...SCENARIOS, ...TELMATE].filter((
    { proof, expect: { status, observed, bookkeeping, warning, accepted } },
  ) => status === "ok" && !observed && !bookkeeping && !warning && !accepted && !proof);
  assertEquals(bare.map(({ name }) => name), ["Nothing changed, ten runs in a row"]);
});

Deno.test("plain terraform is asked in every scenario but the one in which it would never answer", () => {
  assertEquals([...SCENARIOS, ...TELMATE].filter(({ plain }) => !plain).map(({ name }) => name), ["Proxmox hanging"]);
});

Deno.test("every scenario has a name of its own, and more than ten run on OpenTofu too", () => {
  const names = [...SCENARIOS, ...TELMATE].map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
  assert(SCENARIOS.filter((one) => one.tofu).length > 10);
});

Deno.test("what the real provider plans is recorded of each scenario of Telmate/proxmox", async () => {
  const file = new URL("../../fixtures/telmate_lab.json", import.meta.url);
  const recorded = Object.keys(JSON.parse(await Deno.readTextFile(file)));
  assertEquals(recorded, TELMATE.map(({ name }) => name));
});

Deno.test("each word of a second witness is played for a VM and for a container", () => {
  const played = WITNESSED.flatMap(({ found = {} }) =>
    Object.entries(found).map(([address, one]) => `${one.found} ${/_(vm|container)\./.exec(address)![1]}`)
  );
  const words = ["deleted", "exists", "hidden", "moved", "unknown"];
  assertEquals([...new Set(played)].sort(), words.flatMap((word) => [`${word} container`, `${word} vm`]));
});
