/**
 * Everything of pve-drift that your own sink sees, in one file without imports: keep it beside the sink and
 * `import type { SinkModule } from "./pve_drift_sink.d.ts"`. It has only types: nothing of it is loaded when the sink runs.
 *
 * Generated from sinks/sink.ts and drift/report.ts: `deno task sink:types`.
 *
 * @module
 */

/** What a sink file exports by default: how to make a sink from its options. */
export interface SinkModule<Options = unknown> {
  /** Version of this contract. */
  apiVersion: 1;
  /** The name its author gave it, as `my-sink`. A run calls it by its entry, `file:PATH`, and names its state folder after the file. */
  name: string;
  /** Declares that the sink itself writes and sends nothing when `context.dryRun` is set; without it, it is not started in a dry run. */
  dryRun?: true;
  /** The sink wants reports of runs, too, that looked and planned nothing. */
  looks?: true;
  /** Checks the options of the configuration entry; throws with a message that names the wrong one. A zod schema fits. */
  options?: { parse(input: unknown): Options };
  /** Makes the sink, before anything is checked; throws where it cannot work here. */
  create(options: Options, context: SinkContext): Sink | Promise<Sink>;
}

/** A place that reports go to. `deliver` that returns has delivered; one that throws has not. */
export interface Sink {
  /**
   * An error with `retryable: true` is tried again within the deadline, which `signal` marks. A sink in a file of its own
   * gets the run as plain text, too.
   */
  deliver(report: DriftReport, signal: AbortSignal, text?: PlainNotice): void | Promise<void>;
  /** Called after all sinks have delivered or failed: how `prom` and `console` learn which ones failed. */
  settled?(outcomes: SinkOutcome[], report: DriftReport, signal: AbortSignal): void | Promise<void>;
  /**
   * Tests for `doctor` whether a delivery would succeed now, without sending or leaving anything. Throws an error that
   * says what is wrong and what to do.
   */
  probe?(signal: AbortSignal): Probe | Promise<Probe>;
  /** Called once after the run, whether or not it succeeded. */
  close?(): void | Promise<void>;
}

/** A run in plain text, for those who only want to pass it on. */
export interface PlainNotice {
  /** One line on how everything stands: `pve-drift on pve1: 1 check failed, 2 environments drift`. */
  title: string;
  /** What is new and what is over since the run before, in lines; empty where nothing is. */
  body: string;
  /** Whether the body says anything. */
  isNews: boolean;
}

/** What a sink's {@linkcode Sink.probe} found. */
export interface Probe {
  /** Where reports go, in a few words: `writes to "/var/log/pve-drift"`. */
  summary: string;
  /** A problem that does not prevent delivery but should be fixed. */
  warning?: string;
  /** What the other side's clock says, in milliseconds since 1970. */
  theirTime?: number;
}

/** What the program hands to `create`. */
export interface SinkContext {
  /** Deliver nothing; say through `log` what would have been delivered. */
  dryRun: boolean;
  /** A folder of the sink's own that outlives the run; exists. */
  stateDir: string;
  /** Messages for the operator. */
  log: SinkLog;
}

/** Messages for the operator; they go to stderr or the journal under the sink's name. */
export interface SinkLog {
  /** Shown only with `--verbose`. */
  debug(message: string): void;
  /** Shown unless `--quiet` is given. */
  info(message: string): void;
  /** Something an operator should look at. */
  warn(message: string): void;
  /** A failure. */
  error(message: string): void;
}

/** How one sink fared in one run. */
export interface SinkOutcome {
  /** As the configuration names it. */
  sink: string;
  /** Whether it took the report. */
  delivered: boolean;
  /** Milliseconds. */
  durationMs: number;
  /** Why not, in one line. */
  reason?: string;
}

/** What a check concluded of an environment, or a run of all of them. */
export type Status = "ok" | "drift" | "error";

/**
 * Who made the difference: `outside` (reality was changed behind Terraform's back), `pending` (the code asks for
 * something not applied yet), `both` (changed outside, and the plan acts on it because of that and of the code).
 */
export type Origin = "outside" | "pending" | "both";

/**
 * What Terraform would do about it; in `observed`, what happened. `read` stands only in `bookkeeping`: a data source
 * whose reading is deferred to the apply.
 */
export type Action = "create" | "update" | "delete" | "replace" | "forget" | "import" | "move" | "read";

/** The error classes of the contract. */
export type ErrorClass =
  | "terraform-missing"
  | "version-mismatch"
  | "config-invalid"
  | "workspace-missing"
  | "init-failed"
  | "lockfile-mismatch"
  | "provider-missing"
  | "backend-missing"
  | "backend-unreachable"
  | "auth"
  | "permission"
  | "network"
  | "tls"
  | "state-locked"
  | "state-invalid"
  | "condition-failed"
  | "provider-error"
  | "timeout"
  | "interrupted"
  | "killed"
  | "suspect"
  | "unknown";

/** One run over the asked environments. Times are ISO 8601 in UTC. */
export interface DriftReport {
  /** Version of this shape. */
  schemaVersion: 1;
  /** Unique to the run; sorts by start time. */
  runId: string;
  /** Name of the machine that checked. */
  host: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** ISO 8601, UTC. */
  finishedAt: string;
  /** Who checked. */
  tool: { name: "pve-drift"; version: string };
  /** Absent where no terraform answered. */
  terraform?: { bin: string; version: string };
  /** Recorded plans were used, and nothing was checked. */
  dryRun: boolean;
  /** The part of the run's report that `only` gives to a sink: everything here is about that part; absent in the whole report. */
  only?: Only;
  /** `sinks test` sent it to try a sink: a recorded plan stands for an environment, and nothing was checked. */
  test?: true;
  /** `error` if any environment is, else `drift` if any is. */
  status: Status;
  /** The exit code of the checks alone; a failed sink can still make the process's own 1 or 3. */
  exitCode: number;
  /** Environments by status, and the sum of their changed resources. */
  summary: { environments: number; ok: number; drift: number; error: number; resourcesChanged: number };
  /** Every environment there is, asked for or not; with `shard`, of that shard. */
  configured: string[];
  /** The share of all environments that the run took, from 1; absent where they are not shared. */
  shard?: { index: number; of: number };
  /** Every Proxmox cluster that is configured for the second witness, asked or not; absent where there is none. */
  clusters?: string[];
  /** What the second witness says, one entry for each cluster that was asked; absent where none is configured. */
  proxmox?: WitnessReport[];
  /** In the order asked for. */
  environments: EnvironmentReport[];
}

/** Which part of a report is meant; what is absent leaves nothing out. */
export interface Only {
  /** Names of environments; `*` stands for anything. */
  env?: string[];
  /** Who made the difference. */
  origin?: Origin[];
}

/** The verdict on one environment and what it rests on. */
export interface EnvironmentReport {
  /** As configured. */
  name: string;
  /** Absolute path of the environment's folder. */
  dir: string;
  /** The verdict. */
  status: Status;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Milliseconds. */
  durationMs: number;
  /** Status of the last run; absent where there was none or it is not remembered. */
  previousStatus?: Status;
  /** Since when the environment has this status; ISO 8601, UTC. */
  since: string;
  /** Distinct resource instances in `changes`; a replace counts once. */
  resourcesChanged: number;
  /** Number of `changes` by action. */
  counts: { create: number; update: number; delete: number; replace: number };
  /** What makes the drift; in an error, what could be seen. */
  changes: Change[];
  /** Addresses of further changes, which the `only` of a sink leaves out of what it gets; absent where there are none. */
  leftOut?: string[];
  /** Attribute differences that an `accept` rule sets aside. */
  accepted: Change[];
  /** Changed outside without the plan acting on it. */
  observed: Change[];
  /** Moves, imports, forgets and deferred data reads without an attribute change. */
  bookkeeping: Change[];
  /** Output values that the plan would change; no drift. */
  outputs: OutputChange[];
  /** Findings of the last run that are gone. Empty in an error, where nothing can be said of them. */
  resolved: ResolvedFinding[];
  /** Attributes that flap and are equal at the moment; absent where there is none, and in an error. */
  settling?: SettlingAttribute[];
  /** Provider source to version, from the dependency lock file. */
  providers: Record<string, string>;
  /** Terraform's and ours. */
  warnings: Diagnostic[];
  /** Present exactly where `status` is `error`, but where a look left it at the error of the last check. */
  error?: CheckError;
  /** Made of a plan that was recorded: there was no second one that could confirm it. */
  replayed?: true;
  /** Which code was compared; absent where the folder is in no Git checkout. */
  code?: CodeVersion;
  /** Present where the run did not look at the environment: the rest is what the last run that did knew of it. */
  skipped?: Skipped;
}

/** Why the run did not look at an environment, or looked and did not plan. Times are ISO 8601 in UTC. */
export interface Skipped {
  /** A clause in plain words. */
  reason: string;
  /** When the check began that reached its last verdict; absent where the last one failed, or is not remembered. */
  lastVerdictAt?: string;
  /** When a look found it as it was; absent where nobody looked, or nothing could be seen. */
  lookedAt?: string;
}

/** What Git has checked out in an environment's folder. */
export interface CodeVersion {
  /** The full hash; absent before the first commit. */
  commit?: string;
  /** Absent where no branch is checked out. */
  branch?: string;
  /** Whether a file that the environment reads differs from the commit. */
  dirty?: boolean;
}

/** Another version of a provider than the one that the last verdict was reached with. */
export interface ProviderUpgrade {
  /** Provider source without its host, as `bpg/proxmox`. */
  provider: string;
  /** The version of the last verdict. */
  from: string;
  /** The version of the check that saw the finding first. */
  to: string;
  /**
   * It explains the whole finding, by a row of the catalogue of noise or as a default that the provider brings: messages
   * tell it without a sound.
   */
  explains?: true;
}

/** A difference that comes and goes: the same value has come back on three different days, in UTC. */
export interface Flapping {
  /** How many times it has come back. */
  returns: number;
  /** When a check first saw the value; ISO 8601, UTC. */
  since: string;
  /** The last run did not call it flapping. */
  isNew: boolean;
}

/** An attribute that flaps, and is equal at the moment: messages tell it as resolved after three checks that find it so. */
export interface SettlingAttribute extends Omit<Flapping, "isNew"> {
  /** Resource address. */
  address: string;
  /** Attribute path. */
  path: string;
  /** What a person calls the object; absent where it is not known. */
  label?: string;
  /** How many checks in a row have found it equal. */
  equalChecks: number;
}

/** A finding of the last run that is gone. */
export interface ResolvedFinding {
  /** Resource address. */
  address: string;
  /** Attribute path; absent where the whole object was the finding. */
  path?: string;
  /** Who had made it; absent in reports that were put together without a memory. */
  origin?: Origin;
  /** What a person calls the object; absent where the last run did not know it. */
  label?: string;
  /** Proxmox had locked the guest in the last run, or HA had moved it as is expected: messages have not told of the finding. */
  wasLocked?: true;
  /** It was flapping, and is gone for good now: three checks in a row have found it equal. */
  wasFlapping?: true;
  /** It was snoozed: messages that had not told of the finding before need not tell of its end. */
  wasSnoozed?: true;
}

/** One resource instance that differs. */
export interface Change {
  /** Resource address, as `module.vm["web"].proxmox_virtual_environment_vm.this`. */
  address: string;
  /** Resource type. */
  type: string;
  /** Provider source, as `registry.terraform.io/bpg/proxmox`. */
  provider: string;
  /** Module address; absent in the root module. */
  module?: string;
  /** What a person calls it: `VM 101 "web" on pve1`, from the attributes that name it. */
  label?: string;
  /** What Proxmox calls the thing behind it; absent where nothing stands behind it yet, or it is not known. */
  identity?: ObjectIdentity;
  /** What Terraform would do. */
  action: Action;
  /** Who made the difference. */
  origin: Origin;
  /** Terraform's `action_reason`, as `replace_because_tainted`. */
  reason?: string;
  /** Addresses whose outside change led to this one. */
  causedBy?: string[];
  /** In plain words, where the bare change misleads. */
  note?: string;
  /** In `observed`: the plan acts on it, and all that differs is noise by these rows of the catalogue. */
  noise?: string[];
  /** When a check first saw the oldest of its differences; ISO 8601, UTC. */
  firstSeenAt: string;
  /** The last run did not have one of its differences, or had another actual value. */
  isNew: boolean;
  /** False where something known speaks against it: the state is locked by another, or the object cannot be read. */
  confirmed: boolean;
  /** What the second witness found of a guest that the plan no longer finds; absent where none was asked. */
  witness?: WitnessFinding;
  /**
   * Proxmox's lock on a guest that differs in power alone, as `backup`: what is under way may have changed it for a while.
   * Messages hold it back until a check finds no lock.
   */
  lock?: string;
  /** HA manages the guest and may move it, by the configuration: messages leave this move out. */
  isExpected?: true;
  /** The first check after this upgrade saw all of it first: the provider may have been able to read it at last. */
  sinceUpgrade?: ProviderUpgrade;
  /** Until when messages leave out what was known of it when somebody snoozed it; ISO 8601, UTC. */
  snoozedUntil?: string;
  /** When a snooze of it ended by its time: messages tell once more what they told before; ISO 8601, UTC. */
  snoozeEndedAt?: string;
  /**
   * What Proxmox recorded about it since the last verdict: nothing only where all of it could be read. Absent where nobody
   * asked, or Proxmox records no such thing.
   */
  traces?: Trace[];
  /** What differs; none of a create or delete. */
  attributes: AttributeChange[];
}

/** A thing by its name in Proxmox's API, as `{ kind: "qemu", id: "101", node: "pve1" }`. */
export interface ObjectIdentity {
  /** Proxmox's own word: `qemu`, `lxc`, `pool`, `user`, `role`, … */
  kind: string;
  /** Unique within the kind. */
  id: string;
  /** Where the check found it, or else where the state has it; absent where it belongs to no node. */
  node?: string;
}

/** One attribute that differs. Values are plain JSON with `"(sensitive)"` in place of what is secret. */
export interface AttributeChange {
  /** As `memory[0].dedicated`. */
  path: string;
  /** Some of it is masked. */
  sensitive: boolean;
  /** Who made the difference. */
  origin: Origin;
  /** What the code wants; in `observed` the last state's value. */
  expected: unknown;
  /** What is there. */
  actual: unknown;
  /** The last state's value, where it is neither of the two. */
  previous?: unknown;
  /** The last run did not have this difference, or had another actual value. */
  isNew: boolean;
  /** When a check first saw this difference; ISO 8601, UTC. */
  firstSeenAt: string;
  /** Until when messages leave it out, where others of the change are told; ISO 8601, UTC. */
  snoozedUntil?: string;
  /** The first check after this upgrade saw it first. */
  sinceUpgrade?: ProviderUpgrade;
  /** The same value has come back on three different days: messages tell it once. */
  flapping?: Flapping;
}

/** An output value that the plan would change. Listed, never drift. */
export interface OutputChange {
  /** The output's name. */
  name: string;
  /** `create`, `update` or `delete`. */
  action: string;
  /** Some of it is masked. */
  sensitive: boolean;
  /** What the code wants. */
  expected: unknown;
  /** The last state's value. */
  actual: unknown;
}

/** A message of Terraform's or of ours. */
export interface Diagnostic {
  /** How grave it is. */
  severity: "error" | "warning";
  /** One line. */
  summary: string;
  /** May be empty or have several lines. */
  detail: string;
  /** Resource address. */
  address?: string;
  /** On a deprecation: whether no check has told of it since these versions of the providers. */
  deprecation?: { isNew: boolean };
  /** The lock on the state that the message is about. */
  lock?: Lock;
  /** The upgrade of a provider that the message is about. */
  upgrade?: ProviderUpgrade;
}

/** Why a check could not be completed, and what a person can do about it. */
export interface CheckError {
  /** Which of the classes. */
  class: ErrorClass;
  /** One line. */
  summary: string;
  /** What Terraform or the provider said; may be empty. */
  detail: string;
  /** What to do next. */
  cure: string;
  /** Name of the reason within its class, as `plan-passes-over` or `variable-unset`: failures of one kind share it. */
  reason?: string;
  /** The server that the failure names, as `https://192.0.2.10:8006/` or `192.0.2.5:5432`. */
  endpoint?: string;
  /** Who holds the state's lock; absent where the backend tells only of the one who asked. */
  lock?: Lock;
}

/** A lock on the state. What its backend does not tell is empty. */
export interface Lock {
  /** What `terraform force-unlock` takes. */
  id?: string;
  /** User and machine. */
  who?: string;
  /** ISO 8601, UTC. */
  since?: string;
}

/**
 * What the second witness found of a guest that the plan no longer finds. `hidden`: not listed, and the token has no right
 * to see it; `unknown`: the witness did not answer, cannot tell, or is not proven to be the provider's cluster.
 */
export interface WitnessFinding {
  /** What may be said. */
  found: "deleted" | "moved" | "exists" | "hidden" | "unknown";
  /** The node that has it now; absent where none has, or it is not known. */
  node?: string;
}

/** What Proxmox recorded that may have led to a change: asked for, not necessarily done. */
export interface Trace {
  /** ISO 8601, UTC. */
  at: string;
  /** As Proxmox writes it: `alice@pve`, or with a token `terraform@pve!ci`. */
  user: string;
  /** In a few plain words, as `destroyed` or `changed`. */
  what: string;
  /** Names of the options that the request set; never their values. */
  options?: string[];
  /** Whether the task log or the cluster log has it. */
  source: "task" | "log";
  /** The user is one of the configured `appliesAs` tokens. */
  byTerraform: boolean;
  /** HA did it by itself: the user is the one that its agents run as. */
  byHa?: true;
}

/** What the second witness says of one cluster. An error withholds confirmation and changes no verdict. */
export interface WitnessReport {
  /** As configured; `proxmox` where there is one alone. */
  cluster: string;
  /** The address that answered, else the first that was asked. */
  endpoint: string;
  /** Proxmox VE's version, as `9.2.11`. */
  version?: string;
  /** ISO 8601, UTC. */
  askedAt: string;
  /** Why it could not be heard. */
  error?: CheckError;
  /** Absent where coverage is not known: an environment of the cluster has never been checked. */
  guests?: { managed: number; unmanaged: number; excluded: number };
  /** It was asked only whether anything has changed: the rest says nothing. */
  isLook?: true;
  /** How many managed guests were looked at one by one; absent where nobody did. */
  looked?: number;
  /** Guests that no state knows. */
  unmanaged: UnmanagedGuest[];
  /** Changes that need a restart to take effect. */
  waiting: WaitingGuest[];
  /** What a plan cannot see on managed guests: disks added by hand, unused disks, old snapshots. */
  beyond: BeyondPlan[];
}

/** A guest that no state of this installation knows. */
export interface UnmanagedGuest {
  /** Proxmox's number of the guest. */
  id: number;
  /** Proxmox's own word: `qemu` or `lxc`. */
  type: string;
  /** Absent while Proxmox has no statistics of it. */
  name?: string;
  /** Where it is. */
  node: string;
  /** As Proxmox writes it: `running`, `stopped`, `unknown`. */
  status: string;
  /** May be empty. */
  tags: string[];
  /** Absent where it is in none, or the token has no Pool.Audit. */
  pool?: string;
  /** It is a template. */
  template: boolean;
  /** When a check first saw it; ISO 8601, UTC. */
  firstSeenAt: string;
  /** The last run did not know it. */
  isNew: boolean;
}

/** A managed guest with written changes that need a restart to take effect. */
export interface WaitingGuest {
  /** Proxmox's number of the guest. */
  id: number;
  /** Proxmox's own word: `qemu` or `lxc`. */
  type: string;
  /** What Proxmox calls it. */
  name?: string;
  /** The environment whose guest it is; absent where that is not known. */
  environment?: string;
  /** Resource address; absent where the environment was not checked in this run. */
  address?: string;
  /** What waits; secret values are masked, `null` stands for an option that is not set. */
  options: { option: string; running: unknown; written: unknown }[];
}

/** Something on a managed guest that a plan cannot see. */
export interface BeyondPlan {
  /** Proxmox's number of the guest. */
  id: number;
  /** Proxmox's own word: `qemu` or `lxc`. */
  type: string;
  /** What Proxmox calls it. */
  name?: string;
  /** The environment whose guest it is; absent where that is not known. */
  environment?: string;
  /** Resource address; absent where the environment was not checked in this run. */
  address?: string;
  /** In plain words, as `disk scsi2 (32G on local-lvm) was added outside Terraform`. */
  what: string;
  /** The last run did not know it. */
  isNew: boolean;
  /** When a check first saw it; ISO 8601, UTC. */
  firstSeenAt: string;
}
