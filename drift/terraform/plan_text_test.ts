import { assertEquals, assertThrows } from "@std/assert";
import { parsePlan } from "./plan_text.ts";

const web = { address: "x_y.web", mode: "managed", type: "x_y", name: "web", provider_name: "p", schema_version: 0 };
const info = { address: "data.x_y.info", mode: "data", type: "x_y", provider_name: "p" };
const lost = { address: "module.m[0].x_y.lost", mode: "managed", type: "x_y" };
const plan = {
  format_version: "1.2",
  planned_values: {
    outputs: { o: { value: 1 } },
    root_module: { resources: [{ ...web, values: { a: 1 } }], child_modules: [{ address: "module.m[0]" }] },
  },
  resource_changes: [{ ...web, change: { actions: ["update"], before: { a: 1 }, after: { a: 2 } } }],
  prior_state: {
    format_version: "1.0",
    values: {
      root_module: {
        resources: [
          { ...web, values: { a: 1 }, sensitive_values: { a: true }, depends_on: ["x_y.db"] },
          { ...info, values: { b: 1 }, sensitive_values: {} },
        ],
        child_modules: [{ address: "module.m[0]", resources: [{ ...lost, values: { c: "secret" } }] }],
      },
    },
  },
  configuration: { root_module: {} },
  errored: true,
};

Deno.test("parsePlan() leaves out the values that stand in the changes as well, and no others", () => {
  const { name: _, schema_version: __, ...kept } = web;
  assertEquals(parsePlan(JSON.stringify(plan)), {
    ...plan,
    planned_values: {
      root_module: {
        resources: [{ address: "x_y.web", mode: "managed", type: "x_y", provider_name: "p" }],
        child_modules: [{}],
      },
    },
    prior_state: {
      values: {
        root_module: {
          resources: [{ ...kept, depends_on: ["x_y.db"] }, { ...info, values: { b: 1 }, sensitive_values: {} }],
          child_modules: [{ resources: [{ ...lost, values: { c: "secret" } }] }],
        },
      },
    },
  });
});

Deno.test("parsePlan() keeps every value of the state where the changes come after it", () => {
  const { prior_state, resource_changes, ...rest } = plan;
  const sorted = parsePlan(JSON.stringify({ ...rest, prior_state, resource_changes })) as typeof plan;
  assertEquals(sorted.prior_state.values.root_module.resources[0]!.values, { a: 1 });
});

Deno.test("parsePlan() takes what has another shape as it is", () => {
  for (
    const odd of [{ planned_values: null, prior_state: [1], resource_changes: {} }, { prior_state: { values: 1 } }, 7]
  ) {
    assertEquals(parsePlan(JSON.stringify(odd)), odd);
  }
});

Deno.test("parsePlan() refuses a plan that is cut, wherever it is", () => {
  const text = JSON.stringify(plan);
  for (let length = 0; length < text.length; length++) {
    assertThrows(() => parsePlan(text.slice(0, length)), SyntaxError);
  }
});
