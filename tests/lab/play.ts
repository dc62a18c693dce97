/**
 * The lab for trying things by hand: `deno task lab` starts an applied estate on a simulated Proxmox and a real S3
 * server, `deno task lab:break` changes something in it, `deno task lab:check` runs the check over it. Ctrl-C removes
 * it all.
 *
 * @module
 */

import { join } from "node:path";
import { startFakeTelegram } from "../support/fake_telegram.ts";
import { findProgram, ROOT } from "../support/programs.ts";
import { startServer } from "../support/servers.ts";
import { type HistoryServer, type Series } from "./dashboard/prometheus.ts";
import { writePageOf } from "./dashboard/preview.ts";
import { ENVIRONMENTS, type Lab, startLab } from "./lab.ts";
import { PlayedPve } from "./pve.ts";
import { startWatch, type Watch } from "./watch.ts";

/** Where a running lab tells of itself. */
const SESSION = join(Deno.env.get("TMPDIR") ?? "/tmp", `pve-drift-lab-${Deno.uid()}.json`);

interface Session {
  pid: number;
  dir: string;
  /** How the program is run over it. */
  command: string[];
  env: Record<string, string>;
  pve: { url: string; ca: string; control: string };
}

/** What can be broken: what it needs, what it does, in words. */
const BREAKS: Record<string, { where?: true; says: string; run: (pve: PlayedPve, id: number) => Promise<unknown> }> = {
  ram: { where: true, says: "doubles the memory of a guest", run: (pve, id) => double(pve, id, "memory") },
  cores: { where: true, says: "doubles the cores of a guest", run: (pve, id) => double(pve, id, "cores") },
  tag: { where: true, says: 'adds the tag "by-hand"', run: tag },
  note: { where: true, says: "edits the description", run: (pve, id) => pve.configure(id, { description: "by hand" }) },
  stop: { where: true, says: "stops a guest", run: (pve, id) => pve.power(id, "stop") },
  start: { where: true, says: "starts a guest", run: (pve, id) => pve.power(id, "start") },
  move: { where: true, says: "migrates a guest to the other node", run: move },
  hide: { where: true, says: "takes a guest out of the sight of the checking token", run: (pve, id) => pve.hide(id) },
  delete: { where: true, says: "deletes a guest", run: (pve, id) => pve.destroy(id) },
  disk: {
    where: true,
    says: "adds a disk to a VM, which no plan shows",
    run: (pve, id) => pve.configure(id, { scsi9: "local-lvm:8" }),
  },
  stranger: { says: "makes a VM that no state knows", run: stranger },
  expire: { says: "lets the checking token expire", run: (pve) => pve.expire() },
  node: { says: "takes node pve2 offline", run: (pve) => pve.node("pve2", false) },
  down: { says: "stops Proxmox", run: (pve) => pve.down() },
  slow: { says: "makes Proxmox take 2 s for each answer", run: (pve) => pve.fault("", { kind: "slow", seconds: 2 }) },
  hang: { says: "lets Proxmox answer no more", run: (pve) => pve.fault("", { kind: "hang" }) },
  mend: { says: "takes everything back", run: (pve) => pve.up().then(() => pve.load("applied")) },
};

/** Guests by the names that a person types. */
const GUESTS: Record<string, number> = {
  "prod/web-1": 101,
  "prod/web-2": 102,
  "prod/db-1": 103,
  "prod/dns-1": 201,
  "prod/proxy-1": 202,
  "lab/sandbox-1": 301,
  "lab/sandbox-2": 302,
  "lab/sandbox-3": 303,
  "lab/scratch": 311,
  "monitoring/prometheus": 401,
  "monitoring/grafana": 411,
};

async function double(pve: PlayedPve, id: number, option: string) {
  await pve.configure(id, { [option]: 2 * Number((await pve.options(id))[option]) });
}

async function tag(pve: PlayedPve, id: number) {
  const { tags } = await pve.options(id);
  await pve.configure(id, { tags: `${tags};by-hand` });
}

/** Makes a VM under the first free number. */
async function stranger(pve: PlayedPve) {
  const vmid = await pve.api<string>("GET", "/cluster/nextid");
  await pve.api("POST", "/nodes/pve2/qemu", { vmid, name: `stranger-${vmid}` });
}

async function move(pve: PlayedPve, id: number) {
  await pve.migrate(id, (await pve.guest(id)).includes("/pve1/") ? "pve2" : "pve1");
}

function say(text = "") {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function usage(): string {
  const width = Math.max(...Object.keys(BREAKS).map((name) => name.length)) + 6;
  const lines = Object.entries(BREAKS).map(([name, { where, says }]) =>
    `  ${`${name}${where ? " GUEST" : ""}`.padEnd(width + 2)}${says}`
  );
  return `${lines.join("\n")}\nGUEST is one of ${Object.keys(GUESTS).join(", ")}`;
}

const proxmoxOf = ({ pve: { url, ca, control } }: Session) => new PlayedPve(url, ca, control, () => Promise.resolve());

/**
 * The lab that runs: its Proxmox lives as long as it does, and answers. What a killed one left behind does not count.
 */
async function session(): Promise<Session | undefined> {
  try {
    const told: Session = JSON.parse(await Deno.readTextFile(SESSION));
    await proxmoxOf(told).count();
    return told;
  } catch {
    return undefined;
  }
}

async function running(): Promise<Session> {
  const found = await session();
  if (!found) throw new Error("No lab is running: start one with `deno task lab`, in another terminal");
  return found;
}

async function breakIt([what, where]: string[]) {
  const known = BREAKS[what ?? ""];
  const id = GUESTS[where ?? ""];
  if (!known || (known.where && id === undefined)) {
    throw new Error(`Cannot tell what to break: known are\n${usage()}`);
  }
  await known.run(proxmoxOf(await running()), id ?? 0);
  say(`Done: ${known.says}. See what the check says: deno task lab:check --all`);
}

async function check(args: string[]) {
  const { command, env, dir } = await running();
  const child = new Deno.Command(Deno.execPath(), { args: [...command, ...args], cwd: dir, env, stdin: "null" })
    .spawn();
  Deno.exit((await child.status).code);
}

/** Starts the lab and holds it until `stop`, which is heeded between any two steps of the start too. */
async function up(withMonitoring: boolean, stop: AbortSignal) {
  const bin = findProgram("terraform");
  if (!bin) throw new Error("Cannot start the lab: terraform is not on the PATH");
  const other = await session();
  if (other) throw new Error(`Cannot start the lab: one is running already, as process ${other.pid}: end that first`);
  await Deno.remove(SESSION).catch(() => {}); // a killed one's
  say("Starting Proxmox and S3, applying three environments …");
  await using lab = await startLab(bin);
  for (const name of ENVIRONMENTS) {
    stop.throwIfAborted();
    await lab.init([name]);
    stop.throwIfAborted();
    await lab.apply([name]);
  }
  await lab.pve.save("applied");
  await lab.configure({ proxmox: lab.witness() });
  stop.throwIfAborted();
  await using watched = withMonitoring ? await monitoring(lab) : undefined;
  stop.throwIfAborted();
  const told: Session = {
    pid: Deno.pid,
    dir: lab.estate.dir,
    command: lab.estate.command(),
    env: { ...lab.env, ...watched?.env },
    pve: { url: lab.pve.url, ca: lab.pve.ca, control: lab.pve.control },
  };
  // Fails where another lab has come up meanwhile: what is removed in the end is ours.
  await Deno.writeTextFile(SESSION, JSON.stringify(told), { mode: 0o600, createNew: true });
  lab.stack.defer(() => Deno.remove(SESSION).catch(() => {}));
  say(`
The lab is ready; it lies in ${lab.estate.dir} (environments: ${ENVIRONMENTS.join(", ")}).
In another terminal, as often as you like:

  deno task lab:check --all              what pve-drift says now
  deno task lab:break ram prod/web-1     change something behind Terraform's back
  deno task lab:break mend               take everything back

What can be broken:
${usage()}
${watched?.says ?? ""}
Ctrl-C ends the lab and removes everything.`);
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve));
  watched?.stop();
  say("\nRemoving the lab …");
}

interface Monitoring extends AsyncDisposable {
  says: string;
  env: Record<string, string>;
  stop(): void;
}

/**
 * The whole story: Telegram's imitation, node_exporter, Prometheus with our rules, Alertmanager, the dashboard as a
 * page.
 */
async function monitoring(lab: Lab): Promise<Monitoring> {
  const wanted = ["prometheus", "prometheus-node-exporter", "prometheus-alertmanager"];
  const [prometheus, nodeExporter, alertmanager] = wanted.map((name) => findProgram(name));
  if (!prometheus || !nodeExporter || !alertmanager) {
    throw new Error(`Cannot start the monitoring: install ${wanted.join(", ")}, as tests/lab/install prometheus does`);
  }
  await using stack = new AsyncDisposableStack();
  const { dir } = lab.estate;
  const telegram = stack.use(startFakeTelegram());
  const folder = join(dir, "textfile");
  await Deno.mkdir(folder);
  await lab.configure({
    proxmox: lab.witness(),
    sinks: [
      "console",
      { use: "prom", file: join(folder, "pve_drift.prom") },
      { use: "telegram", chatId: -1001, apiRoot: telegram.url },
    ],
  });
  const routes = `route: { receiver: telegram, group_wait: 1s, group_interval: 1s }
receivers:
  - name: telegram
    telegram_configs: [{ api_url: "${telegram.url}", bot_token: "${telegram.token}", chat_id: -1001, parse_mode: HTML, message: '{{ template "drift.telegram" . }}' }]
templates: ["${join(ROOT, "dashboards/alertmanager/drift-telegram.tmpl")}"]
`;
  await Deno.writeTextFile(join(dir, "alertmanager.yml"), routes);
  const alerts = stack.use(
    await startServer(alertmanager, (address) => [
      `--config.file=${join(dir, "alertmanager.yml")}`,
      `--storage.path=${join(dir, "alertmanager")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
    ], "/-/ready"),
  );
  const watch = stack.use(await startWatch({ prometheus, nodeExporter }, folder, dir, new URL(alerts.url).host));
  const began = Math.floor(Date.now() / 1000) - 60, html = join(dir, "dashboard.html");
  let told = 0;
  const timer = setInterval(() => {
    for (const { text } of telegram.accepted.slice(told)) say(`\n── Telegram ──\n${text}\n──────────────`);
    told = telegram.accepted.length;
    writePageOf(liveHistory(watch, began), html).catch(() => {}); // no data yet
  }, 3000);
  const kept = stack.move();
  return {
    says: `
Prometheus      ${watch.url}
Alertmanager    ${alerts.url}
the dashboard   ${html} (written anew every 3 s)
Telegram        its messages appear here
`,
    env: { TELEGRAM_BOT_TOKEN: telegram.token },
    stop: () => clearInterval(timer),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await kept.disposeAsync();
    },
  };
}

/** What the dashboard asks, answered by what has been seen since the lab began. */
function liveHistory(watch: Watch, start: number): HistoryServer {
  const end = Math.floor(Date.now() / 1000);
  const get = async (path: string, parameters: Record<string, string | number>) => {
    const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, `${value}`]));
    return (await (await fetch(`${watch.url}/api/v1/${path}?${query}`)).json()).data;
  };
  const series = (metric: Series["metric"], values: [number, string][]) => ({
    metric,
    values: values.map(([time, value]): [number, number] => [time, Number(value)]),
  });
  return {
    url: watch.url,
    start,
    end,
    now: async (expr) =>
      (await get("query", { query: expr, time: end })).result.map((
        { metric, value }: { metric: Series["metric"]; value: [number, string] },
      ) => series(metric, [value])),
    over: async (expr) =>
      (await get("query_range", { query: expr, start, end, step: 5 })).result.map((
        { metric, values }: { metric: Series["metric"]; values: [number, string][] },
      ) => series(metric, values)),
    labelValues: (label, metric) => get(`label/${label}/values`, { "match[]": metric, start, end }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

if (import.meta.main) {
  const [command, ...args] = Deno.args;
  try {
    if (command === "break") await breakIt(args);
    else if (command === "check") await check(args);
    else if (command === "up" && args.every((one) => one === "--monitoring")) {
      const stop = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        Deno.addSignalListener(signal, () => stop.abort());
      }
      await up(args.length > 0, stop.signal).catch((error) => {
        // Ctrl-C reaches what is being started too, which then fails.
        if (!stop.signal.aborted) throw error;
        say("\nInterrupted; the lab is removed.");
        Deno.exitCode = 130;
      });
    } else throw new Error("Usage: deno task lab [--monitoring], lab:break WHAT [GUEST], or lab:check OPTIONS");
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${(error as Error).message}\n`));
    Deno.exitCode = 1;
  }
}
