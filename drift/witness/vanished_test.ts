import { assertEquals } from "@std/assert";
import type { GuestConfig, ListedGuest, PermissionMap } from "../../lib/proxmox_api/types.ts";
import { AUDITOR, guest, noSuchGuest, refusal } from "../../tests/support/played_cluster.ts";
import type { GuestClaim } from "./claims.ts";
import { type Cluster, fateOf, moved } from "./vanished.ts";
import { type Heard, silenceOf } from "./witness.ts";

const KINDS = ["qemu", "lxc"] as const;
const OTHER = { qemu: "lxc", lxc: "qemu" } as const;
const silence = (error: Error) => ({ silence: silenceOf(error) });
const WHOLE: Cluster = { permissions: AUDITOR, status: { said: [{ type: "cluster", name: "c", quorate: true }] } };

/** What is asked, where it is not what a deletion looks like. */
interface Seen {
  claim?: Partial<GuestClaim>;
  lists?: [ListedGuest[], ListedGuest[] | Error];
  rights?: PermissionMap | Error;
  config?: GuestConfig | Error | "not asked";
  cluster?: Partial<Cluster>;
}

function judged(kind: "qemu" | "lxc", { claim: more, lists: [first, second] = [[], []], ...seen }: Seen): string {
  const claim: GuestClaim = { kind, id: 101, name: "web", node: "pve1", address: "x.y", ...more };
  const heard = <T>(value: T | Error): Heard<T> => value instanceof Error ? silence(value) : { said: value };
  const config = seen.config ?? noSuchGuest(kind, 101);
  const { found, node, takenBy, doubt } = moved(claim, first) ??
    fateOf(claim, [first, heard<readonly ListedGuest[]>(second)], { ...WHOLE, ...seen.cluster }, {
      rights: heard<PermissionMap>(seen.rights ?? { "/vms/101": { "VM.Audit": true } }),
      ...(config === "not asked" ? {} : { config: heard<GuestConfig>(config) }),
    });
  return [found, node, takenBy, doubt?.why].filter(Boolean).join(" ");
}

Deno.test("fateOf() says of each row of the contract, for VMs and containers, what may be said", () => {
  for (const kind of KINDS) {
    const here = guest(kind, 101, { name: "web" }), there = { ...here, node: "pve2" };
    const other = guest(OTHER[kind], 101), neighbor = guest(kind, 102);
    const rows: [string, Seen, string][] = [
      ["in no list", {}, "deleted"],
      ["in no list of others", { lists: [[neighbor], [neighbor]] }, "deleted"],
      ["a single node has no entry that tells of a quorum", {
        cluster: { status: { said: [{ type: "node", name: "pve1", online: true }] } },
      }, "deleted"],
      ["the other kind took its number", { lists: [[other], [other]] }, `deleted ${OTHER[kind]}`],
      ["on another node in the first list", { lists: [[there], new Error("not asked")] }, "moved pve2"],
      ["on another node in the second", { lists: [[], [there]] }, "moved pve2"],
      ["its old node in the first, another in the second", { lists: [[here], [there]] }, "moved pve2"],
      ["without a name in the list", {
        lists: [[guest(kind, 101, { node: "pve2", name: undefined as never })], []],
      }, "moved pve2"],
      ["another name on another node", { lists: [[{ ...there, name: "mail" }], []] }, "unknown other-name"],
      ["on its node in both", { lists: [[here], [here]] }, "exists pve1"],
      [
        "without a node in the state, in both",
        { claim: { node: undefined as never }, lists: [[there], [there]] },
        "exists pve2",
      ],
      ["gone from the second", { lists: [[here], []] }, "unknown comes-and-goes"],
      ["back in the second", { lists: [[], [here]] }, "unknown comes-and-goes"],
      ["no second list", { lists: [[], new Error("down")] }, "unknown silent"],
      ["no right on it", { rights: { "/vms/101": {} } }, "hidden no-right"],
      ["a right on it alone", { cluster: { permissions: { "/vms/101": { "VM.Audit": true } } } }, "hidden no-right"],
      ["a right on / that goes no deeper", {
        cluster: { permissions: { "/": { "VM.Audit": false } } },
      }, "hidden no-right"],
      ["a right on /vms alone", { cluster: { permissions: { "/vms": { "VM.Audit": true } } } }, "deleted"],
      ["another role on /vms takes it away", {
        cluster: { permissions: { "/": { "VM.Audit": true }, "/vms": { "VM.Console": true } } },
      }, "hidden no-right"],
      ["rights not told", { rights: refusal(500, "x") }, "unknown silent"],
      [
        "no status",
        { cluster: { status: silence(refusal(403, "Permission check failed (/, Sys.Audit)")) } },
        "unknown silent",
      ],
      ["no quorum", { cluster: { status: { said: [{ type: "cluster", quorate: false }] } } }, "unknown no-quorum"],
      ["its configuration is there", { config: { name: "web" } }, "unknown still-configured"],
      ["its configuration is refused", {
        config: refusal(403, "Permission check failed (/vms/101, VM.Config.Options)"),
      }, "unknown silent"],
      ["its node is off", { config: refusal(595, "No route to host") }, "unknown silent"],
      ["its node is gone", { config: refusal(500, "hostname lookup 'pve1' failed") }, "unknown silent"],
      ["no node in the state", { claim: { node: undefined as never }, config: "not asked" }, "unknown no-node"],
    ];
    for (const [title, seen, wanted] of rows) assertEquals(judged(kind, seen), wanted, `${kind}: ${title}`);
  }
});
