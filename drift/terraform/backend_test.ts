import { assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Environment } from "../config/config.ts";
import { stateAt } from "./backend.ts";

const prod: Environment = { name: "prod", dir: "/srv/prod", varFiles: [], backendConfig: [], timeoutMs: 1 };

async function placeOf(backend: unknown, environment = prod): Promise<string> {
  const dir = await Deno.makeTempDir();
  try {
    if (backend) await Deno.writeTextFile(join(dir, "terraform.tfstate"), JSON.stringify({ backend }));
    return (await stateAt(environment, dir)).text;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("stateAt() names backend, place and workspace", async () => {
  assertEquals(
    await placeOf({ type: "s3", config: { bucket: "b", key: "a?b#c@d", secret_key: "s", region: null } }),
    'backend "s3", bucket "b", key "a?b#c@d", workspace "default"',
  );
  assertEquals(
    await placeOf(undefined, { ...prod, workspace: "lab" }),
    'backend "local", path "/srv/prod/terraform.tfstate", workspace "lab"',
  );
});

Deno.test("stateAt() shows no credentials of an address", async () => {
  for (const address of ["https://ops:hun/ter22@state.example.org", "https://ops:hun ter22@state.example.org"]) {
    assertEquals(
      await placeOf({ type: "http", config: { address } }),
      'backend "http", address "https://state.example.org", workspace "default"',
    );
  }
  for (const secret of ["ops:hunter22@", "ops:p@ss@", "token@"]) {
    assertEquals(
      await placeOf({
        type: "http",
        config: { address: `https://${secret}state.example.org/a@b/prod?token=hunter22#x` },
      }),
      'backend "http", address "https://state.example.org/a@b/prod", workspace "default"',
    );
  }
});
