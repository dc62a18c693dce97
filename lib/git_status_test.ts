import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { git } from "../tests/support/git.ts";
import { testWith } from "../tests/support/programs.ts";
import { gitStatus } from "./git_status.ts";

/** A checkout in a folder of its own; `git` runs Git as a person does. */
async function checkout(
  act: (top: string, git: (...args: string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-test-" }));
  const top = join(dir, "code");
  const here = (...args: string[]) => git(top, ...args);
  try {
    await Deno.mkdir(join(top, "prod"), { recursive: true });
    await here("init", "-q");
    await act(top, here);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const PATH = Deno.env.get("PATH") ?? "";
const look = (dir: string, paths = [dir], stop = new AbortController().signal) => gitStatus(dir, paths, PATH, stop);

testWith(
  ["git"],
  "gitStatus() tells commit, branch, and which of the asked files differ from it",
  () =>
    checkout(async (top, git) => {
      const prod = join(top, "prod"), file = (name: string) => join(prod, name);
      assertEquals(await look(prod), { top, branch: "main", files: [] });
      for (const name of ["main.tf", "ä b\n.tf"]) await Deno.writeTextFile(file(name), "");
      await Deno.writeTextFile(join(top, "README"), "");
      await git("add", ".");
      await git("commit", "-q", "-m", "first");
      const commit = await git("rev-parse", "HEAD");
      assertEquals(await look(prod), { top, commit, branch: "main", files: [] });
      await Deno.writeTextFile(join(top, "README"), "changed");
      await Deno.writeTextFile(file("ä b\n.tf"), "changed");
      await Deno.writeTextFile(file("new.tf"), "");
      await git("rm", "-q", "prod/main.tf");
      const files = (await look(prod, [prod, "/elsewhere"]))!.files;
      assertEquals(files!.toSorted((a, b) => a.path < b.path ? -1 : 1), [
        { path: file("main.tf"), isTracked: true },
        { path: file("new.tf"), isTracked: false },
        { path: file("ä b\n.tf"), isTracked: true },
      ]);
      await git("checkout", "-q", "--detach", "--force");
      assertEquals(await look(prod, [file("main.tf")]), { top, commit, files: [] });
    }),
);

testWith(
  ["git"],
  "gitStatus() counts how far a branch is behind its upstream, as it was last fetched",
  () =>
    checkout(async (top, git) => {
      await git("commit", "-q", "--allow-empty", "-m", "first");
      assertEquals((await look(top))!.upstream, undefined);
      await git("branch", "published");
      await git("branch", "-q", "--set-upstream-to=published");
      assertEquals((await look(top))!.upstream, { name: "published", behind: 0 });
      for (const message of ["second", "third"]) await git("commit", "-q", "--allow-empty", "-m", message);
      await git("branch", "-q", "-f", "published", "HEAD");
      await git("reset", "-q", "--hard", "HEAD~2");
      assertEquals((await look(top))!.upstream, { name: "published", behind: 2 });
    }),
);

testWith(
  ["git"],
  "gitStatus() writes nothing, and starts no program that the checkout names",
  () =>
    checkout(async (top, git) => {
      await Deno.writeTextFile(join(top, "a"), "");
      await git("add", ".");
      await git("commit", "-q", "-m", "first");
      const trap = join(top, ".git/trap");
      await Deno.writeTextFile(trap, `#!/bin/sh\ntouch '${trap}.sprung'\n`, { mode: 0o755 });
      await Deno.chmod(trap, 0o755);
      await git("config", "core.fsmonitor", trap);
      await Deno.writeTextFile(join(top, "a"), "");
      const index = () => Deno.readFile(join(top, ".git/index"));
      const before = await index();
      assertEquals((await look(top))!.files, []);
      assertEquals(await index(), before);
      assertEquals(await Deno.stat(`${trap}.sprung`).then(() => true, () => false), false);
    }),
);

testWith(
  ["git"],
  "gitStatus() looks into a checkout of somebody else, and runs none of its filters",
  () =>
    checkout(async (top, git) => {
      await git("commit", "-q", "--allow-empty", "-m", "first");
      const trap = `${top}.trap`;
      await Deno.writeTextFile(join(top, "main.tf"), "1");
      await git("add", "main.tf");
      await git("commit", "-q", "-m", "second");
      await git("config", "filter.trap.clean", `touch '${trap}'; cat`);
      await Deno.writeTextFile(join(top, ".git/info/attributes"), "*.tf filter=trap\n");
      await Deno.writeTextFile(join(top, "main.tf"), "2");
      await look(top);
      await Deno.remove(trap); // It works where the checkout is our own.
      const { success } = await new Deno.Command("chown", { args: ["-R", "65534", top] }).output();
      assert(success);
      const { branch, files } = (await look(top))!;
      assertEquals([branch, files], ["main", undefined]);
      assertEquals(await Deno.stat(trap).then(() => true, () => false), false);
    }),
  Deno.uid() === 0 ? undefined : "only root can give files away",
);

testWith(
  ["git"],
  "gitStatus() is silent without a checkout, without Git, and when it is stopped",
  () =>
    checkout(async (top) => {
      assertEquals(await look(join(top, "..")), undefined);
      assertEquals(await look(join(top, "nowhere")), undefined);
      const open = new AbortController().signal;
      assertEquals(await gitStatus(top, [top], "/nowhere", open), undefined);
      assertEquals(await gitStatus(top, [top], undefined, open), undefined);
      assertEquals(await look(top, [top], AbortSignal.abort()), undefined);
      await Deno.remove(join(top, ".git"), { recursive: true });
      await Deno.writeTextFile(join(top, ".git"), "gitdir: /nowhere");
      assertEquals(await look(top), undefined);
    }),
);

Deno.test("gitStatus() does not wait for a Git that hangs", async () => {
  const dir = await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-test-" });
  try {
    await Deno.mkdir(join(dir, ".git"));
    await Deno.writeTextFile(join(dir, "git"), `#!/bin/sh\ntouch started\nsleep 60 &\nwait\n`);
    await Deno.chmod(join(dir, "git"), 0o755);
    const stop = new AbortController();
    const asked = gitStatus(dir, [dir], `${dir}:${PATH}`, stop.signal);
    while (!await Deno.stat(join(dir, "started")).then(() => true, () => false)) {
      await new Promise((go) => setTimeout(go, 5));
    }
    stop.abort();
    assertEquals(await asked, undefined);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
