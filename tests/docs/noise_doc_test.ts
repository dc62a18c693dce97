import { assertEquals } from "@std/assert";
import type { NoiseRow } from "../../drift/providers/provider.ts";
import { providerOf } from "../../drift/providers/registry.ts";
import { readHandbook, tablesBelow } from "./handbook.ts";

const ROWS = ["bpg/proxmox", "telmate/proxmox"].flatMap((source) => providerOf(source).noise);

const code = (words: readonly string[]) => [...new Set(words)].map((word) => `\`${word}\``).join(", ");

/** A row as the handbooks write it, without its reason. */
function cells({ name, types, paths, shape, since, until, issue }: NoiseRow, words: typeof WORDS.en): string[] {
  const short = (type: string) =>
    name.startsWith("bpg-") ? type.replace(/^proxmox_(?:virtual_environment_)?/, "") : type;
  const versions = [since && `${words.since} ${since}`, until && `${words.before} ${until}`].filter(Boolean).join(", ");
  return [
    code([name]),
    code(types.map(short)),
    code(paths),
    typeof shape === "string"
      ? code([shape])
      : code(["null", ...("absent" in shape ? [shape.absent] : shape.absentOr).map((one) => JSON.stringify(one))]),
    versions || words.all,
    issue ?? "",
  ];
}

const WORDS = {
  en: { since: "since", before: "before", all: "all" },
  fr: { since: "depuis", before: "avant", all: "toutes" },
};

Deno.test("the handbooks' tables of noise are the rows of the catalogue", async () => {
  const english = tablesBelow(await readHandbook(), "noise").slice(1);
  assertEquals(english, ROWS.map((row) => [...cells(row, WORDS.en), row.reason]));
  const french = tablesBelow(await readHandbook("fr"), "noise").slice(1);
  assertEquals(french.map((row) => row.slice(0, -1)), ROWS.map((row) => cells(row, WORDS.fr)));
  assertEquals(french.filter((row) => row.at(-1) === ""), []);
});
