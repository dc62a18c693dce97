import { assertEquals } from "@std/assert";
import { workplace } from "../../tests/support/workplaces.ts";
import type { WayStep } from "./explanation.ts";
import { applySteps, canWork, entrySteps, planStep } from "./workplace.ts";

const lines = (steps: WayStep[]) => steps.flatMap((step) => step.kind === "command" ? [step.line] : []);

Deno.test("applySteps() plans into a file that only its maker can read, and applies what was read", () => {
  assertEquals(lines(applySteps(workplace({ varFiles: ["/srv/my vars.tfvars"] }), ['a.b["x"]'])), [
    "PLAN=$(mktemp)",
    `terraform plan -out="$PLAN" -target='a.b["x"]' -var-file='/srv/my vars.tfvars'`,
    'terraform apply "$PLAN"',
    'rm "$PLAN"',
  ]);
});

Deno.test("every command is that of the environment: its program, folder, backend and workspace", () => {
  const place = workplace({ program: "/opt/tofu", dir: "/srv/my prod", workspace: "eu", backendConfig: ["key=a b"] });
  assertEquals(lines([...entrySteps(place), planStep(place, ["-refresh-only"])]), [
    "cd '/srv/my prod'",
    "/opt/tofu init -backend-config='key=a b'",
    "TF_WORKSPACE=eu /opt/tofu plan -refresh-only",
  ]);
});

Deno.test("entrySteps() says what no command can: variables, and an environment that is not configured here", () => {
  const told = (rest: Parameters<typeof workplace>[0]) =>
    entrySteps(workplace(rest)).flatMap((step) => step.kind === "text" ? [step.text] : []);
  assertEquals(told({}), []);
  assertEquals(told({ variables: ["AWS_PROFILE"], envFile: "/etc/prod.env" }), [
    "Set what the check sets: AWS_PROFILE, the variables of /etc/prod.env.",
  ]);
  assertEquals(told({ isConfigured: false }).length, 1);
});

Deno.test("canWork() refuses a folder and words that are not what they seem", () => {
  assertEquals(canWork(workplace(), ['vm["web"]']), true);
  assertEquals(canWork(workplace(), ['vm["(sensitive)"]']), false);
  assertEquals(canWork(workplace({ dir: "/srv/a\nb" }), []), false);
});
