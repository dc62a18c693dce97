/** Shards of an estate whose terraform replays recorded plans: the small version of `deno task bench:scale`. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { shardOf } from "../../drift/config/shard.ts";
import { type Family, parse } from "../../sinks/prom/exposition.ts";
import { testWith } from "../support/programs.ts";
import { configureHost, makeScaleEstate, measured, reportOf, type ScaleEstate } from "../bench/scale.ts";

const SHARDS = 4;

async function metricsOf({ estate }: ScaleEstate, host: string): Promise<Family[]> {
  return parse(await Deno.readTextFile(join(estate.dir, host, "x.prom")));
}

function labels(families: Family[], name: string, label: string): string[] {
  return (families.find((family) => family.name === name)?.samples ?? []).map((sample) => sample.labels[label]!);
}

Deno.test("50 environments in four shards are each checked once, and each host's files name its own alone", async () => {
  const scale = await makeScaleEstate(50);
  await using _estate = scale.estate;
  const checked: string[] = [], summed = { ok: 0, drift: 0, error: 0 };
  for (let index = 0; index < SHARDS; index++) {
    const host = `host-${index}`;
    const config = await configureHost(scale, host);
    const env = { JOB_COMPLETION_INDEX: String(index) };
    const run = await measured(scale, ["--config", config, "--all", "--json", "--shard", `auto/${SHARDS}`], env);
    const { configured, environments, shard, summary } = reportOf(run);
    const names = environments.map(({ name }) => name);
    assertEquals([configured, shard], [names, { index: index + 1, of: SHARDS }]);
    assertEquals(names, scale.names.filter((name) => shardOf(name, SHARDS) === index + 1));
    const metrics = await metricsOf(scale, host);
    assertEquals(labels(metrics, "pve_drift_last_check_timestamp", "env"), names);
    assertEquals(labels(metrics, "pve_drift_build_info", "shard"), [String(index + 1)]);
    for (const status of ["ok", "drift", "error"] as const) summed[status] += summary[status];
    checked.push(...names);
    assert(run.peakMb > 50 && run.peakMb < 250, `${run.peakMb} MB`);
  }
  assertEquals(checked.sort(), scale.names);
  assertEquals(summed, scale.expected);
});

Deno.test("a shard leaves out what is asked of others, and may be empty; a name that nobody has is refused", async () => {
  const scale = await makeScaleEstate(2);
  await using _estate = scale.estate;
  const config = await configureHost(scale, "host");
  const [name, other] = scale.names as [string, string];
  const [index, free] = [shardOf(name, 9), [1, 2, 3].find((one) => scale.names.every((n) => shardOf(n, 9) !== one))!];
  const drift = (...args: string[]) => measured(scale, ["--config", config, ...args]);

  const asked = reportOf(await drift("--env", `${name},${other}`, "--shard", `${index}/9`, "--json"));
  assertEquals(asked.environments.map((one) => one.name), scale.names.filter((n) => shardOf(n, 9) === index));

  const empty = await drift("--all", "--shard", `${free}/9`);
  assertEquals([empty.code, empty.stdout, empty.stderr], [0, `No environment is in shard ${free}/9.\n`, ""]);
  const metrics = await metricsOf(scale, "host");
  assertEquals(labels(metrics, "pve_drift_last_check_timestamp", "env"), []);
  assertEquals(labels(metrics, "pve_drift_shards", "shard"), [String(free)]);

  const unknown = await drift("--env", "nobody", "--shard", `${free}/9`);
  assertEquals(unknown.code, 64);
  assertStringIncludes(unknown.stderr, 'Unknown environment "nobody"');
  const lost = await drift("--all", "--shard", "auto/9");
  assertEquals([lost.code, lost.stdout], [64, ""]);
  assertStringIncludes(lost.stderr, "JOB_COMPLETION_INDEX");
});

Deno.test("a shard does not call an accept rule useless that another shard may need", async () => {
  const scale = await makeScaleEstate(4);
  await using _estate = scale.estate;
  const config = await configureHost(scale, "host");
  const [name] = scale.names as [string];
  const of = 2, other = scale.names.find((one) => shardOf(one, of) !== shardOf(name, of));
  assert(other, "choose other names: all are in one shard");
  const rule = { address: "nothing.like_it", path: "tags", reason: "a test" };
  const accept = [rule, { ...rule, env: other }, { ...rule, env: other, until: "2020-01-31" }];
  await Deno.writeTextFile(config, JSON.stringify({ ...JSON.parse(await Deno.readTextFile(config)), accept }));
  const warnings = async (...args: string[]) =>
    reportOf(await measured(scale, ["--config", config, "--all", "--json", ...args])).environments
      .flatMap((one) => one.warnings.map(({ summary }) => summary)).filter((summary) =>
        summary.includes("accept rule")
      );
  assertEquals(await warnings("--shard", `${shardOf(name, of)}/${of}`), []);
  assert((await warnings()).length > 0);
});

testWith(
  ["prometheus-node-exporter"],
  "node_exporter serves the files of all shards from one folder",
  async (_, exporter) => {
    const scale = await makeScaleEstate(6);
    await using estate = scale.estate;
    const dir = join(estate.dir, "metrics");
    await Deno.mkdir(dir);
    for (const index of [1, 2, 3]) {
      const config = await configureHost(scale, `host-${index}`);
      const prom = `+prom?file=${dir}/pve_drift_${index}.prom`;
      await measured(scale, ["--config", config, "--all", "--shard", `${index}/3`, "--sink", prom]);
    }
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const child = new Deno.Command(exporter!, {
      args: [
        `--web.listen-address=127.0.0.1:${port}`,
        ...["--collector.disable-defaults", "--collector.textfile", `--collector.textfile.directory=${dir}`],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      let served = "";
      for (let tries = 0; served === "" && tries < 100; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        served = await fetch(`http://127.0.0.1:${port}/metrics`).then((response) => response.text(), () => "");
      }
      assertStringIncludes(served, "\nnode_textfile_scrape_error 0\n");
      const envs = [...served.matchAll(/^pve_drift_last_check_timestamp\{env="([^"]+)"\}/gm)].map(([, env]) => env!);
      assertEquals(envs.sort(), scale.names);
      assertEquals(served.match(/^pve_drift_shards\{shard="\d"\} 3$/gm)?.length, 3);
      // It drops what it has twice, without a word here.
      assertEquals(served.match(/^pve_drift_sink_failures\{.*sink="(?:console|logfile)"/gm)?.length, 6);
    } finally {
      child.kill("SIGTERM");
      await child.status;
    }
  },
);
