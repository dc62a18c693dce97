/**
 * The Dockerfile of docs/SCALING.md, its steps run on a fresh Debian without Docker, and the pods of the manifest on the
 * image that comes of it. What `ADD` would download (terraform) and `COPY` takes (the package) is put in place here.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { bundle } from "../../packaging/bundle.ts";
import { debianPackage, debianVersion } from "../../packaging/debian_package.ts";
import { DENO_PROGRAMS, denoProgram } from "../../packaging/deno_program.ts";
import { Estate, simple } from "../support/estate.ts";
import { findProgram, ROOT, run, testWith } from "../support/programs.ts";

const EXAMPLE = join(ROOT, "docs/examples/kubernetes");
const own = DENO_PROGRAMS.find(({ arch }) => arch === Deno.build.arch)!;

/** One word of the shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

interface Instruction {
  name: string;
  text: string;
}

/** The instructions of a Dockerfile, joined lines and comments undone. */
function instructions(text: string): Instruction[] {
  const lines = text.replace(/^#.*\n/gm, "").replaceAll(/\\\n/g, "").split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line)!;
    return { name: name!, text: rest! };
  });
}

/** The steps as a shell script that image.sh runs; `ADD` and `COPY` take from the folder `context`. */
function buildScript(steps: Instruction[], context: string): string {
  const enter =
    'chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive';
  return steps.map(({ name, text }) => {
    const words = text.split(" ").filter((word) => !word.startsWith("--"));
    if (name === "RUN") return `${enter} sh -c ${quoted(text)}`;
    if (name === "ADD") return `cp ${quoted(join(context, "program.zip"))} "$root${words[1]}"`;
    if (name === "COPY") return `cp ${quoted(context)}/${words[0]} "$root${words[1]}"`;
    return ":";
  }).join("\n");
}

// deno-lint-ignore no-explicit-any
type Manifest = any;

/** The manifest's documents by kind. */
async function manifest(): Promise<Record<string, Manifest>> {
  const text = await Deno.readTextFile(join(EXAMPLE, "pve-drift.yaml"));
  return Object.fromEntries(text.split(/^---$/m).map((one) => parse(one) as Manifest).map((one) => [one.kind, one]));
}

/** The pod of one shard as a shell script: its volumes, then its two containers, each as the user and with the variables. */
function podScript({ CronJob, ConfigMap }: Record<string, Manifest>, image: Instruction[], index: number): string {
  const { securityContext, containers: [check], initContainers: [code] } = CronJob.spec.jobTemplate.spec.template.spec;
  const { runAsUser, runAsGroup, fsGroup } = securityContext;
  const fixed = image.filter(({ name }) => name === "ENV").flatMap(({ text }) => text.split(" "));
  const variables: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    JOB_COMPLETION_INDEX: String(index),
    GIT_URL: "file:///origin",
    GIT_BRANCH: "main",
  };
  const container = ({ command, args, env = [] }: Manifest) => {
    const own = env.filter(({ name }: Manifest) => !(name in variables)).map(({ name, value }: Manifest) =>
      `${name}=${value}`
    );
    const all = [...fixed, ...own, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
    return `chroot --userspec=${runAsUser}:${runAsGroup} --groups=${fsGroup} "$root" env -i --chdir=/tmp ${
      [...all, ...command, ...args].map(quoted).join(" ")
    }`;
  };
  // An emptyDir and a volume that honors fsGroup belong to root and that group.
  return `
    for name in code tmp; do rm -rf "$volumes/$name"; done
    mkdir -p "$volumes/data" "$volumes/code" "$volumes/tmp"
    for name in data code tmp; do chown 0:${fsGroup} "$volumes/$name"; chmod 2777 "$volumes/$name"; done
    mount --bind "$volumes/tmp" "$root/tmp"
    mount --bind "$volumes/code" "$root/srv"
    mount --bind "$volumes/data" "$root/data"
    ${container(code)}
    mount --bind "$volumes/data/state-${index}" "$root/var/lib/pve-drift"
    mount --bind "$volumes/data/metrics" "$root/metrics"
    mount -o remount,bind,ro "$root/srv"
    printf %s ${quoted(ConfigMap.data["pve-drift.json"])} >"$volumes/pve-drift.json"
    mount --bind "$volumes/pve-drift.json" "$root/etc/pve-drift/pve-drift.json"
    ${container(check)} || { code=$?; echo "shard ${index}: exit code $code"; }
    umount "$root/etc/pve-drift/pve-drift.json" "$root/metrics" "$root/var/lib/pve-drift" "$root/data" "$root/srv" "$root/tmp"
`;
}

function whyNot(): string | undefined {
  if (Deno.uid() !== 0) return "needs root";
  if (Deno.build.arch !== "x86_64") return "needs x86_64";
  const base = findProgram("lab/debian");
  if (!base) return undefined; // said by testWith()
  const sources = Deno.readTextFileSync(join(base, "etc/apt/sources.list"));
  const host = /^deb \w+:\/\/([^/]+)/m.exec(sources)?.[1] ?? "";
  const { success } = new Deno.Command("getent", { args: ["hosts", host], stdout: "null" }).outputSync();
  return success ? undefined : "needs Debian's archive";
}

testWith(
  ["unshare", "chroot", "dpkg-deb", "git", "python3", "terraform", "lab/debian"],
  "the Dockerfile's steps make an image on which the manifest's pods check each environment once",
  async (_, ...paths) => {
    const [terraform, base] = paths.slice(-2) as [string, string];
    await using estate = await Estate.create({ prod: simple("as applied"), lab: simple("as applied") });
    await estate.apply("prod", "lab");
    await estate.write("lab", simple("as wanted"));
    const context = join(estate.dir, "context"), folder = join(estate.dir, "image");
    for (const path of [context, folder]) await Deno.mkdir(path);

    const bundled = join(estate.dir, "pve-drift.js");
    await bundle(bundled);
    const parts = { bundled, deno: await denoProgram(own), architecture: own.debian, version: debianVersion() };
    await debianPackage({ ...parts, date: 1_700_000_000, compression: "zstd" }, context);
    await Deno.writeTextFile(join(context, "LICENSE.txt"), "");
    await run("python3", [
      "-m",
      "zipfile",
      "-c",
      join(context, "program.zip"),
      terraform,
      join(context, "LICENSE.txt"),
    ]);

    const origin = join(estate.dir, "origin/environments");
    for (const name of ["prod", "lab"]) {
      await Deno.mkdir(join(origin, name), { recursive: true });
      for (const file of ["main.tf", "terraform.tfstate"]) {
        await Deno.copyFile(estate.path(name, file), join(origin, name, file));
      }
    }
    const steps = instructions(await Deno.readTextFile(join(EXAMPLE, "Dockerfile")));
    const documents = await manifest();
    const completions: number = documents.CronJob.spec.jobTemplate.spec.completions;
    const script = join(estate.dir, "script");
    await Deno.writeTextFile(
      script,
      `${buildScript(steps, context)}
      ls "$root/usr/local/bin"
      cp -a ${quoted(join(estate.dir, "origin"))} "$root/origin"
      git -C "$root/origin" init -q -b main .
      git -C "$root/origin" add -A
      git -C "$root/origin" -c user.name=x -c user.email=x@example.org commit -q -m first
      chown -R 10001:10001 "$root/origin"
      mkdir "$root/data" "$root/metrics"
      mount -o remount,ro "$root"
      ${Array.from({ length: completions }, (_, index) => podScript(documents, steps, index)).join("\n")}
      cat "$volumes"/data/metrics/*.prom
      cd "$volumes/data"; ls -d state-*/memory/*.json`,
    );
    const { code, stdout, stderr } = await run("sh", [join(ROOT, "tests/lab/image.sh"), folder, base, script]);
    assertEquals(code, 0, stdout.slice(-3000) + stderr.slice(-3000));
    assertMatch(stdout, /^terraform$/m);
    assertEquals(stdout.match(/^shard \d: exit code.*$/gm), null, stdout);
    const statuses = stdout.match(/^pve_drift_status\{.*$/gm)!.sort();
    assertEquals(statuses.length, 2, stdout);
    assertStringIncludes(statuses[0]!, 'env="lab"');
    assertMatch(statuses[0]!, / 1$/);
    assertStringIncludes(statuses[1]!, 'env="prod"');
    assertMatch(statuses[1]!, / 0$/);
    assertEquals(stdout.match(/^state-\d\/memory\/(lab|prod)\.json$/gm)!.length, 2);
  },
  whyNot(),
);
