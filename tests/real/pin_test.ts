/** A pin is of use only while the TLS library lets nobody show a certificate without its key. */

import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { ProxmoxApiError } from "../../lib/proxmox_api/errors.ts";
import { openProxmoxApi } from "../../lib/proxmox_api/open.ts";
import { ROOT, testWith } from "../support/programs.ts";
import { certificateFile, PVE1_FINGERPRINT, TOKEN } from "../support/pve_api.ts";

/** TLS versions as Go numbers them. */
const VERSIONS = { "1.2": 0x0303, "1.3": 0x0304 };

testWith(
  ["go"],
  "openProxmoxApi() sends nothing to a server that shows the pinned certificate without its key",
  async (test, go) => {
    const dir = await Deno.makeTempDir({ prefix: "pve-drift-pin-" });
    try {
      const program = join(dir, "stolen");
      const source = join(ROOT, "tests/real/stolen_certificate/main.go");
      const { stderr } = await new Deno.Command(go!, { args: ["build", "-o", program, source] }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      for (const [version, number] of Object.entries(VERSIONS)) {
        await test.step(`with TLS ${version}`, () => askThief(program, number));
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);

async function askThief(program: string, version: number): Promise<void> {
  const args = [certificateFile("pve1"), String(version)];
  const server = new Deno.Command(program, { args, stdin: "null", stdout: "piped" }).spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { value: port = "" } = await lines.read();
    const endpoints = [`https://127.0.0.1:${port.trim()}`];
    for (const trust of [{ pins: [PVE1_FINGERPRINT] }, { insecure: true as const }]) {
      using api = openProxmoxApi({ endpoints, token: TOKEN, trust, timeoutMs: 30_000 });
      const failure = await assertRejects(() => api.version(), ProxmoxApiError);
      assertEquals([failure.kind, api.requests], ["tls", 0]);
    }
  } finally {
    server.kill();
    await server.status;
  }
  assertEquals((await lines.read()).value, undefined, "it read a request");
}
