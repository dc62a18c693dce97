/** The played Proxmox answers as Proxmox VE's own code did, to each input in tests/fixtures/pve-api. */

import { assertEquals } from "@std/assert";
import { GIVEN_SECRET, type PlayedPve, startPve } from "../lab/pve.ts";
import { ROOT, testWith } from "../support/programs.ts";

/** Who asked where a fixture names nobody: PVEAuditor on /, and a user with a right of its own for what it refuses. */
const AUDITOR = "drift@pve!eyes";
const USERS =
  `user:root@pam:1:0::::::\nuser:drift@pve:1:0::::::\ntoken:${AUDITOR}:0:0::\nacl:1:/:drift@pve:PVEAuditor:\n`;

interface Asked {
  user: string;
  query: Record<string, string>;
  status: number;
  data?: unknown;
  total?: number;
  body?: unknown;
  path?: string;
}

function* fixtures<T>(folder: string): Generator<[name: string, fixture: T]> {
  const place = `${ROOT}/tests/fixtures/pve-api/${folder}`;
  for (const { name } of [...Deno.readDirSync(place)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    yield [name.replace(".json", ""), JSON.parse(Deno.readTextFileSync(`${place}/${name}`))];
  }
}

/** One test for a folder, with a step for each of its fixtures. */
function eachOf<T>(folder: string, fn: (pve: PlayedPve, fixture: T, name: string) => Promise<void>) {
  testWith(["lab/pve"], `the played Proxmox gives the recorded answers of ${folder}`, async (test) => {
    const dir = await Deno.makeTempDir({ prefix: "pve-test-" });
    try {
      await using pve = await startPve(dir);
      for (const [name, fixture] of fixtures<T>(folder)) {
        await test.step(name, () => fn(pve, fixture, name));
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

/** Entries of a list by one of their members, since Proxmox gives them in any order. */
function by(member: string, entries: unknown): unknown {
  const of = (entry: unknown) => String((entry as Record<string, unknown>)[member]);
  return Array.isArray(entries) ? entries.toSorted((a, b) => of(a) < of(b) ? -1 : 1) : entries;
}

interface GuestFixture {
  vmid: number;
  config_file: string;
  config: unknown;
  config_current: unknown;
  pending: unknown;
  snapshot?: unknown;
  config_of_snapshot?: Record<string, unknown>;
  asked_as?: string;
  refused?: Record<string, { status: number; body: unknown }> & { user?: string };
}

for (const kind of ["qemu", "lxc"]) {
  eachOf<GuestFixture>(kind, async (pve, fixture) => {
    const { vmid, refused: { user: refusedTo, ...refused } = {} } = fixture;
    const place = `nodes/pve1/${kind === "qemu" ? "qemu-server" : "lxc"}/${vmid}.conf`;
    await pve.cluster({ user_cfg: USERS, files: { [place]: fixture.config_file } });
    const guest = `/nodes/pve1/${kind}/${vmid}`, user = fixture.asked_as ?? AUDITOR;
    const data = async (path: string, params = {}) => (await pve.ask(`${guest}/${path}`, params, user)).body.data;
    assertEquals(await data("config"), fixture.config);
    assertEquals(await data("config", { current: 1 }), fixture.config_current);
    assertEquals(by("key", await data("pending")), fixture.pending);
    if (fixture.snapshot) assertEquals(by("name", await data("snapshot")), fixture.snapshot);
    for (const [snapshot, config] of Object.entries(fixture.config_of_snapshot ?? {})) {
      assertEquals(await data("config", { snapshot }), config);
    }
    for (const [what, { status, body }] of Object.entries(refused)) {
      const [path, ...more] = what.split("_");
      const answer = await pve.ask(`${guest}/${path}`, more.length > 0 ? { current: 1 } : {}, String(refusedTo));
      assertEquals([answer.status, answer.body as unknown], [status, body]);
    }
  });
}

interface PermissionFixture {
  user_cfg: string;
  asked: {
    path: string;
    token: string;
    asked_by: string;
    status: number;
    answer: unknown;
    config_allowed?: boolean;
    config_refusal?: { status: number; message: string };
  }[];
  effective: Record<string, unknown>;
  login: Record<string, { accepted: boolean }>;
}

eachOf<PermissionFixture>("permissions", async (pve, fixture) => {
  await pve.cluster({ user_cfg: fixture.user_cfg });
  for (const one of fixture.asked) {
    const { path, token, asked_by } = one;
    const other = token === asked_by ? {} : { userid: token };
    const { status, body } = await pve.ask("/access/permissions", { path, ...other }, asked_by);
    assertEquals([status, body.data], [one.status, one.answer]);
    if (one.config_allowed === undefined) continue;
    const config = await pve.ask(`/nodes/pve1/qemu/${path.split("/")[2]}/config`, {}, token);
    // No guest is there; who may read it learns just that.
    assertEquals(config.status, one.config_allowed ? 500 : 403, path);
    if (one.config_refusal) assertEquals(config.body.message, one.config_refusal.message);
  }
  for (const [userid, map] of Object.entries(fixture.effective)) {
    assertEquals((await pve.ask("/access/permissions", { userid })).body.data, map);
  }
  for (const [token, { accepted }] of Object.entries(fixture.login)) {
    if (!token.includes("!")) continue;
    using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(pve.ca)] });
    const headers = { Authorization: `PVEAPIToken=${token}=${GIVEN_SECRET}` };
    const response = await fetch(`${pve.url}/api2/json/version`, { client, headers });
    await response.body?.cancel();
    assertEquals(response.status, accepted ? 200 : 401, token);
  }
});

interface TaskFixture {
  user_cfg: string;
  node?: string;
  index?: string;
  index_1?: string;
  active: string | Record<string, string>;
  asked: Asked[];
}

eachOf<TaskFixture>("tasks", async (pve, { user_cfg, node, index, index_1, active, asked }) => {
  const tasks = typeof active === "object" && active !== null
    ? Object.fromEntries(Object.entries(active).map(([node, text]) => [node, { active: text }]))
    : { [node!]: { index: index ?? null, index_1: index_1 ?? null, active } };
  await pve.cluster({ user_cfg, tasks });
  for (const { user, query, status, data, total, body } of asked) {
    const answer = await pve.ask(node ? `/nodes/${node}/tasks` : "/cluster/tasks", query ?? {}, user);
    const expected = body ?? { data, ...(total === undefined ? {} : { total }) };
    assertEquals([answer.status, answer.body as unknown], [status ?? 200, expected], JSON.stringify([user, query]));
  }
});

interface LogFixture {
  user_cfg: string;
  logged: Record<string, unknown>[];
  asked: Asked[];
}

eachOf<LogFixture>("log", async (pve, { asked, user_cfg, logged }) => {
  await pve.cluster({ user_cfg, logged });
  for (const { user, query, status, data, body } of asked) {
    const answer = await pve.ask("/cluster/log", query, user);
    assertEquals([answer.status, answer.body as unknown], [status, body ?? { data }], JSON.stringify([user, query]));
  }
});

eachOf<{ user_cfg: string; config_files: Record<string, string>; asked: Asked[] }>(
  "refused",
  async (pve, { user_cfg, config_files, asked }) => {
    await pve.cluster({ user_cfg, files: config_files });
    for (const { user, query, status, body, path } of asked) {
      const answer = await pve.ask(path!, query, user);
      const shown = path!.endsWith("/pending") ? { ...answer.body, data: by("key", answer.body.data) } : answer.body;
      const told = body as { data: unknown };
      const wanted = path!.endsWith("/pending") ? { ...told, data: by("key", told.data) } : told;
      assertEquals([answer.status, shown as unknown], [status, wanted], JSON.stringify([path, user, query]));
      if (status !== 200) assertEquals(answer.reason, String((body as { message: string }).message).trim());
    }
  },
);
