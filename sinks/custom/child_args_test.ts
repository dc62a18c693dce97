import { assertEquals, assertThrows } from "@std/assert";
import { childArgs, type Grants } from "./child_args.ts";
import { SinkContractError } from "./contract_error.ts";

const grants: Grants = {
  net: ["a.example:443", "b.example"],
  read: ["/data"],
  write: ["/out"],
  env: ["TOPIC"],
  run: ["id"],
};
const source = {
  execPath: "/usr/bin/deno",
  standalone: false,
  mainModule: "file:///opt/pve-drift/drift/check-drift.ts",
};

function args(program = source, rest: Partial<Grants> = {}, dryRun = false): string[] {
  return childArgs(program, { ...grants, ...rest }, {
    folders: ["/etc/sinks"],
    stateDir: "/state",
    withheld: ["/etc/sinks/token", "/etc/sinks-of-others/token", "/state/memory", "/etc/sinks/deep/secrets"],
    dryRun,
  });
}

Deno.test("childArgs() grants what the entry grants, the sink's folder and its state, and nothing else", () => {
  const flags = args();
  assertEquals(flags.filter((flag) => flag.startsWith("--allow-")).sort(), [
    "--allow-env=TOPIC",
    "--allow-net=a.example:443,b.example",
    "--allow-read=/etc/sinks,/state,/data",
    "--allow-run=id",
    "--allow-write=/state,/out",
  ]);
  assertEquals(flags.filter((flag) => flag.startsWith("--deny-")), [
    "--deny-import",
    "--deny-ffi",
    "--deny-read=/etc/sinks/token,/etc/sinks/deep/secrets",
  ]);
  assertEquals(flags.at(-1), new URL("./child_entry.ts", import.meta.url).href);
});

Deno.test("childArgs() grants nothing at all of a kind that was not asked for", () => {
  const none = { net: [], read: [], write: [], env: [], run: [] };
  assertEquals(args(source, none).filter((flag) => flag.startsWith("--allow-")), [
    "--allow-read=/etc/sinks,/state",
    "--allow-write=/state",
  ]);
});

Deno.test("childArgs() grants nothing by which a dry run could write or send", () => {
  assertEquals(args(source, {}, true).filter((flag) => flag.startsWith("--allow-")), [
    "--allow-read=/etc/sinks,/state,/data",
    "--allow-env=TOPIC",
  ]);
});

Deno.test("childArgs() only names the hidden command when the program is a compiled binary", () => {
  assertEquals(args({ ...source, standalone: true }), ["__sink"]);
});

Deno.test("childArgs() withholds nothing that the entry grants by name", () => {
  const withheld = (...read: string[]) =>
    args(source, { read }).find((flag) => flag.startsWith("--deny-read="))?.slice("--deny-read=".length);
  assertEquals(withheld("/etc/sinks/token"), "/etc/sinks/deep/secrets");
  assertEquals(withheld("/etc/sinks/deep"), "/etc/sinks/token");
  assertEquals(withheld("/"), undefined);
});

Deno.test("childArgs() denies what is forbidden wherever it could be read, whatever the entry grants", () => {
  const denied = (...read: string[]) =>
    childArgs(source, { net: [], read, write: [], env: [], run: [] }, {
      folders: ["/etc/sinks"],
      stateDir: "/state",
      withheld: [],
      forbidden: ["/etc/sinks/prod.env", "/secrets/lab.env"],
      dryRun: false,
    }).find((flag) => flag.startsWith("--deny-read="))?.slice("--deny-read=".length);
  assertEquals(denied(), "/etc/sinks/prod.env");
  assertEquals(denied("/secrets"), "/etc/sinks/prod.env,/secrets/lab.env");
  assertEquals(denied("/"), "/etc/sinks/prod.env,/secrets/lab.env");
});

Deno.test("childArgs() refuses a grant that Deno would split", () => {
  assertThrows(() => args(source, { read: ["/srv/a,/etc"] }), SinkContractError, 'cannot grant "read=/srv/a,/etc"');
});
