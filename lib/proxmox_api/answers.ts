/**
 * Reads Proxmox VE's answers. Versions and kinds of guests differ in what is a number and what is text, so each schema takes
 * either and gives the one that `types.ts` names.
 *
 * @module
 */

import * as z from "zod";
import type {
  AccessRule,
  ClusterStatus,
  GuestConfig,
  ListedGuest,
  LogLine,
  NodeStatus,
  PendingOption,
  PermissionMap,
  Snapshot,
  Task,
  User,
  Version,
} from "./types.ts";

/** Reads the `data` of an answer. Throws an `Error` that names the first field that is not as Proxmox has it, and not its value. */
export type Reader<T> = (data: unknown) => T;

function reader<T>(schema: z.ZodType<T>): Reader<T> {
  return (data) => {
    const result = schema.safeParse(data);
    if (result.success) return result.data;
    const { path } = result.error.issues[0]!;
    throw new Error(path.length === 0 ? "the data" : `"${path.join(".")}"`);
  };
}

const LONGEST_NAME = 4_000;

const text = z.union([z.string(), z.number().transform(String), z.boolean().transform((value) => value ? "1" : "0")]);
/** What names something. Proxmox's own are much shorter: a longer one is of somebody who floods whoever looks at it. */
const name = text.refine((value) => value.length <= LONGEST_NAME);
const number = z.union([z.number(), z.string().regex(/^-?\d+(?:\.\d+)?$/).transform(Number)]);
/** Unix seconds, up to the year 9999: later ones are no dates in the form that reports have. */
const time = number.refine((seconds) => seconds >= 0 && seconds < 253_402_300_800);
const flag = z.union([z.boolean(), number.transform((value) => value !== 0)]);
const tags = name.transform((value) => value.split(/[;,\s]+/).filter((tag) => tag !== ""));

/** An object in which `null` means what a missing field means. */
function row<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(withoutNulls, z.object(shape));
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

/** `GET /version`. */
export const version: Reader<Version> = reader(row({ version: name }));

/** `GET /access/permissions`. */
export const permissions: Reader<PermissionMap> = reader(z.record(z.string(), z.record(z.string(), flag)));

const guest = row({
  type: z.enum(["qemu", "lxc"]),
  vmid: number,
  node: name,
  name: name.exactOptional(),
  status: name.default("unknown"),
  template: flag.default(false),
  tags: tags.default([]),
  pool: name.exactOptional(),
  lock: name.exactOptional(),
  hastate: name.exactOptional(),
}).transform(({ type, vmid, ...rest }): ListedGuest => ({ kind: type, id: vmid, ...rest }));

/** `GET /cluster/resources?type=vm`. */
export const guests: Reader<ListedGuest[]> = reader(z.array(guest));

/** `GET /cluster/status`. */
export const clusterStatus: Reader<ClusterStatus[]> = reader(z.array(
  row({ type: z.string(), name: name.exactOptional(), quorate: flag.exactOptional(), online: flag.exactOptional() }),
));

const node = row({ node: name, status: name.default("unknown"), ssl_fingerprint: name.exactOptional() })
  .transform(({ ssl_fingerprint: fingerprint, ...rest }): NodeStatus =>
    fingerprint === undefined ? rest : { ...rest, fingerprint }
  );

/** `GET /nodes`. */
export const nodes: Reader<NodeStatus[]> = reader(z.array(node));

/** `GET /nodes/N/qemu|lxc/ID/config`. */
export const config: Reader<GuestConfig> = reader(
  z.record(z.string(), z.unknown()).transform((options) => {
    const read = Object.entries(options).map(([name, value]) => [name, text.safeParse(value).data] as const);
    return Object.fromEntries(read.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }),
);

/** `GET /nodes/N/qemu|lxc/ID/pending`. */
export const pending: Reader<PendingOption[]> = reader(z.array(
  row({ key: name, value: text.exactOptional(), pending: text.exactOptional(), delete: number.exactOptional() }),
));

/** `GET /nodes/N/qemu|lxc/ID/snapshot`. */
export const snapshots: Reader<Snapshot[]> = reader(
  z.array(
    row({ name, snaptime: time.exactOptional(), parent: name.exactOptional(), vmstate: flag.default(false) }),
  ).transform((rows) => rows.filter(({ name }) => name !== "current")),
);

const task = row({
  upid: name,
  node: name,
  type: name,
  id: name.default(""),
  user: name,
  tokenid: name.exactOptional(),
  starttime: time,
  endtime: time.exactOptional(),
  status: text.exactOptional(),
  // Finished tasks have the token apart, running ones within the user.
}).transform(({ user, tokenid, ...rest }): Task => ({ ...rest, user: tokenid ? `${user}!${tokenid}` : user }));

/** `GET /nodes/N/tasks`. */
export const tasks: Reader<Task[]> = reader(z.array(task));

/** `GET /cluster/log`. */
export const logLines: Reader<LogLine[]> = reader(z.array(
  row({ time, node: name, user: name, tag: text.default(""), msg: text.default("") }),
));

/** `GET /access/users?full=1`. */
export const users: Reader<User[]> = reader(z.array(
  row({
    userid: name,
    expire: time.exactOptional(),
    tokens: z.array(row({ tokenid: name, expire: time.exactOptional() })).exactOptional(),
  }),
));

/** When a backup job runs next, and whether an interface is up just now. */
const VOLATILE = ["next-run", "active", "exists"];

/** A part of the configuration: one object, or rows. */
export const whole: Reader<unknown> = reader(
  z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()))])
    .transform((data) => Array.isArray(data) ? data.map(lasting) : lasting(data)),
);

function lasting(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !VOLATILE.includes(name)));
}

/** `GET /access/acl`. */
export const accessRules: Reader<AccessRule[]> = reader(z.array(row({ path: name, type: name, ugid: name })));
