import { DELETED } from "../providers/proxmox/suspicion.ts";
import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { errorOf } from "../../tests/support/failures.ts";
import type { ErrorClass } from "../report.ts";
import { failure } from "./failures.ts";
import type { FactsOf, Reason } from "./reasons.ts";

/** Facts of every reason, and what they read as. The type demands an entry for each. */
type Golden = {
  [R in Reason]: { facts: FactsOf<R>; class: ErrorClass; summary: string; cure: string };
};

const quoted = { quoted: "canary" };
const ended = { phase: "plan", isOutOfMemory: false, said: quoted };
const GOLDEN: Golden = {
  "program-missing": {
    facts: { problem: 'Cannot find "terraform": PATH is not set' },
    class: "terraform-missing",
    summary: 'Cannot find "terraform": PATH is not set',
    cure:
      'Install Terraform or OpenTofu 1.8 or newer, or name it in the configuration: "terraform": { "bin": "/usr/local/bin/terraform" }. A systemd service has a shorter PATH than a shell.',
  },
  "program-not-started": {
    facts: { exitCode: 127, said: quoted },
    class: "terraform-missing",
    summary: "Terraform could not be started: exit code 127",
    cure:
      'Install Terraform or OpenTofu 1.8 or newer, or name it in the configuration: "terraform": { "bin": "/usr/local/bin/terraform" }. A systemd service has a shorter PATH than a shell.',
  },
  "program-too-old": {
    facts: { tool: "tofu", version: "1.6.0" },
    class: "version-mismatch",
    summary: "OpenTofu 1.6.0 is too old: 1.8 or newer is needed",
    cure:
      'Compare `terraform version` with `required_version` in the environment\'s code (and 1.8, the oldest that is supported); install a version that fits, or name it as "terraform": { "bin": … } in the configuration.',
  },
  "folder-missing": {
    facts: { environment: "prod", dir: "/srv/prod" },
    class: "config-invalid",
    summary: 'The folder of environment "prod" does not exist: /srv/prod',
    cure: 'Correct "dir" of the environment in pve-drift.json: the folder must be there and hold *.tf.',
  },
  "folder-unreadable": {
    facts: { environment: "prod", dir: "/srv/prod", code: "EMFILE", problem: "Too many open files (os error 24)" },
    class: "unknown",
    summary: 'Cannot look into the folder of environment "prod": /srv/prod: Too many open files (os error 24)',
    cure: 'Raise the limit of open files (LimitNOFILE= of the unit, `ulimit -n` in a shell), or lower "concurrency".',
  },
  "var-file-unreadable": {
    facts: {
      environment: "prod",
      file: "/srv/prod.tfvars",
      code: "ELOOP",
      problem: "Too many levels of symbolic links (os error 40)",
    },
    class: "unknown",
    summary:
      'Cannot read var file "/srv/prod.tfvars" of environment "prod": Too many levels of symbolic links (os error 40)',
    cure: "Look for links that lead in a circle (`namei -l` shows each one), and let them lead to what is meant.",
  },
  "backend-open": {
    facts: {
      backend: "s3",
      settings: [{ name: "bucket", value: "states" }, { name: "key", value: "prod.tfstate" }],
    },
    class: "init-failed",
    summary:
      'The code leaves settings of backend "s3" open that the folder was initialized with: bucket "states", key "prod.tfstate"',
    cure:
      'Add them to the environment in pve-drift.json: "backendConfig": ["bucket=states", "key=prod.tfstate"], or name a file that holds them; one with credentials belongs in a file.',
  },
  "workspace-not-chosen": {
    facts: { selected: "prod" },
    class: "workspace-missing",
    summary: 'Workspace "default" holds no state, and workspace "prod" is selected in the environment\'s folder',
    cure:
      'Set "workspace": "prod" of the environment in pve-drift.json, or "workspace": "default" if that is the one to check.',
  },
  "folder-barred": {
    facts: { environment: "prod", dir: "/srv/prod" },
    class: "permission",
    summary: 'Cannot look into the folder of environment "prod": /srv/prod: permission denied',
    cure:
      "Give the user of the check access to the folder (`namei -l /srv/prod` shows what bars the way), or run the check as a user that has it.",
  },
  "var-file-missing": {
    facts: { environment: "prod", file: "/srv/prod.tfvars" },
    class: "config-invalid",
    summary: 'Cannot read var file "/srv/prod.tfvars" of environment "prod"',
    cure:
      'Correct "varFiles" of the environment in pve-drift.json: the paths are relative to the environment\'s folder.',
  },
  "tofu-code-alone": {
    facts: { environment: "lab", program: "/usr/bin/terraform" },
    class: "config-invalid",
    summary:
      'Environment "lab" holds OpenTofu\'s code alone (*.tofu), which Terraform ("/usr/bin/terraform") does not read',
    cure:
      'Name OpenTofu as the program: "bin": "tofu" of the environment in pve-drift.json, or "terraform": { "bin": "tofu" } for all.',
  },
  "state-dir-unwritable": {
    facts: { stateDir: "/var/lib/pve-drift", problem: "permission denied" },
    class: "unknown",
    summary: 'Cannot write below the state directory "/var/lib/pve-drift": permission denied',
    cure:
      'Let the user of the check own "stateDir" (StateDirectory= of the unit), or name another folder in the configuration.',
  },
  "disk-nearly-full": {
    facts: { freeKiB: 12, stateDir: "/var/lib/pve-drift", besides: "Something odd", said: quoted },
    class: "unknown",
    summary: 'Only 12 KiB are free below "/var/lib/pve-drift": Something odd',
    cure: 'Free space on the disk that holds "stateDir" and the temporary folder (`df -h`), then run the check again.',
  },
  "time-over": {
    facts: { seconds: 900 },
    class: "timeout",
    summary: "The check did not end within 900 s",
    cure:
      'Find out what the plan waits for: a VM with `agent { enabled = true }` whose guest agent does not answer holds it up to 15 minutes (set `timeout` in that block, or start the agent), and a backend or API that hangs never ends by itself. If it is just slow, raise "timeout" of the environment in pve-drift.json.',
  },
  "run-time-over": {
    facts: {},
    class: "timeout",
    summary: "The time for the whole run was over before this check ended",
    cure:
      'Raise "runTimeout" in pve-drift.json, or check fewer environments in one run; --verbose shows which of them takes long.',
  },
  "stopped": {
    facts: {},
    class: "interrupted",
    summary: "The check was stopped before it ended",
    cure: "Run the check again: it was stopped before this environment was finished.",
  },
  "check-hangs": {
    facts: { dir: "/srv/prod" },
    class: "timeout",
    summary: "The check reached its time limit and does not end",
    cure:
      'Look whether the file systems of /srv/prod and of "stateDir" answer (`ls` on each): a network share that is gone hangs like this.',
  },
  "stop-hangs": {
    facts: { dir: "/srv/prod" },
    class: "interrupted",
    summary: "The check was stopped and does not end",
    cure:
      'Look whether the file systems of /srv/prod and of "stateDir" answer (`ls` on each): a network share that is gone hangs like this.',
  },
  "killed-by-signal": {
    facts: { ...ended, signal: "SIGTERM" },
    class: "killed",
    summary: "Terraform plan was killed by SIGTERM",
    cure: "Look in `journalctl -k` and in the detail for who ended it or why it crashed, then run the check again.",
  },
  "crashed": {
    facts: { ...ended, exitCode: 11, crash: quoted, isOutOfMemory: true },
    class: "killed",
    summary: "Terraform plan crashed with exit code 11: canary",
    cure:
      'Look for an OOM kill (`journalctl -k -g "out of memory"`); give the service more memory (MemoryMax=), or lower "concurrency".',
  },
  "init-silent": {
    facts: { exitCode: 1, said: quoted },
    class: "init-failed",
    summary: "Terraform init failed without saying why",
    cure:
      "Run `terraform init -input=false -lockfile=readonly` in the environment's folder as the user of the check, and correct what it complains of.",
  },
  "command-silent": {
    facts: { phase: "show", exitCode: 2, said: quoted },
    class: "unknown",
    summary: "Terraform show ended with exit code 2, but its output is incomplete",
    cure:
      'Check that the disk of "stateDir" is not full (`df -h`) and run the check again with --verbose. If the plan was recorded elsewhere, give the whole output.',
  },
  "fault": {
    facts: { problem: "Cannot do this" },
    class: "unknown",
    summary: "Cannot do this",
    cure:
      "Run `terraform plan` in the environment's folder and see what it says; if the check is at fault, please report it with the text above.",
  },
  "plan-unreadable": {
    facts: { problem: "Cannot read the plan: its JSON is no object" },
    class: "unknown",
    summary: "Cannot read the plan: its JSON is no object",
    cure:
      "Run `terraform plan` in the environment's folder and see what it says; if the check is at fault, please report it with the text above.",
  },
  "plan-of-unknown-format": {
    facts: { problem: "Cannot read the plan: format version 2.0 is not known" },
    class: "version-mismatch",
    summary: "Cannot read the plan: format version 2.0 is not known",
    cure:
      "The plan was made with a program that is newer than this one knows: update pve-drift, or check with a Terraform or OpenTofu 1.x that it knows.",
  },
  "plan-malformed": {
    facts: { problem: quoted },
    class: "unknown",
    summary: "Cannot read the plan: it is not as Terraform writes one",
    cure:
      "Run `terraform plan` in the environment's folder and see what it says; if the check is at fault, please report it with the text above.",
  },
  "plan-deferred": {
    facts: { count: 3 },
    class: "unknown",
    summary: "The plan is not complete: 3 change(s) were deferred to a later plan",
    cure:
      "Apply what can be applied, so that a later plan can tell the rest; what Terraform defers hangs on values that only an apply can tell.",
  },
  "plan-says-incomplete": {
    facts: {},
    class: "unknown",
    summary: "The plan is not complete: it says so itself",
    cure:
      'Plan the environment as a whole: find what adds the option (a wrapper that "terraform.bin" names, or the pipeline that recorded the plan) and leave it out.',
  },
  "plan-passes-over": {
    facts: { first: "x.a", more: 2, where: "state" },
    class: "unknown",
    summary:
      "The plan is not complete: it says nothing of x.a and 2 more, which the state holds; was it made with -refresh-only or -target?",
    cure:
      'Plan the environment as a whole: find what adds the option (a wrapper that "terraform.bin" names, or the pipeline that recorded the plan) and leave it out.',
  },
  "plan-hidden-by-script": {
    facts: { script: "/opt/tf" },
    class: "unknown",
    summary:
      'The program is a script, "/opt/tf", and left no plan to read: what it passes on to Terraform cannot be seen',
    cure:
      'Let "/opt/tf" pass all arguments on as they are ("$@"), -out=FILE among them, or name Terraform itself as "terraform.bin".',
  },
  "run-is-remote": {
    facts: {},
    class: "config-invalid",
    summary: "Terraform ran the plan remotely, on the platform that keeps the state",
    cure:
      "This workspace runs its plans remotely, and pve-drift plans locally: set its execution mode to local (Settings, General), or `replay` the JSON of its runs.",
  },
  "plan-targeted": {
    facts: {},
    class: "unknown",
    summary: "The plan is not complete: it was made with -target, which looks at a part alone",
    cure:
      'Plan the environment as a whole: find what adds the option (a wrapper that "terraform.bin" names, or the pipeline that recorded the plan) and leave it out.',
  },
  "plan-without-refresh": {
    facts: { hasPlan: true },
    class: "unknown",
    summary:
      "Terraform's message stream tells of no object that was refreshed: a plan with -refresh=false sees no drift",
    cure:
      'Find what adds "-refresh=false": a wrapper that "terraform.bin" names, or the pipeline that recorded the plan. Without a refresh nothing that was changed by hand can be seen.',
  },
  "plan-lacks-changes": {
    facts: {},
    class: "unknown",
    summary: "Terraform says that there is something to apply, but nothing of it stands in the plan",
    cure:
      "Run `terraform plan` in the environment's folder and see what it says; if the check is at fault, please report it with the text above.",
  },
  "plan-missing": {
    facts: {},
    class: "unknown",
    summary: "Terraform's message stream tells of changes, and the plan itself is missing",
    cure:
      'Check that the disk of "stateDir" is not full (`df -h`) and run the check again with --verbose. If the plan was recorded elsewhere, give the whole output.',
  },
  "error-untold": {
    facts: {},
    class: "unknown",
    summary: "The plan ended in an error that its JSON does not tell",
    cure:
      "Replay the message stream too (`terraform plan -json -out=PLANFILE > STREAM`, then `replay PLAN.json STREAM`): errors stand there alone.",
  },
  "stream-cut": {
    facts: { last: quoted },
    class: "unknown",
    summary: "Terraform's message stream ends before its change summary: it was cut off",
    cure:
      'Check that the disk of "stateDir" is not full (`df -h`) and run the check again with --verbose. If the plan was recorded elsewhere, give the whole output.',
  },
  "stream-headless": {
    facts: {},
    class: "unknown",
    summary: "Terraform's message stream lacks its beginning: it was cut off",
    cure:
      'Check that the disk of "stateDir" is not full (`df -h`) and run the check again with --verbose. If the plan was recorded elsewhere, give the whole output.',
  },
  "stream-damaged": {
    facts: { line: quoted },
    class: "unknown",
    summary: "Terraform's message stream holds lines that are no messages",
    cure:
      'Find what writes between Terraform\'s messages: a wrapper that "terraform.bin" names, or the pipeline that recorded the stream. It must write to stderr.',
  },
  "nothing-to-judge": {
    facts: {},
    class: "unknown",
    summary: "There is neither a plan nor a message stream",
    cure:
      'Check that the disk of "stateDir" is not full (`df -h`) and run the check again with --verbose. If the plan was recorded elsewhere, give the whole output.',
  },
  "state-emptied": {
    facts: { previous: 13, place: 'backend "s3"' },
    class: "suspect",
    summary: "The state holds nothing, but the last run knew 13 resource(s)",
    cure:
      'Check backend, key and workspace of the environment (`terraform state list`). If the empty state is meant, remove memory/ENV.json of this environment in "stateDir".',
  },
  "objects-contradicted": {
    facts: { objects: [{ address: 'module.state["a"].x.empty', claim: DELETED, why: quoted }] },
    class: "suspect",
    summary: `1 ${DELETED}`,
    cure:
      "Do not apply. Check that the token still sees the guest (`pveum user token permissions USER@REALM TOKENID --path /vms/VMID` needs VM.Audit) and on which node it is (`pvesh get /cluster/resources --type vm`). If it was really deleted: `terraform apply -refresh-only`, or remove it from the code and apply.",
  },
  "guests-present": {
    facts: { guests: [{ address: 'module.state["a"].x.empty', node: quoted }, { address: "x.b" }] },
    class: "suspect",
    summary: "2 guest(s) look deleted, but Proxmox itself lists them where they were",
    cure:
      "Do not apply: it would create them a second time. The token of the provider does not see them: `pveum user token permissions USER@REALM TOKENID --path /vms/VMID` on a node shows what it may, and VM.Audit must be there. If it is, the node or its storage may have been away for a while: check again.",
  },
  "objects-vanished": {
    facts: {
      types: [{ type: "proxmox_acl", gone: ['module.state["a"].proxmox_acl.empty', "proxmox_acl.b"], known: 3 }],
    },
    class: "suspect",
    summary: "2 of 3 proxmox_acl vanished at once",
    cure:
      "Do not apply. Find out whether the objects are really gone. If they were deleted: `terraform apply -refresh-only`, or remove them from the code and apply.",
  },
};

for (const reason of Object.keys(GOLDEN) as Reason[]) {
  const { facts, ...expected } = GOLDEN[reason];

  Deno.test(`failureText() hides what others said of ${reason}, and changes neither class nor cure`, () => {
    const hidden = errorOf(failure(reason, facts as FactsOf<typeof reason>), true);
    assertFalse(JSON.stringify(hidden).includes("canary"));
    assertEquals([hidden.class, hidden.cure], [expected.class, expected.cure]);
  });

  Deno.test(`failureText() tells ${reason} as class, summary and cure`, () => {
    const { class: cls, summary, cure } = errorOf(failure(reason, facts as FactsOf<typeof reason>));
    assertEquals({ class: cls, summary, cure }, expected);
  });
}

Deno.test("failureText() speaks of guests only where guests vanished", () => {
  const cure = (...types: string[]) => {
    const vanished = types.map((type) => ({ type, gone: [`${type}.a`, `${type}.b`], known: 2 }));
    return errorOf(failure("objects-vanished", { types: vanished })).cure;
  };
  assertFalse(/guest|vms/.test(cure("proxmox_virtual_environment_acl", "proxmox_user_token")));
  for (const guest of ["proxmox_virtual_environment_vm", "proxmox_virtual_environment_container"]) {
    assertStringIncludes(cure("proxmox_acl", guest), "--path /vms/VMID");
  }
});
