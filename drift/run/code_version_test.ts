import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { git } from "../../tests/support/git.ts";
import { testWith } from "../../tests/support/programs.ts";
import { codeVersion } from "./code_version.ts";

const PATH = Deno.env.get("PATH") ?? "";

testWith(
  ["git"],
  "codeVersion() tells which code is compared, whether a file of it is changed, and that it is old",
  async () => {
    const dir = await Deno.realPath(await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-test-" }));
    const here = (...args: string[]) => git(dir, ...args);
    const write = async (path: string, text: string) => {
      await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
      await Deno.writeTextFile(join(dir, path), text);
    };
    const found = (varFiles: string[] = []) =>
      codeVersion({ dir: join(dir, "prod"), varFiles }, { inherited: { PATH }, stop: new AbortController().signal });
    try {
      await write("prod/main.tf", 'module "vm" {\n  source = "../modules/vm"\n}\n');
      await write("modules/vm/main.tf", 'module "disk" {\n  source = "../disk"\n}\n');
      for (const path of ["modules/disk/main.tf", "lab/main.tf", "prod/README.md", "prod/files/cloud.yaml"]) {
        await write(path, "");
      }
      assertEquals(await found(), { warnings: [] });
      await here("init", "-q");
      await here("add", ".");
      await here("commit", "-q", "-m", "first");
      const { code, warnings } = await found();
      assertEquals([code?.commit?.length, code?.branch, code?.dirty, warnings], [40, "main", false, []]);

      const isDirty = async (path: string, varFiles?: string[]) => {
        await write(path, "# changed\n");
        const { code } = await found(varFiles);
        await here("reset", "-q", "--hard");
        await here("clean", "-q", "-f", "-d");
        return code?.dirty;
      };
      for (
        const path of [
          "prod/main.tf",
          "prod/new.tf",
          "prod/x.auto.tfvars",
          "modules/disk/main.tf",
          "prod/files/cloud.yaml",
        ]
      ) {
        assertEquals([path, await isDirty(path)], [path, true]);
      }
      for (const path of ["lab/main.tf", "prod/README.md", "prod/notes.txt", "prod/network/main.tf", "prod.tfvars"]) {
        assertEquals([path, await isDirty(path)], [path, false]);
      }
      assertEquals(await isDirty("prod.tfvars", ["../prod.tfvars"]), true);

      await here("commit", "-q", "--allow-empty", "-m", "second");
      await here("branch", "published");
      await here("reset", "-q", "--hard", "HEAD~1");
      await here("branch", "-q", "--set-upstream-to=published");
      const { warnings: [old] } = await found();
      assertEquals(old, {
        severity: "warning",
        summary: 'The code is behind "published" by 1 commit, as it was last fetched',
        detail: `The check compares with the code that is checked out. For the newer one, run git pull in "${dir}".`,
      });
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);
