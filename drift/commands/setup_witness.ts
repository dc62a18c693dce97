/**
 * The step of `setup` that lets Proxmox itself be asked as a second witness. The token is sent to nobody before somebody
 * has accepted the server's certificate, or an authority vouches for it.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { isToken } from "../../lib/proxmox_api/access.ts";
import { openConnection, showCertificate } from "../../lib/proxmox_api/connection.ts";
import { ENDPOINT_RULE, readEndpoint } from "../../lib/proxmox_endpoint.ts";
import type { Trust } from "../../lib/proxmox_api/proxmox_api.ts";
import { regularFile } from "../../lib/settings_file.ts";
import { editConfig } from "../config/edit.ts";
import { silenceError } from "../witness/silence_error.ts";
import { silenceOf } from "../witness/witness.ts";
import { CONFIG_MODE, type FoundConfig, makeFolder, readConfig } from "./setup_config.ts";
import { type Setup, type SetupStep, write } from "./setup_step.ts";

const TOKEN_MODE = 0o600, CA_MODE = 0o644;
const TIMEOUT_MS = 10_000;
/** Where a node of Proxmox has its authority. */
const LOCAL_CA = "/etc/pve/pve-root-ca.pem";
const MAKE_TOKEN = [
  'pveum user add witness@pve --comment "pve-drift asks what happened"',
  "pveum acl modify / --users witness@pve --roles PVEAuditor",
  "pveum user token add witness@pve drift --privsep 0",
];
const SHOW_FINGERPRINT = "openssl x509 -noout -fingerprint -sha256 -in /etc/pve/local/pve-ssl.pem";

/** The step. */
export const witness: SetupStep = {
  title: "Second witness: what Proxmox itself says",
  async missing({ cli, places }) {
    if (!isAsked(cli)) return [];
    const { proxmoxEndpoint, ca, fingerprint, proxmoxTokenFile } = cli;
    const hasToken = proxmoxTokenFile !== undefined || await regularFile(places.witnessToken) !== undefined;
    return [
      ...proxmoxEndpoint === undefined ? ["--proxmox-endpoint URL, the address of Proxmox's API"] : [],
      ...ca === undefined && fingerprint === undefined
        ? ["--ca FILE or --fingerprint SHA256, by which Proxmox proves itself"]
        : [],
      ...hasToken ? [] : ["--proxmox-token-file FILE, with its token"],
    ];
  },
  async run(setup) {
    const { cli, dialog } = setup;
    const found = await readConfig(setup);
    const kept = await whatIsKept(setup, found);
    if (kept !== undefined) {
      await dialog.say(kept);
      return {};
    }
    if (!isAsked(cli) && !await wanted(setup)) {
      await dialog.say("Nothing to write: checks rest on plans alone.");
      return {};
    }
    const endpoint = await endpointOf(setup);
    const trust = await trustIn(endpoint, setup);
    if (trust === undefined) {
      await dialog.say("Nothing was written, and no token was sent.");
      return {};
    }
    const token = await tokenOf(setup);
    await tryOut(endpoint, trust, token, setup);
    await keep(setup, found, { endpoint, trust, token });
    return {};
  },
};

function isAsked({ proxmoxEndpoint, ca, fingerprint, proxmoxTokenFile }: Setup["cli"]): boolean {
  return [proxmoxEndpoint, ca, fingerprint, proxmoxTokenFile].some((option) => option !== undefined);
}

/** Why nothing has to be done; nothing where something has. */
async function whatIsKept(setup: Setup, found: FoundConfig | undefined): Promise<string | undefined> {
  const proxmox = found?.raw.proxmox;
  if (proxmox?.clusters) return `Kept: "clusters" in "${setup.places.config}" has several, which are edited by hand.`;
  if (isAsked(setup.cli) || !proxmox?.endpoint) return undefined;
  const token = tokenPlace(setup, found);
  return await regularFile(token) === undefined
    ? undefined
    : `Kept: ${proxmox.endpoint[0]}, and the token in "${token}".`;
}

function tokenPlace({ places }: Setup, found: FoundConfig | undefined): string {
  const named = found?.raw.proxmox?.tokenFile;
  return named === undefined ? places.witnessToken : resolve(dirname(places.config), named);
}

async function wanted({ dialog }: Setup): Promise<boolean> {
  await dialog.say(
    "A plan cannot tell a deleted guest from a hidden one, sees no guest that no state knows, and never says who did it. " +
      "Proxmox can, if it is asked with a token of its own, which only reads.",
  );
  // A script that says nothing of it wants none.
  return await dialog.confirm("Ask Proxmox too?", !dialog.isUnattended);
}

async function endpointOf({ cli, dialog, stop }: Setup): Promise<string> {
  const problem = async (answer: string) => {
    const endpoint = readEndpoint(answer);
    if (endpoint === undefined) return `An address ${ENDPOINT_RULE}`;
    const failure = await failureOf(() => showCertificate(endpoint, patient(stop)));
    return failure === undefined ? undefined : `Cannot reach "${endpoint}": ${failure}`;
  };
  const given = cli.proxmoxEndpoint;
  if (given === undefined) {
    return readEndpoint(
      await dialog.ask({ message: "Address of Proxmox's API, as https://pve1.example.org:8006", problem }),
    )!;
  }
  const why = await problem(given);
  if (why !== undefined) throw new Error(why);
  return readEndpoint(given)!;
}

/** How the server proves itself, as an option or somebody says; nothing where somebody does not believe it. */
async function trustIn(endpoint: string, setup: Setup): Promise<Trust | undefined> {
  const { cli, dialog, readFile, stop } = setup;
  const given: Trust | undefined = cli.fingerprint !== undefined
    ? { pins: [cli.fingerprint] }
    : cli.ca !== undefined
    ? { ca: await readFile(cli.ca) }
    : undefined;
  if (given) {
    const failure = await doubtAbout(endpoint, given, stop);
    if (failure !== undefined) throw new Error(`Cannot trust "${endpoint}": ${failure}`);
    return given;
  }
  if (await doubtAbout(endpoint, {}, stop) === undefined) {
    await dialog.say("A public authority vouches for its certificate.");
    return {};
  }
  return await authorityFor(endpoint, setup) ?? await pinFor(endpoint, setup);
}

async function authorityFor(endpoint: string, { dialog, readFile, stop }: Setup): Promise<Trust | undefined> {
  const isHere = await regularFile(LOCAL_CA).catch(() => undefined) !== undefined;
  const problem = async (answer: string) => {
    if (answer === "") return undefined;
    try {
      return await doubtAbout(endpoint, { ca: await readFile(answer) }, stop);
    } catch (error) {
      return (error as Error).message;
    }
  };
  const usual = isHere && await problem(LOCAL_CA) === undefined ? { usual: LOCAL_CA } : {};
  await dialog.say(
    `Proxmox has an authority of its own: "${LOCAL_CA}" on every node, which is no secret. Copy it here. Left empty, the ` +
      "certificate is compared by its fingerprint, and again each time that Proxmox renews it.",
  );
  const path = await dialog.ask({ message: "File of the authority", problem, ...usual });
  return path === "" ? undefined : { ca: await readFile(path) };
}

async function pinFor(endpoint: string, { dialog, stop }: Setup): Promise<Trust | undefined> {
  const { fingerprint } = await showCertificate(endpoint, patient(stop));
  await dialog.say(`The server at "${endpoint}" shows a certificate with this SHA-256 fingerprint:`);
  await dialog.show([fingerprint]);
  await dialog.say("On the node itself this prints its own (or with pveproxy-ssl.pem, where there is one):");
  await dialog.show([SHOW_FINGERPRINT]);
  return await dialog.confirm("Are they the same?", false) ? { pins: [fingerprint] } : undefined;
}

async function tokenOf(setup: Setup): Promise<string> {
  const { cli, dialog, places, readFile } = setup;
  const form = 'A token is like "witness@pve!drift=UUID", and stands alone';
  const from = cli.proxmoxTokenFile ??
    (await regularFile(places.witnessToken) === undefined ? undefined : places.witnessToken);
  if (from !== undefined) {
    const token = (await readFile(from)).trim();
    if (!isToken(token)) throw new Error(`Cannot use the token in "${from}": ${form}`);
    return token;
  }
  await dialog.say(`On a node, root makes a token that only reads. It goes into "${places.witnessToken}".`);
  await dialog.show(MAKE_TOKEN);
  return await dialog.askSecret({
    message: "Token, as witness@pve!drift=UUID",
    problem: (answer) => isToken(answer) ? undefined : form,
  });
}

/** One question to Proxmox, so that a token that is of no use is not kept. */
async function tryOut(endpoint: string, trust: Trust, token: string, { dialog, stop }: Setup): Promise<void> {
  const { openProxmoxApi } = await import("../../lib/proxmox_api/open.ts");
  using api = openProxmoxApi({ endpoints: [endpoint], token, trust, timeoutMs: TIMEOUT_MS, signal: stop });
  try {
    const { version } = await api.version();
    await dialog.say(`Proxmox VE ${version} takes token ${token.split("=")[0]}. The doctor tells what it may see.`);
  } catch (error) {
    const { detail, cure } = silenceError("proxmox", silenceOf(error));
    throw new Error(`${detail}. ${cure}`);
  }
}

async function keep(
  setup: Setup,
  found: FoundConfig | undefined,
  { endpoint, trust, token }: { endpoint: string; trust: Trust; token: string },
): Promise<void> {
  const { places } = setup;
  const file = tokenPlace(setup, found);
  await makeFolder(file, 0o700);
  await write(setup, file, `${token}\n`, TOKEN_MODE);
  await makeFolder(places.config, 0o755);
  if (trust.ca !== undefined) await write(setup, places.ca, trust.ca, CA_MODE);
  const isNamed = places.isService || found?.raw.proxmox?.tokenFile !== undefined;
  const { endpoint: endpoints = [], fingerprint: pins = [] } = found?.raw.proxmox ?? {};
  const settings = {
    // Other nodes of the cluster stay, and so do their certificates.
    endpoint: endpoints.includes(endpoint) ? endpoints : endpoint,
    fingerprint: trust.pins && [...new Set([...endpoints.includes(endpoint) ? pins : [], ...trust.pins])],
    ca: trust.ca === undefined ? undefined : basename(places.ca),
    insecure: undefined,
    ...isNamed ? {} : { tokenFile: basename(file) },
  };
  // What the file does not have is not taken out of it.
  const there: Record<string, unknown> = found?.raw.proxmox ?? {};
  const edits = Object.entries(settings).filter(([key, value]) => value !== undefined || there[key] !== undefined)
    .map(([key, value]) => ({ path: ["proxmox", key], value }));
  await write(setup, places.config, await editConfig(found?.text ?? "{}\n", edits), CONFIG_MODE);
}

function patient(stop: AbortSignal): AbortSignal {
  return AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
}

/** Why a server does not prove itself; nothing where it does. Nothing is sent to it. */
async function doubtAbout(endpoint: string, trust: Trust, stop: AbortSignal): Promise<string | undefined> {
  return await failureOf(async () => void (await openConnection(endpoint, trust, patient(stop))).destroy());
}

async function failureOf(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
