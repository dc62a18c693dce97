import { assertEquals } from "@std/assert";
import type { SinkEntry } from "../../sinks/load.ts";
import type { World } from "../world.ts";
import { sinkHost } from "./sink_host.ts";

const WORLD = { env: {}, uid: 0 } as unknown as World;

const entry = (name: string, options: SinkEntry["options"] = {}): SinkEntry => ({
  use: { kind: "built-in", name },
  options,
  allow: [],
  env: [],
  from: "configuration",
  dir: "/",
});

function host(sinks: SinkEntry[], values: "show" | "hide" = "show") {
  return sinkHost({ stateDir: "/nowhere", secretFiles: [], envFiles: [], sinks, values }, WORLD, false);
}

Deno.test("sinkHost() tells other sinks where a browser finds the page of the html sink", () => {
  const url = "https://drift.example.org/";
  assertEquals(host([entry("telegram", { url: "x" }), entry("html"), entry("html", { url })]).pageUrl, url);
  assertEquals(host([entry("telegram"), entry("html")]).pageUrl, undefined);
});

Deno.test("sinkHost() says whether values are hidden", () => {
  assertEquals([host([]).hidesValues, host([], "hide").hidesValues], [false, true]);
});
