/**
 * The reasons that the program itself has for ending a check without a verdict. Each is one entry: its class, and how its
 * facts read. A reason without a cure of its own has its class's.
 *
 * One list, however long: the compiler derives each reason's facts from it, and a reader finds every sentence in it.
 *
 * @module
 */

import type { ErrorClass } from "../report.ts";
import {
  FREE_SPACE,
  LOOK_AT_DISK,
  MORE_MEMORY,
  PLAN_ALL,
  REMOTE_EXECUTION,
  SEE_THE_PLAN,
  WHO_ENDED_IT,
} from "./cure_texts.ts";

/** Somebody else's words within our facts. `"values": "hide"` leaves them out. */
export interface Quoted {
  /** As Terraform, a provider or the operating system wrote it. */
  quoted: string;
}

/** How the facts of a reason read. */
interface ReasonText {
  class: ErrorClass;
  /** One line. */
  summary: (facts: never) => string;
  /** Further lines. */
  detail?: (facts: never) => string;
  /** One to three sentences. */
  cure?: (facts: never) => string;
}

/** Facts of a reason that has none. */
type NoFacts = Record<never, never>;

const GIVE_THE_PLAN = 'Give the output of "terraform show -json PLANFILE" as well.';
/** Every reason of our own. */
export const REASONS = {
  // What the environment needs
  "program-missing": {
    class: "terraform-missing",
    summary: ({ problem }: { problem: string }) => problem,
  },
  "program-not-started": {
    class: "terraform-missing",
    summary: ({ exitCode }: { exitCode: number; said: Quoted }) =>
      `Terraform could not be started: exit code ${exitCode}`,
    detail: ({ said }: { said: Quoted }) => said.quoted,
  },
  "program-too-old": {
    class: "version-mismatch",
    summary: ({ tool, version }: { tool: "terraform" | "tofu"; version: string }) =>
      `${tool === "tofu" ? "OpenTofu" : "Terraform"} ${version} is too old: 1.8 or newer is needed`,
  },
  "folder-missing": {
    class: "config-invalid",
    summary: ({ environment, dir }: { environment: string; dir: string }) =>
      `The folder of environment "${environment}" does not exist: ${dir}`,
    cure: () => 'Correct "dir" of the environment in pve-drift.json: the folder must be there and hold *.tf.',
  },
  "folder-barred": {
    class: "permission",
    summary: ({ environment, dir }: { environment: string; dir: string }) =>
      `Cannot look into the folder of environment "${environment}": ${dir}: permission denied`,
    cure: ({ dir }: { dir: string }) =>
      `Give the user of the check access to the folder (\`namei -l ${dir}\` shows what bars the way), or run the check as a user that has it.`,
  },
  "folder-unreadable": {
    class: "unknown",
    summary: ({ environment, dir, problem }: { environment: string; dir: string; code: string; problem: string }) =>
      `Cannot look into the folder of environment "${environment}": ${dir}: ${problem}`,
    cure: fileSystemCure,
  },
  "var-file-unreadable": {
    class: "unknown",
    summary: ({ environment, file, problem }: { environment: string; file: string; code: string; problem: string }) =>
      `Cannot read var file "${file}" of environment "${environment}": ${problem}`,
    cure: fileSystemCure,
  },
  "backend-open": {
    class: "init-failed",
    summary: ({ backend, settings }: { backend: string; settings: { name: string; value: string }[] }) =>
      `The code leaves settings of backend "${backend}" open that the folder was initialized with: ${
        settings.map(({ name, value }) => `${name} "${value}"`).join(", ")
      }`,
    cure: ({ settings }: { settings: { name: string; value: string }[] }) =>
      `Add them to the environment in pve-drift.json: "backendConfig": ["${
        settings.map(({ name, value }) => `${name}=${name === "conn_str" || name === "address" ? "…" : value}`).join(
          '", "',
        )
      }"], or name a file that holds them; one with credentials belongs in a file.`,
  },
  "workspace-not-chosen": {
    class: "workspace-missing",
    summary: ({ selected }: { selected: string }) =>
      `Workspace "default" holds no state, and workspace "${selected}" is selected in the environment's folder`,
    cure: ({ selected }: { selected: string }) =>
      `Set "workspace": "${selected}" of the environment in pve-drift.json, or "workspace": "default" if that is the one to check.`,
  },
  "var-file-missing": {
    class: "config-invalid",
    summary: ({ environment, file }: { environment: string; file: string }) =>
      `Cannot read var file "${file}" of environment "${environment}"`,
    cure: () =>
      'Correct "varFiles" of the environment in pve-drift.json: the paths are relative to the environment\'s folder.',
  },
  "tofu-code-alone": {
    class: "config-invalid",
    summary: ({ environment, program }: { environment: string; program: string }) =>
      `Environment "${environment}" holds OpenTofu's code alone (*.tofu), which Terraform ("${program}") does not read`,
    cure: () =>
      'Name OpenTofu as the program: "bin": "tofu" of the environment in pve-drift.json, or "terraform": { "bin": "tofu" } for all.',
  },
  "state-dir-unwritable": {
    class: "unknown",
    summary: ({ stateDir, problem }: { stateDir: string; problem: string }) =>
      `Cannot write below the state directory "${stateDir}": ${problem}`,
    cure: () =>
      'Let the user of the check own "stateDir" (StateDirectory= of the unit), or name another folder in the configuration.',
  },
  "disk-nearly-full": {
    class: "unknown",
    summary: ({ freeKiB, stateDir, besides }: { freeKiB: number; stateDir: string; besides: string; said: Quoted }) =>
      `Only ${freeKiB} KiB are free below "${stateDir}": ${besides}`,
    detail: ({ said }: { said: Quoted }) => said.quoted,
    cure: () => FREE_SPACE,
  },

  // How the check ended
  "time-over": {
    class: "timeout",
    summary: ({ seconds }: { seconds: number }) => `The check did not end within ${seconds} s`,
  },
  "run-time-over": {
    class: "timeout",
    summary: (_: NoFacts) => "The time for the whole run was over before this check ended",
    cure: () =>
      'Raise "runTimeout" in pve-drift.json, or check fewer environments in one run; --verbose shows which of them takes long.',
  },
  "stopped": {
    class: "interrupted",
    summary: (_: NoFacts) => "The check was stopped before it ended",
  },
  "check-hangs": {
    class: "timeout",
    summary: (_: { dir: string }) => "The check reached its time limit and does not end",
    detail: whatHangs,
    cure: whatAnswers,
  },
  "stop-hangs": {
    class: "interrupted",
    summary: (_: { dir: string }) => "The check was stopped and does not end",
    detail: whatHangs,
    cure: whatAnswers,
  },
  "killed-by-signal": {
    class: "killed",
    summary: ({ phase, signal, crash }: Ended & { signal: string }) =>
      `Terraform ${phase} was killed by ${signal}${crash ? `: ${crash.quoted}` : ""}`,
    detail: ({ said }: Ended) => said.quoted,
    cure: ({ signal, isOutOfMemory }: Ended & { signal: string }) =>
      isOutOfMemory || signal === "SIGKILL" ? MORE_MEMORY : WHO_ENDED_IT,
  },
  "crashed": {
    class: "killed",
    summary: ({ phase, exitCode, crash }: Ended & { exitCode: number }) =>
      `Terraform ${phase} crashed with exit code ${exitCode}${crash ? `: ${crash.quoted}` : ""}`,
    detail: ({ said }: Ended) => said.quoted,
    cure: ({ isOutOfMemory }: Ended) => isOutOfMemory ? MORE_MEMORY : WHO_ENDED_IT,
  },
  "init-silent": {
    class: "init-failed",
    summary: ({ exitCode }: { exitCode: number; said: Quoted }) => withoutReason("init", exitCode),
    detail: ({ said }: { said: Quoted }) => said.quoted,
  },
  "command-silent": {
    class: "unknown",
    summary: ({ phase, exitCode }: { phase: string; exitCode: number; said: Quoted }) => withoutReason(phase, exitCode),
    detail: ({ said }: { said: Quoted }) => said.quoted,
    cure: ({ exitCode }: { exitCode: number }) => exitCode === 1 ? SEE_THE_PLAN : LOOK_AT_DISK,
  },
  "fault": {
    class: "unknown",
    summary: ({ problem }: { problem: string }) => problem,
  },

  // What was read
  "plan-unreadable": {
    class: "unknown",
    summary: ({ problem }: { problem: string }) => problem,
  },
  "plan-of-unknown-format": {
    class: "version-mismatch",
    summary: ({ problem }: { problem: string }) => problem,
    cure: () =>
      "The plan was made with a program that is newer than this one knows: update pve-drift, or check with a Terraform or OpenTofu 1.x that it knows.",
  },
  "plan-malformed": {
    class: "unknown",
    summary: (_: { problem: Quoted }) => "Cannot read the plan: it is not as Terraform writes one",
    detail: ({ problem }: { problem: Quoted }) => `What is wrong with it: ${problem.quoted}`,
  },
  "plan-deferred": {
    class: "unknown",
    summary: ({ count }: { count: number }) =>
      `The plan is not complete: ${count} change(s) were deferred to a later plan`,
    cure: () =>
      "Apply what can be applied, so that a later plan can tell the rest; what Terraform defers hangs on values that only an apply can tell.",
  },
  "plan-says-incomplete": {
    class: "unknown",
    summary: (_: NoFacts) => "The plan is not complete: it says so itself",
    cure: () => PLAN_ALL,
  },
  "plan-passes-over": {
    class: "unknown",
    summary: ({ first, more, where }: PassedOver) =>
      `The plan is not complete: it says nothing of ${first}${more > 0 ? ` and ${more} more` : ""}, which the ${
        where === "state" ? "state holds" : "code asks for"
      }; was it made with -refresh-only or -target?`,
    cure: ({ script }: PassedOver) => script === undefined ? PLAN_ALL : leaveOut(script),
  },
  "plan-hidden-by-script": {
    class: "unknown",
    summary: ({ script }: { script: string }) =>
      `The program is a script, "${script}", and left no plan to read: what it passes on to Terraform cannot be seen`,
    cure: ({ script }: { script: string }) =>
      `Let "${script}" pass all arguments on as they are ("$@"), -out=FILE among them, or name Terraform itself as "terraform.bin".`,
  },
  "run-is-remote": {
    class: "config-invalid",
    summary: (_: NoFacts) => "Terraform ran the plan remotely, on the platform that keeps the state",
    cure: () => REMOTE_EXECUTION,
  },
  "plan-targeted": {
    class: "unknown",
    summary: (_: NoFacts) => "The plan is not complete: it was made with -target, which looks at a part alone",
    cure: () => PLAN_ALL,
  },
  "plan-without-refresh": {
    class: "unknown",
    summary: (_: { hasPlan: boolean }) =>
      "Terraform's message stream tells of no object that was refreshed: a plan with -refresh=false sees no drift",
    detail: ({ hasPlan }: { hasPlan: boolean }) => hasPlan ? "" : `If the state holds nothing: ${GIVE_THE_PLAN}`,
    cure: () =>
      'Find what adds "-refresh=false": a wrapper that "terraform.bin" names, or the pipeline that recorded the plan. Without a refresh nothing that was changed by hand can be seen.',
  },
  "plan-lacks-changes": {
    class: "unknown",
    summary: (_: NoFacts) => "Terraform says that there is something to apply, but nothing of it stands in the plan",
  },
  "plan-missing": {
    class: "unknown",
    summary: (_: NoFacts) => "Terraform's message stream tells of changes, and the plan itself is missing",
    detail: () => GIVE_THE_PLAN,
    cure: () => LOOK_AT_DISK,
  },
  "error-untold": {
    class: "unknown",
    summary: (_: NoFacts) => "The plan ended in an error that its JSON does not tell",
    detail: () => 'Give the output of "terraform plan -json" as well.',
    cure: () =>
      "Replay the message stream too (`terraform plan -json -out=PLANFILE > STREAM`, then `replay PLAN.json STREAM`): errors stand there alone.",
  },
  "stream-cut": {
    class: "unknown",
    summary: (_: { last: Quoted }) => "Terraform's message stream ends before its change summary: it was cut off",
    detail: ({ last }: { last: Quoted }) => last.quoted,
    cure: () => LOOK_AT_DISK,
  },
  "stream-headless": {
    class: "unknown",
    summary: (_: NoFacts) => "Terraform's message stream lacks its beginning: it was cut off",
    cure: () => LOOK_AT_DISK,
  },
  "stream-damaged": {
    class: "unknown",
    summary: (_: { line: Quoted }) => "Terraform's message stream holds lines that are no messages",
    detail: ({ line }: { line: Quoted }) => line.quoted,
    cure: () =>
      'Find what writes between Terraform\'s messages: a wrapper that "terraform.bin" names, or the pipeline that recorded the stream. It must write to stderr.',
  },
  "nothing-to-judge": {
    class: "unknown",
    summary: (_: NoFacts) => "There is neither a plan nor a message stream",
    cure: () => LOOK_AT_DISK,
  },

  // What is not believed
  "state-emptied": {
    class: "suspect",
    summary: ({ previous }: { previous: number; place: string }) =>
      `The state holds nothing, but the last run knew ${previous} resource(s)`,
    detail: ({ place }: { place: string }) => place,
    cure: () =>
      'Check backend, key and workspace of the environment (`terraform state list`). If the empty state is meant, remove memory/ENV.json of this environment in "stateDir".',
  },
  "objects-contradicted": {
    class: "suspect",
    summary: ({ objects }: { objects: ContradictedObject[] }) =>
      [...Map.groupBy(objects, ({ claim }) => claim)].map(([claim, { length }]) => `${length} ${claim}`).join("; "),
    detail: ({ objects }: { objects: ContradictedObject[] }) =>
      objects.map(({ address, why }) => `${address}: ${why.quoted}`).join("\n"),
  },
  "guests-present": {
    class: "suspect",
    summary: ({ guests }: { guests: PresentGuest[] }) =>
      `${guests.length} guest(s) look deleted, but Proxmox itself lists them where they were`,
    detail: ({ guests }: { guests: PresentGuest[] }) =>
      guests.map(({ address, node }) => `${address}: listed${node === undefined ? "" : ` on ${node.quoted}`}`).join(
        "\n",
      ),
    cure: () =>
      "Do not apply: it would create them a second time. The token of the provider does not see them: `pveum user token permissions USER@REALM TOKENID --path /vms/VMID` on a node shows what it may, and VM.Audit must be there. " +
      "If it is, the node or its storage may have been away for a while: check again.",
  },
  "objects-vanished": {
    class: "suspect",
    summary: ({ types }: { types: VanishedType[] }) =>
      types.map(({ type, gone, known }) => `${gone.length} of ${known} ${type}`).join(", ") + " vanished at once",
    detail: ({ types }: { types: VanishedType[] }) => types.flatMap(({ gone }) => gone).join("\n"),
  },
} satisfies Record<string, ReasonText>;

/** A reason of our own. */
export type Reason = keyof typeof REASONS;

/** What belongs to a reason. */
export type FactsOf<R extends Reason> = Parameters<(typeof REASONS)[R]["summary"]>[0];

function leaveOut(script: string): string {
  return `Find what "${script}" adds to the arguments (-refresh-only, -target, …) and leave it out: it must pass them on as they are ("$@").`;
}

/** What a plan says nothing of. */
interface PassedOver {
  /** Resource address. */
  first: string;
  more: number;
  where: "state" | "code";
  /** Absolute path of the program, where it is a script. */
  script?: string;
}

/** An object of which the plan claims what something else in it speaks against. */
export interface ContradictedObject {
  /** Resource address. */
  address: string;
  /** What is claimed, after a number: `guest(s) look deleted, but Proxmox still knows them`. */
  claim: string;
  /** What speaks against it. */
  why: Quoted;
}

/** A guest that the plan no longer finds, and that a second witness lists. */
export interface PresentGuest {
  /** Resource address. */
  address: string;
  /** Where it is listed. */
  node?: Quoted;
}

/** Objects of one type of which most vanished at once. */
export interface VanishedType {
  /** Resource type. */
  type: string;
  /** Addresses. */
  gone: string[];
  /** How many the state held. */
  known: number;
}

/** What the operating system refuses without it being a matter of permissions. */
function fileSystemCure({ code }: { code: string }): string {
  switch (code) {
    case "EMFILE":
    case "ENFILE":
      return 'Raise the limit of open files (LimitNOFILE= of the unit, `ulimit -n` in a shell), or lower "concurrency".';
    case "ELOOP":
      return "Look for links that lead in a circle (`namei -l` shows each one), and let them lead to what is meant.";
    default:
      return "Look whether the file system answers (`ls` as the user of the check, `dmesg`), then run the check again.";
  }
}

function whatHangs(): string {
  return "Something that the check reads hangs.";
}

function whatAnswers({ dir }: { dir: string }): string {
  return `Look whether the file systems of ${dir} and of "stateDir" answer (\`ls\` on each): a network share that is gone hangs like this.`;
}

function withoutReason(phase: string, exitCode: number): string {
  return exitCode === 1
    ? `Terraform ${phase} failed without saying why`
    : `Terraform ${phase} ended with exit code ${exitCode}, but its output is incomplete`;
}

/** A child that did not end by itself. */
interface Ended {
  phase: string;
  /** The line in which it told of its crash. */
  crash?: Quoted;
  isOutOfMemory: boolean;
  said: Quoted;
}
