import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Environment } from "./load.ts";
import { environmentFolders, environmentName, selectEnvironments } from "./environments.ts";
import { UsageError } from "../usage_error.ts";

async function withRoot(run: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function put(root: string, ...files: string[]): Promise<void> {
  for (const file of files) {
    await Deno.mkdir(`${root}/${file.slice(0, file.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${file}`, "");
  }
}

/** Deno's own call wants to write everywhere. */
async function link(target: string, path: string): Promise<void> {
  const { success } = await new Deno.Command("ln", { args: ["-s", "--", target, path] }).output();
  assert(success);
}

Deno.test("environmentFolders() takes each folder that holds code, sorted, and no other", () =>
  withRoot(async (root) => {
    await put(root, "prod/main.tf", "lab/main.tf.json", "tofu/x.tofu", "my env/a.tf", "json/x.tofu.json");
    await put(root, "empty/README.md", ".terraform/main.tf", ".git/main.tf", "swap/.main.tf", "backup/main.tf~");
    await put(root, "deep/prod/main.tf", "/main.tf", "vars/prod.tfvars");
    await Deno.mkdir(`${root}/odd/folder.tf`, { recursive: true });
    assertEquals(await environmentFolders(root), ["json", "lab", "my env", "prod", "tofu"]);
  }));

Deno.test("environmentFolders() follows links, and counts one that leads nowhere: it was an environment", () =>
  withRoot(async (root) => {
    await put(root, "envs/real/main.tf", "elsewhere/main.tf", "empty/x", "file.tf/x");
    await link(`${root}/elsewhere`, `${root}/envs/linked`);
    await link(`${root}/elsewhere/main.tf`, `${root}/envs/file`);
    await link(`${root}/empty`, `${root}/envs/nothing`);
    await link(`${root}/unmounted`, `${root}/envs/gone`);
    await link(`${root}/unmounted`, `${root}/envs/.#lock`);
    assertEquals(await environmentFolders(`${root}/envs`), ["gone", "linked", "real"]);
  }));

Deno.test("environmentFolders() finds none when the folder is missing, and fails when it is no folder", () =>
  withRoot(async (root) => {
    await put(root, "x/file");
    assertEquals(await environmentFolders(`${root}/missing`), []);
    await assertRejects(() => environmentFolders(`${root}/x/file`), Deno.errors.NotADirectory);
  }));

Deno.test({
  name: `environmentFolders() counts a folder that it may not look into${
    Deno.uid() === 0 ? " (skipped: root may look into everything)" : ""
  }`,
  ignore: Deno.uid() === 0,
  fn: () =>
    withRoot(async (root) => {
      await put(root, "closed/main.tf");
      await Deno.chmod(`${root}/closed`, 0o000);
      try {
        assertEquals(await environmentFolders(root), ["closed"]);
      } finally {
        await Deno.chmod(`${root}/closed`, 0o700);
      }
    }),
});

Deno.test("environmentName allows what is fit for file names and labels, and nothing else", () => {
  for (const name of ["prod", "a", "7", "prod-eu.2_x", "x".repeat(64)]) assert(environmentName.test(name), name);
  for (const name of ["", ".", "..", ".git", "-x", "_x", "a b", "a/b", "é", "a\n", "x".repeat(65), "a,b"]) {
    assert(!environmentName.test(name), name);
  }
});

const environment = (name: string): Environment => ({
  name,
  dir: `/envs/${name}`,
  varFiles: [],
  backendConfig: [],
  timeoutMs: 1000,
});
const config = {
  root: "/envs",
  environments: ["prod", "lab", "prod-eu"].map(environment),
  unlisted: ["old", "my env"],
};
const cli = { command: "check" as const, env: [] as string[], all: false, dryRun: false };
const chosen = (given: Partial<typeof cli> | { command: "doctor" }) =>
  selectEnvironments(config, { ...cli, ...given }).map(({ name }) => name);

Deno.test("selectEnvironments() gives what is asked for, in the order asked, or all in the configured order", () => {
  assertEquals(chosen({ env: ["lab", "prod"] }), ["lab", "prod"]);
  assertEquals(chosen({ all: true }), ["prod", "lab", "prod-eu"]);
});

Deno.test("selectEnvironments() wants a check to name what it checks, and lists what there is", () => {
  assertThrows(() => chosen({}), UsageError, '--env NAME, or take --all: "prod", "lab", "prod-eu"');
  assertEquals(chosen({ dryRun: true }), ["prod", "lab", "prod-eu"]);
  assertEquals(chosen({ command: "doctor" }), ["prod", "lab", "prod-eu"]);
});

Deno.test("selectEnvironments() names the closest environment and all of them when one is unknown", () => {
  assertThrows(
    () => chosen({ env: ["prod", "prdo"] }),
    UsageError,
    'Unknown environment "prdo": did you mean "prod"; known are "prod", "lab", "prod-eu"',
  );
  assertThrows(() => chosen({ env: ["old"] }), UsageError, 'there is such a folder, but "environments" in');
  assertThrows(() => chosen({ env: ["my env"] }), UsageError, "there is such a folder, but a name is letters");
});

Deno.test("selectEnvironments() says where it looked and what to do when there are none, whatever is asked", () => {
  for (const given of [{ all: true }, { env: ["x"] }, {}, { command: "doctor" as const }]) {
    const none = { root: "/envs", environments: [], unlisted: [] };
    const message = 'Found no environment in "/envs": each folder there that holds *.tf';
    const error = assertThrows(() => selectEnvironments(none, { ...cli, ...given }), UsageError, message);
    assert(error.message.endsWith('say where they are with --root DIR or "root" in pve-drift.json'));
    const named = { ...none, unlisted: ["my env"] };
    assertThrows(() => selectEnvironments(named, { ...cli, ...given }), UsageError, 'left out: "my env" (a name is');
    const notNamed = { ...none, unlisted: ["prod"] };
    const why = 'not named under "environments" of the configuration: "prod"; say';
    assertThrows(() => selectEnvironments(notNamed, { ...cli, ...given }), UsageError, why);
  }
});
