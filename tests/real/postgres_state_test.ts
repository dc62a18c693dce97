/** The check of an environment whose state lies in a real PostgreSQL: as a reader, locked, refused and gone. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { postgresPrograms, startPostgres } from "../lab/postgres.ts";
import { Estate, simple } from "../support/estate.ts";
import { testWith } from "../support/programs.ts";

const BACKEND = 'terraform {\n  backend "pg" {}\n}\n';

testWith(
  ["terraform"],
  "state in PostgreSQL: as a reader, with a lock that somebody holds, and with a wrong password",
  async (test) => {
    await using server = await startPostgres();
    await using estate = await Estate.create({ prod: simple("web", BACKEND) });
    await estate.terraform("prod", "init", `-backend-config=conn_str=${server.url("owner")}`);
    await estate.terraform("prod", "apply", "-auto-approve");
    await Deno.remove(estate.path("prod", ".terraform"), { recursive: true });
    await server.sql(
      "GRANT USAGE ON SCHEMA terraform_remote_state TO reader; " +
        "GRANT SELECT ON ALL TABLES IN SCHEMA terraform_remote_state TO reader",
    );
    await estate.configure({
      environments: { prod: { envFile: "prod.env", backendConfig: ["backend.hcl"] } },
      terraform: { lockTimeout: "1s" },
    });
    // A reader makes nothing: neither the schema nor its table nor its index.
    const skips = ["schema", "table", "index"].map((what) => `skip_${what}_creation = true\n`).join("");
    await estate.write("prod", { "backend.hcl": skips });
    const login = (url: string) =>
      Deno.writeTextFile(join(estate.dir, "prod.env"), `PG_CONN_STR='${url}'\n`, { mode: 0o600 });

    await test.step("a reader's login is enough", async () => {
      await login(server.url("reader"));
      const { status, error } = await estate.only();
      assertEquals(status, "ok", JSON.stringify(error));
    });
    await test.step("a lock that somebody holds leaves the drift unconfirmed", async () => {
      await estate.write("prod", simple("other", BACKEND));
      await login(server.url("owner"));
      await using _held = await server.holdLocks();
      const { status, changes, warnings } = await estate.only();
      assertEquals([status, changes.map(({ confirmed }) => confirmed)], ["drift", [false]]);
      assertStringIncludes(JSON.stringify(warnings), "the drift could not be confirmed");
    });
    await test.step("drift is confirmed with the lock where it is free", async () => {
      const { status, changes } = await estate.only();
      assertEquals([status, changes.map(({ confirmed }) => confirmed)], ["drift", [true]]);
      assertEquals(await server.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
    });
    await test.step("a wrong password is an error of its own class, and stays secret", async () => {
      await login(server.url("reader").replace("reader-pw-0815", "expired-pw-1234"));
      const { error, stderr } = await estate.only();
      assertEquals(error?.class, "auth", JSON.stringify(error));
      assert(!JSON.stringify(error).includes("expired-pw") && !stderr.includes("expired-pw"));
    });
    await test.step("a database that does not answer is out of reach", async () => {
      await login("postgres://reader:reader-pw-0815@127.0.0.1:1/states?sslmode=disable");
      const { error } = await estate.only();
      assertStringIncludes("backend-unreachable network", error!.class, JSON.stringify(error));
    });
  },
  postgresPrograms() ? undefined : "needs PostgreSQL's server: apt-get install postgresql, or run tests/lab/install",
);
