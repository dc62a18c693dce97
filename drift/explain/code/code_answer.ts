/**
 * What is asked about the code behind a finding, and what is answered: types alone.
 *
 * @module
 */

/** Where the code of an environment lies, and what gives its variables their values. */
export interface CodeFolder {
  /** Name of the environment. */
  name: string;
  /** Absolute folder that Terraform runs in. */
  dir: string;
  /** Absolute paths of the files that `-var-file` names, in that order. */
  varFiles: readonly string[];
  /** Names of the variables that environment variables (`TF_VAR_name`) set. */
  envVariables: readonly string[];
  /** OpenTofu reads it, which prefers `x.tofu` to `x.tf`. */
  isTofu: boolean;
  /** Every configured environment: an edit that would change another one is not offered. */
  environments: readonly { name: string; dir: string; varFiles: readonly string[] }[];
}

/** A place in the code. */
export interface Place {
  /** Absolute path, without links. */
  file: string;
  /** From 1. */
  line: number;
  /** What stands there. */
  what: "block" | "nested block" | "value" | "argument" | "local" | "variable" | "values file";
  /** Its name: the block's address in its module, the local's, the variable's. */
  name?: string;
}

/** What the code says of one difference. */
export interface AttributeAnswer {
  /** As in the finding. */
  path: string;
  /** From the nested block or attribute to where the value stands, as far as it could be followed. */
  places: Place[];
  /** Why the edit does not keep this difference; absent where it does. */
  whyNot?: WhyNot;
}

/** What the code says of a finding. */
export interface CodeAnswer {
  /** The block; absent where it could not be found. */
  block?: Place;
  /** One for each difference of the finding. */
  attributes: AttributeAnswer[];
  /** Makes the code say what is there; absent where no difference can be kept by an edit. */
  edit?: Edit;
  /** Why nothing at all can be said or kept. */
  whyNot?: WhyNot;
}

/** A change of files, for `git apply`. */
export interface Edit {
  /** Absolute folder that the patch's paths begin from: `git -C BASE apply` takes it. */
  base: string;
  /** A unified diff. */
  patch: string;
  /** The files that it changes, absolute. */
  files: string[];
  /** Names of outputs of the root module that change with it. */
  outputs: string[];
}

/** Why no edit is offered, with its facts. */
export type WhyNot =
  /** A value is masked, not known before an apply, or holds control characters. */
  | { reason: "hidden-value" }
  /** The finding is no update of what the code sets. */
  | { reason: "action"; action: string }
  /** No block has the address: it is gone, or another file has it now. */
  | { reason: "no-block"; address: string }
  /** A module on the way is not in this checkout. */
  | { reason: "fetched-module"; module: string; source: string }
  | { reason: "unreadable"; file: string; line?: number }
  /** Terraform's JSON syntax. */
  | { reason: "json"; file: string }
  /** The file is outside of the environment's folder, or a link: others may use it too. */
  | { reason: "shared-file"; file: string }
  | { reason: "shared-folder"; environments: string[] }
  /** What else reads the value. */
  | { reason: "shared-value"; readers: Place[] }
  /** One block or value stands for several instances. */
  | { reason: "several-instances" }
  /** Terraform works the value out. */
  | { reason: "computed"; expression: string }
  | { reason: "dynamic-block"; block: string }
  | { reason: "environment-variable"; variable: string }
  /** No file gives the variable a value. */
  | { reason: "no-value"; variable: string }
  /** An edit would have changed more than the value. */
  | { reason: "no-clean-edit" }
  /** The code is not the code of the finding: it says another value. */
  | { reason: "other-value" }
  /** It is not clear which of several blocks it is. */
  | { reason: "unclear-block"; block: string };
