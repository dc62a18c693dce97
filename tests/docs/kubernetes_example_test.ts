import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { parseConfigFile } from "../../drift/config/schema.ts";
import { parseCli } from "../../drift/cli/parse.ts";
import { readSpec } from "../../drift/config/sink_entries.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

const text = await Deno.readTextFile(join(ROOT, "docs/examples/kubernetes/pve-drift.yaml"));

// deno-lint-ignore no-explicit-any
const documents = text.split(/^---$/m).map((document) => parse(document) as any);
const only = (kind: string) => documents.find((document) => document.kind === kind);
const job = only("CronJob").spec.jobTemplate.spec;
const [container] = job.template.spec.containers;
const [script] = container.args as [string];
const [code] = job.template.spec.initContainers;

/** What Kubernetes' own description of its API says of documents, in the words of the type checker. */
// deno-lint-ignore no-explicit-any
async function objections(manifests: any[]): Promise<string> {
  const modules: Record<string, string> = { "v1": "core/v1", "batch/v1": "batch/v1", "apps/v1": "apps/v1" };
  const dir = await Deno.makeTempDir();
  const lines = manifests.map((manifest, at) => {
    const from = modules[manifest.apiVersion];
    if (!from) return `const unknown: never = ${JSON.stringify(manifest.apiVersion)};`;
    return `import type { ${manifest.kind} as Type${at} } from "kubernetes-types/${from}.d.ts";\n` +
      `export const document${at}: Type${at} = ${JSON.stringify(manifest)};`;
  });
  await Deno.writeTextFile(join(dir, "manifests.ts"), lines.join("\n"));
  const args = ["check", "-q", "--config", join(ROOT, "deno.json"), join(dir, "manifests.ts")];
  const { code, stderr } = await run(Deno.execPath(), args, { env: { NO_COLOR: "1" } });
  await Deno.remove(dir, { recursive: true });
  return code === 0 ? "" : stderr;
}

Deno.test("the Kubernetes example is what Kubernetes' API describes", async () => {
  assertEquals(documents.map(({ kind }) => kind), ["ConfigMap", "PersistentVolumeClaim", "CronJob", "Deployment"]);
  assertEquals(await objections(documents), "");
  const wrong = structuredClone(only("CronJob"));
  wrong.spec.jobTemplate.spec.completion = 4;
  assertStringIncludes(await objections([wrong]), "completion");
  wrong.spec.jobTemplate.spec = { ...job, completions: "4" };
  assertStringIncludes(await objections([wrong]), "number");
});

Deno.test("the Kubernetes example starts as many pods as there are shards, and none twice", () => {
  const [, line] = /^pve-drift (.*) &$/m.exec(script)!;
  const cli = parseCli(line!.replaceAll('"', "").split(" "));
  assertEquals([cli.all, cli.shard], [true, { index: "auto", of: job.completions }]);
  assertEquals([job.completionMode, job.parallelism], ["Indexed", job.completions]);
  // The API refuses the one without the others.
  assertEquals([job.template.spec.restartPolicy, job.backoffLimitPerIndex], ["Never", 0]);
  assertEquals(only("CronJob").spec.concurrencyPolicy, "Forbid");
  const [spec] = cli.sinks;
  assertMatch(String(readSpec(spec!.replace("+", "")).options.file), /^\/metrics\/\S*\$JOB_COMPLETION_INDEX\S*\.prom$/);
});

Deno.test("the Kubernetes example gives each shard a configuration that is trusted, and a memory of its own", () => {
  const config = parseConfigFile(only("ConfigMap").data["pve-drift.json"], "pve-drift.json");
  const mounts = container.volumeMounts as { mountPath: string; subPath?: string; subPathExpr?: string }[];
  const at = (path: string | undefined) => mounts.find(({ mountPath }) => mountPath === path);
  assertEquals(at(config.stateDir)?.subPathExpr, "state-$(JOB_COMPLETION_INDEX)");
  assertEquals(at("/etc/pve-drift/pve-drift.json")?.subPath, "pve-drift.json");
  const names = new Set((job.template.spec.volumes as { name: string }[]).map(({ name }) => name));
  for (const { name } of [...container.volumeMounts, ...code.volumeMounts]) assert(names.has(name), name);
});

testWith(
  ["git"],
  "the Kubernetes example fetches the code anew and makes the shard's folders, the one for providers too",
  async () => {
    const dir = await Deno.makeTempDir();
    const config = parseConfigFile(only("ConfigMap").data["pve-drift.json"], "pve-drift.json");
    const git = async (...args: string[]) => {
      const { code, stderr } = await run("git", ["-c", "user.name=x", "-c", "user.email=x@example.org", ...args]);
      assertEquals(code, 0, stderr);
    };
    const origin = join(dir, "origin");
    await git("init", "-q", "-b", "main", origin);
    await Deno.mkdir(join(origin, "environments/prod"), { recursive: true });
    await Deno.writeTextFile(join(origin, "environments/prod/main.tf"), "");
    await git("-C", origin, "add", "-A");
    await git("-C", origin, "commit", "-q", "-m", "first");
    const text = (code.args as [string])[0].replaceAll("/data/", `${dir}/data/`).replaceAll("/srv/", `${dir}/srv/`);
    const env = { GIT_URL: `file://${origin}`, GIT_BRANCH: "main", JOB_COMPLETION_INDEX: "2" };
    const fetched = await run(code.command[0], [...code.command.slice(1), text], { env });
    assertEquals([fetched.code, fetched.stderr], [0, ""]);
    await Deno.stat(join(dir, config.root!, "prod/main.tf"));
    const plugins = String(config.terraform!.env!.TF_PLUGIN_CACHE_DIR).replace(config.stateDir!, `${dir}/data/state-2`);
    assert((await Deno.stat(plugins)).isDirectory);
    assert((await Deno.stat(join(dir, "data/metrics"))).isDirectory);
    await Deno.remove(dir, { recursive: true });
  },
);

Deno.test("the Kubernetes example runs as the user whom the image knows", async () => {
  const image = await Deno.readTextFile(join(ROOT, "docs/examples/kubernetes/Dockerfile"));
  const { runAsUser, runAsGroup, fsGroup } = job.template.spec.securityContext;
  assertMatch(image, new RegExp(`^USER ${runAsUser}:${runAsGroup}$`, "m"));
  assertMatch(image, new RegExp(`useradd --uid ${runAsUser} --gid ${fsGroup} `));
});

/** Runs the container's script with a program of that name that does what `body` says; the signal is sent when it says "ready". */
async function inPod(body: string, signal?: Deno.Signal): Promise<{ code: number; said: string }> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(join(dir, "pve-drift"), `#!/bin/sh\necho "$@"\n${body}\n`, { mode: 0o755 });
  const child = new Deno.Command(container.command[0], {
    args: [...container.command.slice(1), script],
    env: { PATH: `${dir}:/usr/bin:/bin`, JOB_COMPLETION_INDEX: "2" },
    clearEnv: true,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complained = new Response(child.stderr).text();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (signal && said.endsWith("ready\n")) child.kill(signal);
  }
  const { code } = await child.status;
  await Deno.remove(dir, { recursive: true });
  return { code, said: said + await complained };
}

Deno.test("the Kubernetes example takes drift for an answer, and every other code for what it is", async () => {
  for (const [exit, code] of [[0, 0], [1, 1], [2, 0], [3, 3], [64, 64]]) {
    const { code: found, said } = await inPod(`exit ${exit}`);
    assertEquals([found, said], [code, "--all --shard auto/4 --sink +prom?file=/metrics/pve_drift_2.prom\n"]);
  }
});

Deno.test("the Kubernetes example lets the program end in order when the pod is stopped", async () => {
  const { code, said } = await inPod(
    "trap 'sleep 0.5; echo ended in order; exit 143' TERM\nsleep 5 >/dev/null 2>&1 &\necho ready\nwait",
    "SIGTERM",
  );
  assertEquals([code, said.split("\n")[2]], [143, "ended in order"]);
});
