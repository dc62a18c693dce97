/**
 * An imitation of the part of GitLab's API that keeps Terraform's states, as strict as the real one: who may do what,
 * which methods there are, what a lock must say, and that a locked state takes nothing from anybody else.
 *
 * After GitLab's own lib/api/terraform/state.rb and its documentation of roles.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Somebody with a token. A developer reads states; a maintainer writes and locks them too. */
export interface Member {
  username: string;
  token: string;
  role: "developer" | "maintainer";
}

/** The server, with what was asked of it. */
export interface GitlabStates extends AsyncDisposable {
  /** Settings of `backend "http"` for a state of this name, as GitLab's documentation has them, without credentials. */
  settings: (name: string) => string;
  /** `METHOD name` or `METHOD name/lock`, with the status that was answered, in order. */
  asked: string[];
  /** Locks a state as a member would whose apply is under way. */
  lock: (name: string, member: Member, id: string) => void;
  /** Ends the lock of a state. */
  unlock: (name: string) => void;
}

const LOCK_FIELDS = ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"] as const;
type LockInfo = Record<(typeof LOCK_FIELDS)[number], string>;

interface State {
  file?: string;
  lock?: { id: string; username: string; createdAt: string };
}

/** Starts the server on the loopback device, with one project. */
export function serveGitlabStates(members: Member[]): GitlabStates {
  const states = new Map<string, State>();
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const body = await request.text();
    const { pathname, searchParams } = new URL(request.url);
    const [, name, lock] = /^\/api\/v4\/projects\/42\/terraform\/state\/([\w.-]+)(\/lock)?$/.exec(pathname) ?? [];
    const answer = name === undefined
      ? new Response('{"error":"404 Not Found"}', { status: 404 })
      : answerTo(request, body, searchParams.get("ID"), { name, isLock: lock !== undefined }, states, members);
    asked.push(`${request.method} ${name ?? pathname}${lock ?? ""} ${answer.status}`);
    return answer;
  });
  const base = `http://127.0.0.1:${server.addr.port}/api/v4/projects/42/terraform/state`;
  const stateOf = (name: string) => states.get(name) ?? states.set(name, {}).get(name)!;
  return {
    asked,
    settings: (name) =>
      [
        `address = "${base}/${name}"`,
        `lock_address = "${base}/${name}/lock"`,
        `unlock_address = "${base}/${name}/lock"`,
        'lock_method = "POST"',
        'unlock_method = "DELETE"',
        "retry_max = 0",
        "",
      ].join("\n"),
    lock: (name, { username }, id) => stateOf(name).lock = { id, username, createdAt: new Date().toISOString() },
    unlock: (name) => delete stateOf(name).lock,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function answerTo(
  request: Request,
  body: string,
  givenId: string | null,
  { name, isLock }: { name: string; isLock: boolean },
  states: Map<string, State>,
  members: Member[],
): Response {
  const says = (status: number, message: string) => Response.json({ message }, { status });
  const member = memberOf(request.headers.get("authorization"), members);
  if (!member) return says(401, "401 Unauthorized");
  const { method } = request;
  const isRead = method === "GET" && !isLock;
  if (!isRead && !(method === "POST" || method === "DELETE")) return says(405, "405 Not Allowed");
  if (!isRead && member.role !== "maintainer") return says(403, "403 Forbidden");
  const state = states.get(name);
  if (isRead) {
    if (!state) return says(404, "404 Not Found");
    return state.file === undefined ? new Response(null, { status: 204 }) : new Response(state.file);
  }
  if (isLock) return method === "POST" ? lockIt(body, name, member, states) : unlockIt(body, state);
  if (method === "POST" && body === "") return new Response(null, { status: 204 });
  if (state?.lock && state.lock.id !== givenId) return says(409, "409 Conflict");
  if (method === "DELETE") states.delete(name);
  else states.set(name, { ...state, file: body });
  return new Response(null, { status: 200 });
}

function memberOf(authorization: string | null, members: Member[]): Member | undefined {
  const [, encoded] = /^Basic (\S+)$/.exec(authorization ?? "") ?? [];
  const [username, token] = Buffer.from(encoded ?? "", "base64").toString().split(":");
  return members.find((one) => one.username === username && one.token === token);
}

function lockIt(body: string, name: string, member: Member, states: Map<string, State>): Response {
  const asked = parsed(body);
  const missing = LOCK_FIELDS.filter((field) => typeof asked?.[field] !== "string");
  if (!asked || missing.length > 0) {
    return Response.json({ error: `${missing.join(", ")} is missing` }, { status: 400 });
  }
  const state = states.get(name) ?? {};
  const isFree = state.lock === undefined;
  const lock = state.lock ?? { id: asked.ID, username: member.username, createdAt: new Date().toISOString() };
  states.set(name, { ...state, lock });
  const info = { ...asked, ID: lock.id, Who: lock.username, Created: lock.createdAt };
  return Response.json(info, { status: isFree ? 200 : 409 });
}

function unlockIt(body: string, state: State | undefined): Response {
  const id = parsed(body)?.ID;
  if (state?.lock && id !== undefined && id !== state.lock.id) return new Response(null, { status: 409 });
  delete state?.lock;
  return new Response(null, { status: 200 });
}

function parsed(body: string): Partial<LockInfo> & { ID: string } | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
