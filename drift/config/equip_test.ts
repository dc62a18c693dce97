import { assertEquals, assertRejects } from "@std/assert";
import type { Environment } from "./config.ts";
import { equip } from "./equip.ts";
import { UsageError } from "../usage_error.ts";

async function withFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const environment = (more: Partial<Environment>): Environment => ({
  name: "prod",
  dir: "/envs/prod",
  varFiles: [],
  backendConfig: [],
  timeoutMs: 1000,
  ...more,
});
const self = (path: string) => ({ uid: Deno.uid()!, gid: Deno.gid()!, env: { PATH: path } });

Deno.test("equip() lets a file of variables have the last word, for its own environment alone", () =>
  withFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/prod.env`, "A=file\nB=file\n", { mode: 0o600 });
    const given = [environment({ env: { A: "entry", C: "entry" }, envFile: `${dir}/prod.env` }), environment({})];
    const [prod, lab] = await equip(given, { bin: "/terraform", env: { A: "all", D: "all" } }, self(""));
    assertEquals(prod!.env, { A: "file", B: "file", C: "entry" });
    assertEquals(lab!.env, undefined);
    assertEquals(given[0]!.env, { A: "entry", C: "entry" }, "what was given stays as it was");
    await Deno.chmod(`${dir}/prod.env`, 0o644);
    await assertRejects(
      () => equip(given, { bin: "/terraform", env: {} }, self("")),
      UsageError,
      "others than its owner",
    );
  }));

Deno.test("equip() finds an environment's program on the PATH that it has, and refuses one that others may change", () =>
  withFolder(async (dir) => {
    for (const place of ["own", "configured", "inherited"]) {
      await Deno.mkdir(`${dir}/${place}`);
      await Deno.writeTextFile(`${dir}/${place}/tofu`, "", { mode: 0o755 });
    }
    const bin = async (env: Record<string, string>, all: Record<string, string>, name = "tofu") =>
      (await equip([environment({ bin: name, env })], { bin: "terraform", env: all }, self(`${dir}/inherited`)))[0]!
        .bin;
    assertEquals(await bin({}, {}), `${dir}/inherited/tofu`);
    assertEquals(await bin({}, { PATH: `${dir}/configured` }), `${dir}/configured/tofu`);
    assertEquals(await bin({ PATH: `${dir}/own` }, { PATH: `${dir}/configured` }), `${dir}/own/tofu`);
    assertEquals(await bin({}, {}, "terraform-1.9"), "terraform-1.9", "a missing one is the check's own error");
    assertEquals(await bin({}, {}, `${dir}/own/tofu`), `${dir}/own/tofu`);
    const [all] = await equip([environment({ env: { PATH: `${dir}/own` } })], { bin: "tofu", env: {} }, self(""));
    assertEquals(all!.bin, `${dir}/own/tofu`, "the program of all, found on the environment's own PATH");
    await Deno.chmod(`${dir}/own/tofu`, 0o777);
    await assertRejects(() => bin({}, {}, `${dir}/own/tofu`), UsageError, `Cannot trust "${dir}/own/tofu"`);
  }));
