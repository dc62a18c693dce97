/**
 * The program over the whole estate of the Proxmox lab: all environments at once, its secrets, and all that tells of drift.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Dashboard, filledIn } from "../lab/dashboard/model.ts";
import { ENVIRONMENTS, SECRETS } from "../lab/lab.ts";
import { TOKENS } from "../lab/pve.ts";
import { vm } from "../lab/scenarios/scenario.ts";
import { startWatch } from "../lab/watch.ts";
import { testLab } from "../support/lab.ts";
import { ROOT } from "../support/programs.ts";
import { eventually } from "../support/servers.ts";

testLab(
  ["terraform"],
  "three environments are checked at once, each with its own verdict, and nothing is left behind",
  async (_, lab) => {
    await lab.configure({ concurrency: 3 });
    await lab.pve.configure(101, { memory: 4096 });
    await lab.pve.power(303, "stop");
    const before = await Promise.all(ENVIRONMENTS.map((name) => lab.listing(name)));
    const { code, env, stderr } = await lab.check();
    assertEquals(code, 2, stderr);
    assertEquals(
      ENVIRONMENTS.map((name) => [name, env[name]!.status, env[name]!.changes.map((one) => one.address)]),
      [["lab", "drift", [vm("sandbox-3")]], ["monitoring", "ok", []], ["prod", "drift", [vm("web-1")]]],
    );
    const spans = Object.values(env).map((one) => [Date.parse(one.startedAt), one.durationMs] as const);
    const latest = Math.max(...spans.map(([at]) => at)), first = Math.min(...spans.map(([at, ms]) => at + ms));
    assert(latest < first, "the checks did not overlap");
    assertEquals(await Promise.all(ENVIRONMENTS.map((name) => lab.listing(name))), before);
    assertEquals((await lab.s3.keys()).filter((key) => key.endsWith(".tflock")), []);
  },
);

testLab(["terraform"], "no secret of the estate leaves the check, whatever it writes", async (_, lab) => {
  await lab.pve.configure(101, { memory: 4096, cipassword: "by-hand-Passw0rd" });
  await lab.pve.destroy(401);
  await lab.pve.expire();
  const failed = await lab.estate.drift(["--all", "--json", "--verbose"], lab.env);
  await lab.load("base");
  await lab.pve.configure(101, { memory: 4096 });
  await lab.pve.destroy(401);
  const drifted = await lab.estate.drift(["--all", "--json", "--verbose"], lab.env);
  assertStringIncludes(drifted.stdout, "module.vm.proxmox_virtual_environment_vm.this");
  const told = [failed, drifted].map((one) => one.stdout + one.stderr).join("") + await Deno.readTextFile(lab.metrics);
  const secrets = [...Object.values(SECRETS), ...Object.values(TOKENS).map((token) => token.split("=")[1]!)];
  assertEquals(secrets.filter((secret) => told.includes(secret)), []);
});

testLab(
  ["terraform", "prometheus", "prometheus-node-exporter"],
  "somebody gives a VM more memory: the check sees it, Telegram tells it, the dashboard shows it; and when it is mended, all say so",
  async (_, lab, prometheus, nodeExporter) => {
    const { telegram } = lab, folder = join(lab.estate.dir, "textfile");
    await Deno.mkdir(folder);
    await lab.configure({ sinks: lab.sinks(join(folder, "pve_drift.prom")) });
    await using watch = await startWatch(
      { prometheus: prometheus!, nodeExporter: nodeExporter! },
      folder,
      lab.estate.dir,
    );
    const panels: Dashboard = JSON.parse(await Deno.readTextFile(join(ROOT, "dashboards/grafana/drift-overview.json")));
    const verdict = filledIn(panels.panels.find(({ title }) => title === "Verdict")!.targets![0]!.expr);
    const shows = (prod: number) =>
      eventually(`the dashboard shows ${prod} for prod`, async () => {
        const found = await watch.ask(verdict);
        return found.find(({ metric, value }) => metric["env"] === "prod" && value === prod);
      });
    const check = () => lab.estate.drift(["--all"], lab.env);

    assertEquals((await check()).code, 0);
    await shows(0);

    await lab.pve.configure(101, { memory: 4096 });
    const drifted = await check();
    assertEquals(drifted.code, 2, drifted.stderr);
    for (const said of ['VM 101 "web-1"', "memory[0].dedicated", "2048", "4096"]) {
      assertStringIncludes(drifted.stdout, said);
    }
    const news = telegram.accepted.at(-1)!.text;
    for (const said of ["prod", "web-1", "memory[0].dedicated", "2048", "4096"]) assertStringIncludes(news, said);
    await shows(1);
    await eventually(
      "the alert fires",
      async () => (await watch.ask('ALERTS{alertname="DriftDetected",env="prod"}'))[0],
    );

    const messages = telegram.accepted.length;
    assertEquals((await check()).code, 2);
    assertEquals(telegram.accepted.length, messages, "the same drift was told twice");

    await lab.apply(["prod"]);
    const mended = await check();
    assertEquals(mended.code, 0, mended.stdout);
    assertEquals(telegram.accepted.length, messages + 1);
    const end = telegram.accepted.at(-1)!.text;
    for (const said of ["1 resolved", "prod: nothing differs any more", 'resolved: VM 101 "web-1"']) {
      assertStringIncludes(end, said);
    }
    assertMatch(
      mended.stdout,
      /In order again since the last check:\n {4}VM 101 "web-1" on \w+: memory\[0\]\.dedicated\n/,
    );
    assertStringIncludes(mended.stdout, `\n      ${vm("web-1")}\n`);
    await shows(0);
  },
);
