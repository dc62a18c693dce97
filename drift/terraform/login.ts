/**
 * Variables by which Terraform logs in where it has to: what a person is asked for, and how an answer is told from a slip.
 *
 * @module
 */

/** A variable of the environment that a provider or a backend reads. */
export interface LoginVariable {
  /** As `PROXMOX_VE_ENDPOINT`. */
  name: string;
  /** What it is, as a person calls it. */
  question: string;
  /** Nobody may read it from the screen. */
  isSecret: boolean;
  /** What every value of it looks like. */
  shape: RegExp;
  /** Ends the sentence "… must be": with an example. */
  wanted: string;
  /** Where one of these is set, it is not needed. */
  instead?: readonly string[];
}

const WORD = /^\S+$/;
const secret = (name: string, question: string): LoginVariable => ({
  ...{ name, question, isSecret: true, shape: WORD, wanted: "one word without blanks" },
});
const plain = (name: string, question: string): LoginVariable => ({
  ...{ name, question, isSecret: false, shape: WORD, wanted: "one word without blanks" },
});

/** By type of backend; https://developer.hashicorp.com/terraform/language/backend names them. A profile or a role needs none. */
const BACKENDS: Readonly<Record<string, readonly LoginVariable[]>> = {
  azurerm: [{ ...secret("ARM_ACCESS_KEY", "Access key of the storage account"), instead: ["ARM_SAS_TOKEN"] }],
  cloud: [secret("TF_TOKEN_app_terraform_io", "API token of HCP Terraform")],
  consul: [secret("CONSUL_HTTP_TOKEN", "Token of Consul")],
  http: [plain("TF_HTTP_USERNAME", "User name at the state's server"), secret("TF_HTTP_PASSWORD", "Password there")],
  pg: [secret("PG_CONN_STR", "Connection string of the state's database")],
  remote: [secret("TF_TOKEN_app_terraform_io", "API token of HCP Terraform")],
  s3: [
    { ...plain("AWS_ACCESS_KEY_ID", "Access key ID of the state's bucket"), instead: ["AWS_PROFILE"] },
    { ...secret("AWS_SECRET_ACCESS_KEY", "Secret access key of the bucket"), instead: ["AWS_PROFILE"] },
  ],
};

/** What a backend of this type reads; nothing where it needs no login, or is not known. */
export function backendLogin(type: string): readonly LoginVariable[] {
  return Object.hasOwn(BACKENDS, type) ? BACKENDS[type]! : [];
}
