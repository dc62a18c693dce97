import { assertEquals, assertMatch } from "@std/assert";
import { type ClusterMemory, recallCluster, rememberCluster } from "./cluster_memory.ts";

const AT = "2026-11-30T12:00:00.000Z", NOW = Date.parse(AT);

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("rememberCluster() keeps for recallCluster() what it was given, in a file for nobody else", async () => {
  await inFolder(async (dir) => {
    const memory: ClusterMemory = {
      version: 1,
      salt: "ab",
      strangers: { "qemu/9": { firstSeenAt: AT, isTold: true } },
      guests: {
        "qemu/101": {
          marks: { generation: "x" },
          inherited: ["ide2"],
          known: ["scsi0"],
          beyond: { scsi1: AT, "snapshot __proto__": AT },
        },
      },
    };
    await rememberCluster(dir, "main", memory);
    assertEquals(await recallCluster(dir, "main", NOW), { memory });
    assertEquals((await Deno.stat(`${dir}/witness/main.json`)).mode! & 0o777, 0o600);
    assertEquals((await Deno.stat(`${dir}/witness`)).mode! & 0o777, 0o700);
  });
});

Deno.test("recallCluster() begins anew where there is nothing, each time with another salt", async () => {
  await inFolder(async (dir) => {
    const [one, other] = [await recallCluster(dir, "main", NOW), await recallCluster(dir, "main", NOW)];
    assertEquals([one.problem, one.memory.strangers, one.memory.guests], [undefined, undefined, {}]);
    assertEquals(one.memory.salt === other.memory.salt, false);
  });
});

Deno.test("recallCluster() sets a damaged file aside and says so", async () => {
  const whole = { version: 1, salt: "ab", guests: {} };
  const damaged = [
    "",
    "{",
    "null",
    "[]",
    JSON.stringify({ ...whole, version: 2 }),
    JSON.stringify({ ...whole, guests: [] }),
    JSON.stringify({ ...whole, strangers: { "qemu/1": { firstSeenAt: "soon", isTold: true } } }),
    JSON.stringify({ ...whole, strangers: { "qemu/1": { firstSeenAt: AT, isTold: 1 } } }),
    JSON.stringify({
      ...whole,
      guests: { "qemu/1": { marks: { generation: "x" }, inherited: [1], known: [], beyond: {} } },
    }),
    JSON.stringify({
      ...whole,
      guests: { "qemu/1": { marks: { generation: "x" }, inherited: [], known: [], beyond: { scsi1: 1 } } },
    }),
  ];
  await inFolder(async (dir) => {
    await Deno.mkdir(`${dir}/witness`);
    for (const [at, text] of damaged.entries()) {
      await Deno.writeTextFile(`${dir}/witness/main.json`, text);
      const { memory, problem } = await recallCluster(dir, "main", at);
      assertEquals([memory.strangers, memory.guests], [undefined, {}], text);
      assertMatch(problem!, /was damaged and is set aside as ".*main\.json\.damaged-\d+"/, text);
      assertEquals(await Deno.readTextFile(`${dir}/witness/main.json.damaged-${at}`), text);
    }
  });
});

Deno.test("recallCluster() says what kept it from a file, and rejects never", async () => {
  await inFolder(async (dir) => {
    await Deno.mkdir(`${dir}/witness/main.json`, { recursive: true });
    const { problem } = await recallCluster(dir, "main", NOW);
    assertMatch(problem!, /^Cannot read the memory of cluster "main"/);
  });
});
