import { assert, assertEquals, assertRejects } from "@std/assert";
import { findConfigFile, readConfigFile } from "./file.ts";
import { UsageError } from "../usage_error.ts";

const uid = Deno.uid()!;

async function withFolders(run: (cwd: string, system: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const folder of ["cwd", "system"]) await Deno.mkdir(`${dir}/${folder}`);
    await run(`${dir}/cwd`, `${dir}/system`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const NAME = "pve-drift.json";

Deno.test("findConfigFile() takes the working directory's before the system's, and the one asked for before both", () =>
  withFolders(async (cwd, system) => {
    const find = (asked?: string) => findConfigFile(asked, cwd, [system, `${system}/own`], uid);
    assertEquals(await find(), undefined);
    await Deno.writeTextFile(`${system}/${NAME}`, "{}");
    assertEquals(await find(), `${system}/${NAME}`);
    await Deno.writeTextFile(`${cwd}/${NAME}`, "{}");
    assertEquals(await find(), `${cwd}/${NAME}`);
    assertEquals(await find(`../system/${NAME}`), `${system}/${NAME}`);
  }));

Deno.test("findConfigFile() does not go on without the file that was asked for", () =>
  withFolders(async (cwd, system) => {
    await Deno.writeTextFile(`${cwd}/${NAME}`, "{}");
    const find = () => findConfigFile("missing.json", cwd, [system], uid);
    await assertRejects(find, UsageError, `Cannot read config "missing.json": No such file or directory`);
  }));

Deno.test("findConfigFile() goes on to no other when the first cannot be reached or trusted", () =>
  withFolders(async (cwd, system) => {
    await Deno.writeTextFile(`${system}/${NAME}`, "{}");
    const find = () => findConfigFile(undefined, cwd, [system], uid);
    await Deno.writeTextFile(`${cwd}/${NAME}`, "{}");
    await Deno.chmod(`${cwd}/${NAME}`, 0o666);
    await assertRejects(find, UsageError, `Cannot trust "${cwd}/${NAME}": must be writable by its owner only`);
    await Deno.remove(`${cwd}/${NAME}`);
    const { success } = await new Deno.Command("ln", { args: ["-s", "/nowhere/x.json", `${cwd}/${NAME}`] }).output();
    assert(success);
    await assertRejects(find, UsageError, `Cannot read config "${cwd}/${NAME}": No such file`);
  }));

Deno.test("readConfigFile() names the file when it is unreadable or wrong", () =>
  withFolders(async (cwd) => {
    await assertRejects(() => readConfigFile(cwd), UsageError, `Cannot read config "${cwd}": Is a directory`);
    await Deno.writeTextFile(`${cwd}/${NAME}`, '\uFEFF{ "values": "hide" } // with a mark before it\n');
    assertEquals(await readConfigFile(`${cwd}/${NAME}`), { values: "hide" });
    await Deno.writeTextFile(`${cwd}/${NAME}`, '{ "valeus": "hide" }');
    await assertRejects(
      () => readConfigFile(`${cwd}/${NAME}`),
      UsageError,
      `${NAME}": "valeus" is unknown: did you mean "values"?`,
    );
  }));
