/** The client reads what Proxmox VE's own code answered: tests/fixtures/pve-api, whose README says how it was made. */

import { assertEquals, assertRejects } from "@std/assert";
import { certificateFile, type PlayedAnswer, type Question, startPveApi, TOKEN } from "../../tests/support/pve_api.ts";
import { ProxmoxApiError } from "./errors.ts";
import { openProxmoxApi } from "./open.ts";
import type { ProxmoxApi } from "./proxmox_api.ts";

type Json = Record<string, unknown>;
type Option = { key: string; value?: unknown; pending?: unknown; delete?: unknown };
interface Asked {
  path?: string;
  query?: Record<string, string>;
  status?: number;
  user?: string;
  data?: Json[];
  body?: { data: unknown; message?: string; errors?: Record<string, string> };
  answer?: Record<string, Record<string, number>>;
}

const folder = new URL("../../tests/fixtures/pve-api/", import.meta.url);
const ca = await Deno.readTextFile(certificateFile("ca"));

function recorded(kind: string): { name: string; content: Json }[] {
  const names = [...Deno.readDirSync(new URL(`${kind}/`, folder))].map(({ name }) => name).sort();
  return names.map((name) => ({
    name: `${kind}/${name}`,
    content: JSON.parse(Deno.readTextFileSync(new URL(`${kind}/${name}`, folder))),
  }));
}

/** Plays the answers to a client; gives the questions that were asked. */
async function played(
  answer: (question: Question) => PlayedAnswer,
  ask: (api: ProxmoxApi) => Promise<void>,
): Promise<Question[]> {
  await using server = await startPveApi(answer);
  using api = openProxmoxApi({ endpoints: [server.endpoint], token: TOKEN, trust: { ca }, timeoutMs: 60_000 });
  await ask(api);
  assertEquals(server.refused, []);
  return server.questions;
}

/** What the client makes of a scalar: text. */
const text = (value: unknown) => value === undefined ? {} : { value: String(value) };
const withTexts = ({ key, value, pending, delete: gone }: Option) => ({
  key,
  ...text(value),
  ...pending === undefined ? {} : { pending: String(pending) },
  ...gone === undefined ? {} : { delete: Number(gone) },
});

for (const kind of ["qemu", "lxc"] as const) {
  for (const { name, content } of recorded(kind)) {
    Deno.test(`openProxmoxApi() reads the guest of ${name}`, async () => {
      const { vmid, config, pending, snapshot = [], digest } = content as {
        vmid: number;
        config: Json;
        pending: Option[];
        snapshot?: Json[];
        digest: string;
      };
      const guest = { kind, id: vmid, node: "pve1" };
      const at = `/nodes/pve1/${kind}/${vmid}`;
      const data: Record<string, unknown> = {
        [`${at}/config`]: config,
        [`${at}/pending`]: pending,
        [`${at}/snapshot`]: snapshot,
      };
      await played(({ path }) => ({ data: data[path] }), async (api) => {
        const scalars = Object.entries(config).filter(([, value]) => !Array.isArray(value));
        assertEquals(
          await api.config(guest),
          Object.fromEntries(scalars.map(([option, value]) => [option, String(value)])),
        );
        assertEquals(await api.pending(guest), pending.map(withTexts));
        assertEquals((await api.config(guest)).digest, digest);
        assertEquals(
          (await api.snapshots(guest)).map(({ name, snaptime, vmstate }) => [name, snaptime, vmstate]),
          snapshot.filter(({ name }) => name !== "current").map((one) => [one.name, one.snaptime, one.vmstate === 1]),
        );
      });
    });
  }
}

Deno.test("openProxmoxApi() tells that a container with variables is known and not readable", async () => {
  const { refused, vmid } = recorded("lxc").find(({ name }) => name === "lxc/env.json")!.content as {
    vmid: number;
    refused: Record<string, { status: number; body: unknown }>;
  };
  await played(({ path }) => {
    const { status, body } = refused[path.split("/").at(-1)!]!;
    return { status, body: JSON.stringify(body) };
  }, async (api) => {
    const guest = { kind: "lxc", id: vmid, node: "pve1" } as const;
    for (const ask of [() => api.config(guest), () => api.pending(guest)]) {
      const { status, reason } = await assertRejects(ask, ProxmoxApiError);
      assertEquals([status, reason], [403, "Permission check failed (/vms/214, VM.Config.Options)"]);
    }
  });
});

for (const { name, content } of recorded("permissions")) {
  Deno.test(`openProxmoxApi() reads the rights of ${name}`, async () => {
    const { asked, effective } = content as { asked: Asked[]; effective: Record<string, { data?: Json } | Json> };
    const flags = (map: Record<string, Record<string, unknown>>) =>
      Object.fromEntries(
        Object.entries(map).map((
          [path, rights],
        ) => [
          path,
          Object.fromEntries(Object.entries(rights).map(([right, propagates]) => [right, propagates === 1])),
        ]),
      );
    for (const { path, status, answer } of asked) {
      if (status !== 200) continue;
      await played(() => ({ data: answer }), async (api) => {
        assertEquals(await api.permissionsAt(path!), flags(answer!));
      }).then((questions) => assertEquals(questions[0]!.query, { path: path! }));
    }
    for (const map of Object.values(effective) as Record<string, Record<string, unknown>>[]) {
      await played(() => ({ data: map }), async (api) => assertEquals(await api.permissions(), flags(map)));
    }
  });
}

/** Plays what was asked for in a file, each question by itself. */
async function eachAsked(
  { asked }: { asked: Asked[] },
  ask: (api: ProxmoxApi, asked: Asked) => Promise<unknown>,
  expected: (asked: Asked) => unknown,
): Promise<void> {
  for (const one of asked) {
    const { status = 200, data, body } = one;
    await played(() => ({ status, body: JSON.stringify(body ?? { data }) }), async (api) => {
      if (status === 200) return assertEquals(await ask(api, one), expected(one));
      const failure = await assertRejects(() => ask(api, one), ProxmoxApiError);
      assertEquals([failure.kind, failure.status], ["status", status]);
      assertEquals(failure.reason.startsWith(body!.message!.trim()), true);
    });
  }
}

for (const { name, content } of recorded("tasks")) {
  Deno.test(`openProxmoxApi() reads the tasks of ${name}`, async () => {
    await eachAsked(
      content as { asked: Asked[] },
      (api) => api.tasks("pve1"),
      ({ data }) =>
        data!.map(({ upid, node, type, id, user, tokenid, starttime, endtime, status }) => ({
          ...{ upid, node, type, id: id ?? "", user: tokenid === undefined ? user : `${user}!${tokenid}`, starttime },
          ...endtime === undefined ? {} : { endtime },
          ...status === undefined ? {} : { status },
        })),
    );
  });
}

for (const { name, content } of recorded("log")) {
  Deno.test(`openProxmoxApi() reads the cluster log of ${name}`, async () => {
    await eachAsked(
      content as { asked: Asked[] },
      (api) => api.clusterLog(1),
      ({ data }) => ({
        lines: data!.map(({ time, node, user, tag, msg }) => ({ time, node, user, tag, msg })),
        isCut: false,
      }),
    );
  });
}

Deno.test("openProxmoxApi() reads how a question about a guest is refused", async () => {
  const { content } = recorded("refused")[0]!;
  await eachAsked(
    content as unknown as { asked: Asked[] },
    (api, { path }) => {
      const [, , node, kind, id, what] = path!.split("/");
      const guest = { kind: kind as "qemu", id: Number(id), node: node! };
      return what === "config" ? api.config(guest) : api.pending(guest);
    },
    ({ body }) => {
      const data = body!.data as Option[] | Json;
      if (Array.isArray(data)) return data.map(withTexts);
      return Object.fromEntries(Object.entries(data).map(([option, value]) => [option, String(value)]));
    },
  );
});
