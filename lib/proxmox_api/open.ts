/**
 * Opens a client of Proxmox VE's API: which server is asked, how many questions at once, and what each failure is called.
 *
 * @module
 */

import * as read from "./answers.ts";
import { isNetworkFailure, Unproven } from "./connection.ts";
import { ProxmoxApiError, type ProxmoxApiErrorKind } from "./errors.ts";
import { type Answer, Lane, Unreadable } from "./lane.ts";
import { messageOf } from "../message_of.ts";
import { parseJson } from "../parse_json.ts";
import type { ProxmoxApi, ProxmoxApiOptions, Server, TaskQuery } from "./proxmox_api.ts";
import type { ClusterLog, GuestRef, Topic } from "./types.ts";
import { visible } from "../visible.ts";

/** pveproxy has three workers. */
const AT_ONCE = 4;
const LONGEST_REASON = 500;
/** These are the server's or the way's, so that another may answer. `timeout`: where it never answered. */
const NEXT_MAY_ANSWER: readonly ProxmoxApiErrorKind[] = ["unreachable", "tls", "pin", "timeout"];

type Query = Record<string, string | number | undefined>;

/** The secret part of a token, which follows `USER@REALM!ID=`. */
export function secretOf(token: string): string {
  return token.slice(token.indexOf("=") + 1);
}

/** Opens a client. Nothing is sent before the first question. */
export function openProxmoxApi(options: ProxmoxApiOptions): ProxmoxApi {
  const client = new Client(options);
  const one = <T>(reader: read.Reader<T>, path: string, query?: Query) => client.ask(path, reader, query);
  return {
    get endpoint() {
      return client.endpoint;
    },
    get requests() {
      return client.requests;
    },
    get server() {
      return client.server;
    },
    version: () => one(read.version, "/version"),
    permissions: () => one(read.permissions, "/access/permissions"),
    permissionsAt: (path) => one(read.permissions, "/access/permissions", { path }),
    guests: () => one(read.guests, "/cluster/resources", { type: "vm" }),
    clusterStatus: () => one(read.clusterStatus, "/cluster/status"),
    nodes: () => one(read.nodes, "/nodes"),
    config: (guest) => one(read.config, `${ofGuest(guest)}/config`),
    pending: (guest) => one(read.pending, `${ofGuest(guest)}/pending`),
    snapshots: (guest) => one(read.snapshots, `${ofGuest(guest)}/snapshot`),
    tasks: (node, query: TaskQuery = {}) => one(read.tasks, `/nodes/${encodeURIComponent(node)}/tasks`, { ...query }),
    clusterLog: (max) => readClusterLog(client, max),
    accessRules: () => one(read.accessRules, "/access/acl"),
    users: () => one(read.users, "/access/users", { full: 1 }),
    topic: (topic) => one(read.whole, ...pathOf(topic)),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

function ofGuest({ kind, id, node }: GuestRef): string {
  return `/nodes/${encodeURIComponent(node)}/${kind}/${id}`;
}

const TOPICS: Record<Exclude<Topic, { node: string } | { guest: GuestRef }>["of"], [path: string, query?: Query]> = {
  pools: ["/pools"],
  users: ["/access/users", { full: 1 }],
  groups: ["/access/groups"],
  roles: ["/access/roles"],
  accessRules: ["/access/acl"],
  storages: ["/storage"],
  haResources: ["/cluster/ha/resources"],
  // Before Proxmox VE 9 there were groups in their place, and this is an error.
  haRules: ["/cluster/ha/rules"],
  backupJobs: ["/cluster/backup"],
  clusterFirewall: ["/cluster/firewall/rules"],
};

function pathOf(topic: Topic): [path: string, query?: Query] {
  if ("node" in topic) return [`/nodes/${encodeURIComponent(topic.node)}/network`];
  if ("guest" in topic) {
    return [`${ofGuest(topic.guest)}/firewall/${topic.of === "firewallRules" ? "rules" : "options"}`];
  }
  return TOPICS[topic.of];
}

/** One line with a backslash in it makes Proxmox fail as long as it is among those that are asked for: so fewer are. */
async function readClusterLog(client: Client, max: number): Promise<ClusterLog> {
  for (let asked = max;; asked = Math.ceil(asked / 4)) {
    try {
      return { lines: await client.ask("/cluster/log", read.logLines, { max: asked }), isCut: asked < max };
    } catch (error) {
      if ((error as ProxmoxApiError).status !== 500 || asked <= 1) throw error;
    }
  }
}

class Client implements Disposable {
  readonly #options: ProxmoxApiOptions;
  readonly #lanes: Lane[];
  readonly #free: Lane[];
  readonly #waiting: ((lane: Lane) => void)[] = [];
  readonly #answered = new Set<string>();
  #current = 0;
  requests = 0;
  server: Server | undefined;

  constructor(options: ProxmoxApiOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: AT_ONCE }, () => new Lane(options.trust, options.token, () => this.requests++));
    this.#free = [...this.#lanes];
  }

  get endpoint(): string {
    return this.#options.endpoints[this.#current]!;
  }

  /** Asks for a path, and reads the answer. */
  async ask<T>(path: string, reader: read.Reader<T>, query: Query = {}): Promise<T> {
    const lane = this.#free.pop() ?? await new Promise<Lane>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#askInTurn(lane, path, query, reader);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(lane);
      else this.#free.push(lane);
    }
  }

  /** Begins with the server that answered last. Where none answers, a doubtful certificate is what must be told. */
  async #askInTurn<T>(lane: Lane, path: string, query: Query, reader: read.Reader<T>): Promise<T> {
    const { endpoints } = this.#options;
    const first = this.#current;
    const failures: ProxmoxApiError[] = [];
    for (let i = 0; i < endpoints.length; i++) {
      const index = (first + i) % endpoints.length;
      const endpoint = endpoints[index]!;
      try {
        const answer = await this.#get(lane, endpoint, path, query);
        this.#current = index;
        return this.#read(answer, endpoint, path, reader);
      } catch (error) {
        if (!(error instanceof ProxmoxApiError) || !this.#mayNextAnswer(error)) throw error;
        failures.push(error);
      }
    }
    throw failures.find(({ kind }) => kind === "tls" || kind === "pin") ?? failures[0]!;
  }

  #mayNextAnswer({ kind, endpoint }: ProxmoxApiError): boolean {
    return NEXT_MAY_ANSWER.includes(kind) && !(kind === "timeout" && this.#answered.has(endpoint));
  }

  async #get(lane: Lane, endpoint: string, path: string, query: Query): Promise<Answer> {
    const { timeoutMs, signal } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await lane.get(
        endpoint,
        urlPath(path, query),
        signal ? AbortSignal.any([signal, timeout]) : timeout,
      );
      this.#answered.add(endpoint);
      const clock = Date.parse(answer.date ?? "");
      this.server = { ...answer.certificate, ...Number.isNaN(clock) ? {} : { clock } };
      return answer;
    } catch (error) {
      const kind = signal?.aborted ? "stopped" : timeout.aborted ? "timeout" : kindOf(error);
      const reason = kind === "timeout" ? `no answer within ${timeoutMs} ms` : messageOf(error);
      throw this.#failure(kind, endpoint, path, reason);
    }
  }

  #read<T>({ status, statusText, body }: Answer, endpoint: string, path: string, reader: read.Reader<T>): T {
    if (status >= 300 && status < 400) {
      throw this.#failure("redirect", endpoint, path, "the answer leads elsewhere", status);
    }
    if (status !== 200) throw this.#failure("status", endpoint, path, ownText(body) ?? statusText, status);
    let content: unknown;
    try {
      content = parseJson(body);
    } catch {
      throw this.#failure("answer", endpoint, path, "the answer is not JSON, or breaks off");
    }
    try {
      return reader((content as { data?: unknown } | null)?.data);
    } catch (error) {
      const reason = `the answer is not of Proxmox's form: ${
        (error as Error).message
      } is missing, of another kind or too long`;
      throw this.#failure("answer", endpoint, path, reason);
    }
  }

  /** A server may send back what it was sent. */
  #failure(kind: ProxmoxApiErrorKind, endpoint: string, path: string, text: string, status?: number): ProxmoxApiError {
    const { token } = this.#options;
    const secrets = [token, secretOf(token)].filter((secret) => secret !== "");
    const clean = secrets.reduce((clean, secret) => clean.replaceAll(secret, "(sensitive)"), text.trim());
    const reason = visible(clean).slice(0, LONGEST_REASON);
    return new ProxmoxApiError({ kind, endpoint, path, reason, ...status === undefined ? {} : { status } });
  }

  [Symbol.dispose](): void {
    for (const lane of this.#lanes) lane[Symbol.dispose]();
  }
}

function urlPath(path: string, query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join("&");
  return `/api2/json${path}${search && `?${search}`}`;
}

function kindOf(error: unknown): ProxmoxApiErrorKind {
  if (error instanceof Unproven) return error.by === "pin" ? "pin" : "tls";
  if (error instanceof Unreadable) return "answer";
  return isNetworkFailure(error) ? "unreachable" : "tls";
}

/** What Proxmox says in the body: its message, and what is wrong with which parameter. */
function ownText(body: string): string | undefined {
  try {
    const { message, errors } = parseJson(body) as { message?: unknown; errors?: Record<string, unknown> };
    if (typeof message !== "string" || message.trim() === "") return undefined;
    const parameters = Object.entries(errors ?? {}).map(([name, text]) => `${name}: ${String(text).trim()}`);
    return [message.trim(), ...parameters].join(" ");
  } catch {
    return undefined;
  }
}
