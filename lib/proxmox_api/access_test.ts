import { assert, assertEquals, assertRejects } from "@std/assert";
import { certificateFile, TOKEN } from "../../tests/support/pve_api.ts";
import { type Access, findCredentials } from "./access.ts";

const SECRET = TOKEN.split("=")[1]!;
const place = { credential: "proxmox-token", variable: "PVE_DRIFT_PROXMOX_TOKEN" };
const access = (more: Partial<Access>): Access => ({
  endpoints: [],
  insecure: false,
  timeoutMs: 1,
  token: place,
  ...more,
});
const caller = { uid: Deno.uid()!, gid: Deno.gid()!, env: {} };

async function withFiles(files: Record<string, string>, test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "access-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, content, { mode: 0o600 });
      await Deno.chmod(`${dir}/${name}`, 0o600);
    }
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const { message } = await assertRejects(() => promise, Error) as Error;
  assert(!message.includes(SECRET.slice(0, 8)), message);
  return message;
}

Deno.test("findCredentials() takes the file, else the credential, else the variable", async () => {
  const other = (user: string) => TOKEN.replace("drift", user);
  await withFiles({ mine: `\ufeff${other("file")}\n`, "proxmox-token": `${other("credential")}\n` }, async (dir) => {
    const env = { CREDENTIALS_DIRECTORY: dir, PVE_DRIFT_PROXMOX_TOKEN: ` ${other("variable")} ` };
    const found = async (more: Partial<Access>, env: Record<string, string>) => {
      const { token, from } = await findCredentials(access(more), { ...caller, env });
      return [token.split("@")[0], from.replace(dir, "DIR")];
    };
    assertEquals(await found({ token: { ...place, file: `${dir}/mine` } }, env), ["file", 'file "DIR/mine"']);
    assertEquals(await found({}, env), ["credential", 'credential "proxmox-token"']);
    const elsewhere = { ...env, CREDENTIALS_DIRECTORY: `${dir}/none` };
    assertEquals(await found({}, elsewhere), ["variable", "variable PVE_DRIFT_PROXMOX_TOKEN"]);
    const named = { token: { credential: "main.proxmox-token" } };
    assertEquals(
      await refusal(findCredentials(access(named), { ...caller, env })),
      'Cannot find the token for Proxmox: set "tokenFile" or give systemd the credential "main.proxmox-token"',
    );
    assertEquals(
      await refusal(findCredentials(access({}), caller)),
      'Cannot find the token for Proxmox: set "tokenFile", give systemd the credential "proxmox-token" or set PVE_DRIFT_PROXMOX_TOKEN',
    );
  });
});

Deno.test("findCredentials() refuses a file that is not kept as a secret is", async () => {
  await withFiles({ mine: TOKEN }, async (dir) => {
    const mine = access({ token: { ...place, file: `${dir}/mine` } });
    await Deno.chmod(`${dir}/mine`, 0o644);
    assert((await refusal(findCredentials(mine, caller))).includes("others than its owner and group may read"));
    await Deno.chmod(`${dir}/mine`, 0o602);
    assert((await refusal(findCredentials(mine, caller))).includes("chmod go-w"));
    const missing = access({ token: { ...place, file: `${dir}/none` } });
    assert((await refusal(findCredentials(missing, caller))).startsWith("Cannot read the token for Proxmox from file"));
  });
});

for (
  const wrong of [
    "",
    SECRET,
    `PVEAPIToken=${TOKEN}`,
    TOKEN.slice(0, -1),
    TOKEN.replace("!eyes", ""),
    `${TOKEN}\n${TOKEN}`,
    TOKEN.replace("drift", "dr\u00efft"),
  ]
) {
  Deno.test(`findCredentials() refuses a token of another form: ${JSON.stringify(wrong.replaceAll(SECRET, "UUID").slice(0, 40))}`, async () => {
    await withFiles({ mine: wrong }, async (dir) => {
      const mine = access({ token: { ...place, file: `${dir}/mine` } });
      const message = await refusal(findCredentials(mine, caller));
      assert(message.includes('must be like "drift@pve!eyes=UUID" and stand alone'), message);
    });
  });
}

Deno.test("findCredentials() takes authorities from the file, else from SSL_CERT_FILE, unless there is a pin", async () => {
  const env = { PVE_DRIFT_PROXMOX_TOKEN: TOKEN };
  const trust = async (more: Partial<Access>, moreEnv: Record<string, string> = {}) =>
    (await findCredentials(access(more), { ...caller, env: { ...env, ...moreEnv } })).trust;
  const pem = await Deno.readTextFile(certificateFile("ca"));
  await withFiles({ "ca.pem": pem, empty: "" }, async (dir) => {
    const here = { SSL_CERT_FILE: `${dir}/ca.pem` };
    assertEquals(await trust({ ca: `${dir}/ca.pem` }), { ca: pem });
    assertEquals(await trust({}, here), { ca: pem });
    assertEquals(await trust({}, { SSL_CERT_FILE: "" }), {});
    assertEquals(await trust({ fingerprints: ["AB"] }, here), { pins: ["AB"] });
    assertEquals(await trust({ insecure: true }, here), { insecure: true });
    for (const ca of [`${dir}/none`, `${dir}/empty`, dir]) {
      const message = await refusal(trust({ ca }));
      assert(message.startsWith(`Cannot read the authorities for Proxmox from "${ca}": `), message);
    }
    await Deno.chmod(`${dir}/ca.pem`, 0o646);
    assert((await refusal(trust({ ca: `${dir}/ca.pem` }))).includes("may write it"));
  });
});
