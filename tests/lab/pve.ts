/**
 * A simulated Proxmox VE on the loopback, started and changed by tests: `fakepve` as `tests/lab/install pve` installs
 * it, with `tests/lab/pve/played_pve.py` on top, in a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { findProgram } from "../support/programs.ts";

/**
 * What happens to a call of the API. `slow`: it is answered after `seconds`. `hang`: it is not answered before the
 * faults end. `drop`: the connection is reset. `cut`: the answer ends halfway. `status`: it is refused with this
 * status, in the API's own form. `html`: a page, as of a proxy on the way. `data`: it is answered with that.
 */
export type PveFault =
  | { kind: "slow"; seconds: number }
  | { kind: "hang" | "drop" | "cut" }
  | { kind: "status"; status: number; message: string }
  | { kind: "html"; text: string; status?: number }
  | { kind: "data"; data: unknown };

/** The calls of the API, without those of the lab itself. */
export interface PveCount {
  /** Number of calls by method and path, in which guests' numbers, tasks and volumes are `N`. */
  requests: Record<string, number>;
  /** The largest number of calls in progress at once. */
  mostInFlight: number;
  /** The same for each token, by its id, and the size of the answers' bodies. */
  by: Record<string, { requests: number; mostInFlight: number; bytes: number }>;
  /** Calls that nothing here models, by method and template of the path: refused with 501, where fakepve invents. */
  unmodeled: string[];
}

/** An answer of the API as it is. */
export interface PveAnswer {
  /** The HTTP status. */
  status: number;
  /** What the status line says beside the number. */
  reason: string;
  /** As Proxmox wrote it. */
  body: { data?: unknown; message?: string; errors?: Record<string, string>; total?: number };
}

/** A whole cluster, as texts that Proxmox VE keeps. */
export interface PveFiles {
  /** /etc/pve/user.cfg; each token's secret is {@linkcode GIVEN_SECRET}. */
  user_cfg: string;
  /** Configuration files of guests, by path below /etc/pve. */
  files?: Record<string, string>;
  /** Task files of each node. */
  tasks?: Record<string, Record<string, string | null>>;
  /** Calls of the function that writes the cluster log. */
  logged?: Record<string, unknown>[];
}

/** The secret of every token that a played Proxmox makes or is given. */
export const GIVEN_SECRET = "00000000-1111-2222-3333-444444444444";

/** A token of the played Proxmox, as the provider's `api_token` takes it. */
export const TOKENS = {
  /** May do anything: what an administrator applies with. */
  apply: "terraform@pve!apply=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
  /** May read what a plan needs, and no more. */
  check: "drift@pve!check=99999999-8888-7777-6666-555555555555",
  /** May see everything and the cluster log, as the handbook has it for a second witness. */
  witness: "witness@pve!eyes=eeeeeeee-ffff-0000-1111-222222222222",
} as const;

/** A running played Proxmox: nodes pve1 and pve2, no guests. Made by {@linkcode startPve}; disposing of it ends it. */
export class PlayedPve implements AsyncDisposable {
  #end: () => Promise<void>;

  /** `end` ends the process; the others as below. */
  constructor(
    /** As `https://127.0.0.1:1234`. */
    readonly url: string,
    /** Path of the cluster's CA, for SSL_CERT_FILE; {@linkcode certificate} writes it anew. */
    readonly ca: string,
    /** Address of the control port. */
    readonly control: string,
    end: () => Promise<void>,
  ) {
    this.#end = end;
  }

  async #do<T = void>(name: string, order: object = {}): Promise<T> {
    const response = await fetch(this.control, { method: "POST", body: JSON.stringify({ do: name, ...order }) });
    const { data, error } = await response.json();
    if (error !== undefined) throw new Error(`The played Proxmox refuses "${name}" ${JSON.stringify(order)}: ${error}`);
    return data;
  }

  /**
   * Calls the API as root or another user, as the web interface does, and waits for the task that it starts; faults do
   * not meet it.
   *
   * @throws {Error} with the API's own message if it refuses or the task fails.
   */
  api<T = unknown>(
    method: string,
    path: string,
    params?: Record<string, string | number>,
    user = "root@pam",
  ): Promise<T> {
    return this.#do("api", { method, path, params, user });
  }

  /** What the API answers a user or a token to a GET request, faults aside. */
  ask(path: string, params: Record<string, string | number> = {}, user = "root@pam"): Promise<PveAnswer> {
    return this.#do("ask", { method: "GET", path, params, user });
  }

  /** Takes the place of all that it holds. */
  cluster(files: PveFiles): Promise<void> {
    return this.#do("cluster", files);
  }

  /** Gives the node another certificate, of the same CA or of a new one; the certificate's SHA-256 fingerprint. */
  certificate(change: { authority: boolean }): Promise<string> {
    return this.#do("certificate", change);
  }

  /** SHA-256 fingerprint of the certificate, in PVE's form. */
  fingerprint(): Promise<string> {
    return this.#do("fingerprint");
  }

  /** Keeps the list of guests as it is now, as a node that lags behind does, or lets it follow again. */
  lag(lags: boolean): Promise<void> {
    return this.#do("lag", { lags });
  }

  /** Adds a line to the cluster log. */
  log(line: { message: string; node: string; user: string }): Promise<void> {
    return this.#do("log", line);
  }

  /** Where a guest is now, as a path of the API: `/nodes/pve1/qemu/101`. */
  async guest(id: number): Promise<string> {
    const all = await this.api<{ vmid: number; node: string; type: string }[]>("GET", "/cluster/resources", {
      type: "vm",
    });
    const found = all.find((one) => one.vmid === id);
    if (!found) throw new Error(`The played Proxmox has no guest ${id}`);
    return `/nodes/${found.node}/${found.type}/${id}`;
  }

  /** Changes a guest's options, as the web interface does: `delete` names options to remove. */
  async configure(id: number, options: Record<string, string | number>, user?: string): Promise<void> {
    await this.api("PUT", `${await this.guest(id)}/config`, options, user);
  }

  /** The guest's options as the API tells them, pending changes applied. */
  async options(id: number): Promise<Record<string, string>> {
    return await this.api("GET", `${await this.guest(id)}/config`);
  }

  /** Starts or stops a guest. */
  async power(id: number, action: "start" | "stop", user?: string): Promise<void> {
    await this.api("POST", `${await this.guest(id)}/status/${action}`, {}, user);
  }

  /** Stops and deletes a guest. */
  async destroy(id: number, user?: string): Promise<void> {
    const guest = await this.guest(id);
    const { status } = await this.api<{ status: string }>("GET", `${guest}/status/current`);
    if (status === "running") await this.api("POST", `${guest}/status/stop`, {}, user);
    await this.api("DELETE", guest, {}, user);
  }

  /** Moves a guest to another node; a running container is restarted by that. */
  async migrate(id: number, target: string, user?: string): Promise<void> {
    const guest = await this.guest(id);
    await this.api("POST", `${guest}/migrate`, { target, [guest.includes("/lxc/") ? "restart" : "online"]: 1 }, user);
  }

  /** Takes a guest out of the sight of the checking token, by an entry "NoAccess" of the ACL. */
  async hide(id: number): Promise<void> {
    const token = TOKENS.check.split("=")[0]!;
    await this.api("PUT", "/access/acl", { path: `/vms/${id}`, tokens: token, roles: "NoAccess" });
  }

  /** Takes a privilege away from the role of the checking token. */
  async revoke(privilege: string): Promise<void> {
    const held = Object.keys(await this.api<Record<string, number>>("GET", "/access/roles/DriftCheck"));
    const privs = held.filter((one) => one !== privilege).join(",");
    await this.api("PUT", "/access/roles/DriftCheck", { privs });
  }

  /** Lets the checking token expire. */
  async expire(): Promise<void> {
    await this.api("PUT", "/access/users/drift@pve/token/check", { expire: 1 });
  }

  /** Remembers everything that the API shows, under a name. */
  save(name: string): Promise<void> {
    return this.#do("save", { name });
  }

  /** Brings a remembered state back, and ends all faults. */
  load(name: string): Promise<void> {
    return this.#do("load", { name });
  }

  /** Breaks the calls whose `METHOD PATH` matches, the next `times` ones or all; those `by` a token, as its id, or all. */
  fault(match: RegExp | string, fault: PveFault, times?: number, by?: string): Promise<void> {
    return this.#do("fault", {
      match: typeof match === "string" ? match : match.source,
      ...fault,
      times,
      by: by ?? "",
    });
  }

  /** Makes a snapshot as old as that, in days. */
  snapshotAge(vmid: number, name: string, days: number): Promise<void> {
    return this.#do("snaptime", { vmid, name, snaptime: Math.floor(Date.now() / 1000) - days * 86_400 });
  }

  /** Ends all faults; calls that hang are answered. */
  heal(): Promise<void> {
    return this.#do("heal");
  }

  /** Stops listening: connections are refused until {@linkcode up}. */
  down(): Promise<void> {
    return this.#do("down");
  }

  /** Listens again, on the same port. */
  up(): Promise<void> {
    return this.#do("up");
  }

  /** Takes a node offline, or brings it back. */
  node(name: string, online: boolean): Promise<void> {
    return this.#do("node", { name, online });
  }

  /** Loses the cluster's quorum, or regains it. */
  quorum(there: boolean): Promise<void> {
    return this.#do("quorum", { there });
  }

  /** Leaves a guest locked, as a backup does while it runs; `null` unlocks it. */
  lock(vmid: number, lock: string | null): Promise<void> {
    return this.#do("lock", { vmid, lock });
  }

  /** What a VM's guest agent tells from now on, interface to address; `null` where it does not answer. */
  agent(vmid: number, addresses: Record<string, string> | null): Promise<void> {
    return this.#do("agent", { vmid, addresses });
  }

  /** Containers on DHCP have addresses of 10.0.SUBNET.0/24 from now on. */
  lease(subnet: number): Promise<void> {
    return this.#do("lease", { subnet });
  }

  /** What has been asked since the start, or the last count with `reset`. */
  count(reset = false): Promise<PveCount> {
    return this.#do("count", { reset });
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

/**
 * Starts one. `dir` is where it puts its certificate.
 *
 * @throws {Error} with its last output if it does not start, or if `tests/lab/install pve` has not run.
 */
export async function startPve(dir: string): Promise<PlayedPve> {
  const python = findProgram("lab/pve");
  if (!python) throw new Error("Cannot start the played Proxmox: fakepve is not installed: run tests/lab/install pve");
  const child = new Deno.Command(python, {
    args: ["-B", fileURLToPath(new URL("./pve/played_pve.py", import.meta.url)), dir],
    env: { PATH: Deno.env.get("PATH") ?? "", PYTHONDONTWRITEBYTECODE: "1" },
    clearEnv: true,
    stdin: "piped", // it ends when this does, also where we are killed
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const words = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let line = "";
  for (let read; !line.includes("\n") && !(read = await reader.read()).done;) line += read.value;
  const end = async () => {
    await child.stdin.close().catch(() => {});
    try {
      child.kill("SIGKILL"); // nothing that it holds is of use to anybody
    } catch {
      // it has ended by itself
    }
    await child.status;
    await reader.cancel();
    await words;
  };
  try {
    const { url, ca, control } = JSON.parse(line);
    return new PlayedPve(url, ca, control, end);
  } catch {
    await end();
    throw new Error(`Cannot start the played Proxmox: ${(await words).trim().slice(-500)}`);
  }
}
