import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { certificateFile, PVE1_FINGERPRINT, type PveApi, startPveApi, TOKEN } from "../../tests/support/pve_api.ts";
import { type SetupSite, withSetup } from "../../tests/support/setup.ts";
import { parseConfigFile } from "../config/schema.ts";
import { unattendedDialog } from "./setup_dialog.ts";
import { witness } from "./setup_witness.ts";

const SECRET = TOKEN.split("=")[1]!;

async function withProxmox(act: (site: SetupSite, server: PveApi) => Promise<void>, status = 200): Promise<void> {
  await using server = await startPveApi(() =>
    status === 200 ? { data: { version: "9.2.11" } } : { status, statusText: "invalid token value!", body: "" }
  );
  await withSetup((site) => act(site, server));
}

const settings = async ({ text }: SetupSite) => parseConfigFile((await text("etc/pve-drift.json"))!, "x").proxmox;

Deno.test("witness asks for the authority, tries the token, and writes both beside what is there", () =>
  withProxmox(async (site, server) => {
    await site.put("etc/pve-drift.json", '{ "values": "hide" } // mine\n');
    await witness.run(site.setup([
      ["Ask Proxmox too?", true],
      ["Address", "http://pve1:8006"],
      ["Address", server.endpoint],
      ["authority", "/none"],
      ["authority", certificateFile("pve9")],
      ["authority", certificateFile("ca")],
      ["Token", `USER=${SECRET}`],
      ["Token", TOKEN],
    ]));
    const said = site.said();
    assertStringIncludes(said, "pveum user token add witness@pve drift --privsep 0");
    assertStringIncludes(said, "Proxmox VE 9.2.11 takes token drift@pve!eyes");
    assert(!said.includes(SECRET), said);
    assertEquals(await settings(site), { endpoint: [server.endpoint], ca: "pve-root-ca.pem" });
    assertStringIncludes((await site.text("etc/pve-drift.json"))!, "// mine");
    assertEquals(await site.text("etc/pve-root-ca.pem"), await Deno.readTextFile(certificateFile("ca")));
    assertEquals(await site.text("credstore/pve-drift.proxmox-token"), `${TOKEN}\n`);
    const mode = async (path: string) => (await Deno.stat(join(site.dir, path))).mode! & 0o777;
    assertEquals([await mode("credstore/pve-drift.proxmox-token"), await mode("etc/pve-root-ca.pem")], [0o600, 0o644]);
    assertEquals(server.questions.map(({ path }) => path), ["/version"]);

    await witness.run(site.setup());
    assertStringIncludes(site.said(), `Kept: ${server.endpoint}`);
  }));

Deno.test("witness shows the fingerprint beside what prints it on the node, and sends no token before it was accepted", () =>
  withProxmox(async (site, server) => {
    const asked = (isSame: boolean, ...more: [string, string][]) =>
      site.setup([
        ["Ask Proxmox too?", true],
        ["Address", server.endpoint],
        ["authority", ""],
        ["same?", isSame],
        ...more,
      ]);
    await witness.run(asked(false));
    const said = site.said();
    assertStringIncludes(said, PVE1_FINGERPRINT);
    assertStringIncludes(said, "openssl x509 -noout -fingerprint -sha256 -in /etc/pve/local/pve-ssl.pem");
    assertStringIncludes(said, "no token was sent");
    assertEquals([server.questions, await site.names("etc")], [[], []]);

    const setup = asked(true, ["Token", TOKEN]);
    const { confirm } = setup.dialog;
    const usual: unknown[] = [];
    setup.dialog.confirm = (message, one) => (usual.push(one), confirm(message, one));
    await witness.run(setup);
    assertEquals(usual, [true, false]);
    assertEquals(await settings(site), { endpoint: [server.endpoint], fingerprint: [PVE1_FINGERPRINT] });
  }));

Deno.test("witness takes everything from options, and keeps other nodes and their certificates", () =>
  withProxmox(async (site, server) => {
    const other = "AB:".repeat(31) + "AB";
    const entry = { endpoint: ["https://pve2:8006", server.endpoint], fingerprint: other, who: false };
    await site.put("etc/pve-drift.json", JSON.stringify({ proxmox: entry }));
    const cli = { sinks: [], proxmoxEndpoint: server.endpoint, fingerprint: PVE1_FINGERPRINT, proxmoxTokenFile: "-" };
    const setup = site.setup([], { cli, readFile: () => Promise.resolve(`${TOKEN}\n`) });
    assertEquals(await witness.missing!(setup), []);
    await witness.run(setup);
    assertEquals(await settings(site), {
      endpoint: entry.endpoint,
      fingerprint: [other, PVE1_FINGERPRINT],
      who: false,
    });
    const wrong = { ...setup, cli: { ...cli, fingerprint: other } };
    await assertRejects(() => witness.run(wrong), Error, "none of the pinned ones");
    assertEquals(server.questions.length, 1);
  }));

Deno.test("witness says what --yes needs, and asks nobody without any of it", () =>
  withSetup(async (site) => {
    assertEquals(await witness.missing!(site.setup()), []);
    const cli = { sinks: [], proxmoxTokenFile: "-" };
    assertEquals(await witness.missing!(site.setup([], { cli })), [
      "--proxmox-endpoint URL, the address of Proxmox's API",
      "--ca FILE or --fingerprint SHA256, by which Proxmox proves itself",
    ]);
    const setup = site.setup();
    await witness.run({ ...setup, dialog: unattendedDialog(setup.world) });
    assertStringIncludes(site.said(), "checks rest on plans alone");
    assertEquals(await site.names("etc"), []);
  }));

Deno.test("witness writes nothing where Proxmox does not take the token", () =>
  withProxmox(async (site, server) => {
    const cli = { sinks: [], proxmoxEndpoint: server.endpoint, ca: certificateFile("ca"), proxmoxTokenFile: "-" };
    const setup = site.setup([], {
      cli,
      readFile: (path) => path === "-" ? Promise.resolve(TOKEN) : Deno.readTextFile(path),
    });
    const { message } = await assertRejects(() => witness.run(setup), Error, "HTTP 401, invalid token value!") as Error;
    assertStringIncludes(message, "pveum user token list");
    assertEquals(await site.names("etc"), []);
    assert(!message.includes(SECRET));
  }, 401));
