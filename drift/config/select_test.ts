import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Environment } from "./config.ts";
import type { PassedOver } from "./discovery.ts";
import { selectEnvironments } from "./select.ts";
import { UsageError } from "../usage_error.ts";

const environment = (name: string): Environment => ({
  name,
  dir: `/envs/${name}`,
  varFiles: [],
  backendConfig: [],
  timeoutMs: 1000,
});
const passed = (path: string, why: PassedOver["why"]): PassedOver => ({ name: path, path, real: `/envs/${path}`, why });
const config = {
  environments: ["prod", "lab", "prod-eu"].map(environment),
  passedOver: [passed("old", "unlisted"), passed("my env", "nameless")],
};
const nothing = { env: [] as string[], all: false };
const chosen = (asked: Partial<typeof nothing>) =>
  selectEnvironments(config, { ...nothing, ...asked }).map(({ name }) => name);

Deno.test("selectEnvironments() gives what is asked for, in the order asked, or all in the configured order", () => {
  assertEquals(chosen({ env: ["lab", "prod"] }), ["lab", "prod"]);
  assertEquals(chosen({ all: true }), ["prod", "lab", "prod-eu"]);
});

Deno.test("selectEnvironments() wants a check to name what it checks, and lists what there is", () => {
  assertThrows(() => chosen({}), UsageError, '--env NAME, or take --all: "prod", "lab", "prod-eu"');
});

Deno.test("selectEnvironments() names the closest environment and all of them when one is unknown", () => {
  assertThrows(
    () => chosen({ env: ["prod", "prdo"] }),
    UsageError,
    'Unknown environment "prdo": did you mean "prod"? Known are "prod", "lab", "prod-eu"',
  );
  assertThrows(() => chosen({ env: ["old"] }), UsageError, 'there is such a folder, but "environments" in');
  assertThrows(() => chosen({ env: ["my env"] }), UsageError, "there is such a folder, but a name is letters");
  assertThrows(
    () => chosen({ env: ["my env"] }),
    UsageError,
    'first: name it under "environments" with its "dir"; known',
  );
});

Deno.test("selectEnvironments() says where it looked and what to do when there are none, whatever is asked", () => {
  for (const asked of [{ all: true }, { env: ["x"] }, {}]) {
    const nearby = { where: '"/envs"', seen: [] as string[] };
    const none = { environments: [], passedOver: [] as PassedOver[], nearby };
    const message = 'Found no environment in "/envs"';
    const error = assertThrows(() => selectEnvironments(none, { ...nothing, ...asked }), UsageError, message);
    assert(
      error.message.includes(
        '\nWhat to do: Name the folder that holds them with --root DIR or "root" in pve-drift.json',
      ),
    );
    const named = { ...none, passedOver: [passed("my env", "nameless")] };
    assertThrows(
      () => selectEnvironments(named, { ...nothing, ...asked }),
      UsageError,
      '"my env" left out: a name is',
    );
    const notNamed = { ...none, passedOver: [passed("prod", "unlisted"), passed("vm", "module")] };
    const why = '\n"prod" left out: "environments" in the configuration does not name it\n"vm" left out: other code';
    assertThrows(() => selectEnvironments(notNamed, { ...nothing, ...asked }), UsageError, why);
    const higher = { ...none, nearby: { ...nearby, seen: ["It holds code itself"] } };
    const seen = '"/envs"\nIt holds code itself\nWhat to do: Name the folder that holds them';
    assertThrows(() => selectEnvironments(higher, { ...nothing, ...asked }), UsageError, seen);
    const elsewhere = { ...none, nearby: { seen: ["It is elsewhere"], cure: "Look there" } };
    const what = "Found no environment\nIt is elsewhere\nWhat to do: Look there";
    assertThrows(() => selectEnvironments(elsewhere, { ...nothing, ...asked }), UsageError, what);
    const terragrunt = { ...none, passedOver: [passed("live/vm", "terragrunt")] };
    const recipe =
      '\nWhat to do: Let Terragrunt plan, and hand each plan to "pve-drift replay": docs/DRIFT-DETECTION.md#terragrunt';
    assertThrows(() => selectEnvironments(terragrunt, { ...nothing, ...asked }), UsageError, recipe);
  }
});
