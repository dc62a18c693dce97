/**
 * A real PostgreSQL on the loopback device, for states that lie in it.
 *
 * @module
 */

import { join } from "node:path";
import { delay } from "@std/async/delay";
import { freePort } from "../support/servers.ts";

/** A server with one database. Disposing of it ends it and removes everything. */
export interface PostgresServer extends AsyncDisposable {
  /** The connection string of a user of the database, password included. */
  url: (user: "owner" | "reader") => string;
  /** Runs SQL as the superuser; throws where it fails. */
  sql: (text: string) => Promise<string>;
  /** Takes the lock of every state as an apply does, until it is disposed of. */
  holdLocks: () => Promise<AsyncDisposable>;
}

/** Whom the server runs as where we are root, whom it refuses. */
const UNPRIVILEGED = "postgres";

/** The folder of the server's programs; undefined where there are none. Debian puts them into a folder of their version. */
export function postgresPrograms(): string | undefined {
  const versions = [
    ...Array.from({ length: 12 }, (_, i) => `/usr/lib/postgresql/${24 - i}/bin`),
    "/usr/bin",
    "/usr/local/bin",
  ];
  return versions.find((folder) => {
    try {
      return Deno.statSync(join(folder, "initdb")).isFile && Deno.statSync(join(folder, "postgres")).isFile;
    } catch {
      return false;
    }
  });
}

/** Starts one, with the users `owner`, who may do anything in the database `states`, and `reader`, who may not yet. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error("Cannot start PostgreSQL: it is not installed");
  const dir = await Deno.makeTempDir({ prefix: "pve-drift-pg-" });
  const port = freePort(), data = join(dir, "data");
  const as = Deno.uid() === 0
    ? ["setpriv", `--reuid=${UNPRIVILEGED}`, `--regid=${UNPRIVILEGED}`, "--clear-groups", "--"]
    : [];
  const command = (program: string, args: string[]) => {
    const [first, ...rest] = [...as, join(programs, program), ...args];
    return new Deno.Command(first!, { args: rest, cwd: dir, stdin: "null", stdout: "piped", stderr: "piped" });
  };
  if (as.length > 0) await new Deno.Command("chown", { args: [UNPRIVILEGED, dir] }).output();
  const made = await command("initdb", [
    "-D",
    data,
    "-U",
    "super",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--no-sync",
  ])
    .output();
  if (!made.success) throw new Error(`Cannot make a database: ${new TextDecoder().decode(made.stderr)}`);
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: dir, fsync: "off" };
  const server = command("postgres", ["-D", data, ...Object.entries(settings).flatMap(([k, v]) => ["-c", `${k}=${v}`])])
    .spawn();
  const said = new Response(server.stderr).text(), silent = new Response(server.stdout).text();
  const sql = async (text: string, database = "states") => {
    const args = ["-h", dir, "-p", String(port), "-U", "super", "-v", "ON_ERROR_STOP=1", "-Atc", text, database];
    const { success, stdout, stderr } = await command("psql", args).output();
    if (!success) throw new Error(`Cannot run SQL: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout).trim();
  };
  const dispose = async () => {
    server.kill("SIGINT");
    await server.status;
    await Promise.all([said, silent]);
    await Deno.remove(dir, { recursive: true });
  };
  try {
    await until(() => sql("SELECT 1", "postgres"));
    await sql("CREATE ROLE owner LOGIN PASSWORD 'owner-pw-4711'", "postgres");
    await sql("CREATE ROLE reader LOGIN PASSWORD 'reader-pw-0815'", "postgres");
    await sql("CREATE DATABASE states OWNER owner", "postgres");
  } catch (error) {
    await dispose();
    throw error;
  }
  const password = { owner: "owner-pw-4711", reader: "reader-pw-0815" };
  return {
    url: (user) => `postgres://${user}:${password[user]}@127.0.0.1:${port}/states?sslmode=disable`,
    sql,
    async holdLocks() {
      const hold = "SELECT pg_advisory_lock(id) FROM terraform_remote_state.states; SELECT pg_sleep(600)";
      const args = ["-h", dir, "-p", String(port), "-U", "super", "-c", hold, "states"];
      const session = command("psql", args).spawn();
      const output = Promise.all([new Response(session.stdout).text(), new Response(session.stderr).text()]);
      await until(async () => {
        if (await sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") === "0") {
          throw new Error("no lock yet");
        }
      });
      return {
        async [Symbol.asyncDispose]() {
          await sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
          await session.status;
          await output;
        },
      };
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Tries until it works, for a minute. */
async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries === 600) throw error;
      await delay(100);
    }
  }
}
