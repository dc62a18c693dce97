/**
 * Which names hold secrets: of attributes, variables, environment variables and parameters of a URL.
 *
 * @module
 */

// Words that make a name a secret one, alone (`db_password`) or glued to another (`cipassword`, `PGPASSWORD`).
const SECRET_WORD =
  /(?:passwords?|passwd|passphrase|passcode|secrets?|tokens?|credentials?|apikey|accesskey|secretkey|privatekey|privkey|saskey|mnemonic|authorization|userdata|kubeconfig|dockerconfigjson|passwort|psk)$/;
// Words that do so only as the last one: `smtp_pass` and `session_cookie`, but not `pass_through` or `cookie_domain`.
const SECRET_LAST =
  /(?:^|_)(?:pass|pwd|pw|psw|mdp|pat|t?otp|psk|creds?|jwts?|bearer|cookies?|dsns?|pincode|puk|keyring|cipher_?text|(?:auth|login|session|pve)_ticket|(?:snmp|snmpv[123]c?|read|write|ro|rw)_communit(?:y|ies)|community_string)$/;
// Several words that do: `private_key`, but not `public_key` or `sort_key`.
const SECRET_PAIR =
  /(?:^|_)(?:(?:private|api|access|secret|encryption|decryption|signing|master|(?:pre)?shared|account|auth|client|session|license|storage|hmac|ssl|tls|root|recovery|unseal|server|ca|wireguard|wg|cephx?|tsig|rndc|jwt|wpa|wifi|age|luks|sas|priv|ceph_\w+)_keys?|user_data|kube_config|conn(?:ection)?_str(?:ing)?|pin_code|private_pem|auth_header|pm_http_headers|id_(?:rsa|ecdsa|ed)|(?:t?otp|mfa|2fa)_(?:codes?|seed|uri)|(?:recovery|backup|unlock|auth|scratch)_codes?)(?:_|$)/;
// `user_pin` is one; `cpu_pin` says where a thread runs, `gpio_pin` where a wire ends.
const SECRET_PIN = /(?:^|_)(?<!(?:^|_)(?:v?cpus?|cores?|numa|irq|threads?|gpio|affinity|version)_)pin$/;
// What a name that ends so holds is something about the secret, not the secret.
const ABOUT =
  /(?:^|_)(?:ids?|files?|path|dir|directory|names?|types?|ttl|expir\w*|lifetime|duration|age|period|length|size|count|min|max|enabled|required|set|version|policy|method|auth|authentication|algorithm|format|mode|status|ur[il]|endpoint|issuer|audience|scopes?|comment|description|changed|updated|created|at)$/;
// The shell's working directories.
const SHELL = /^(?:OLD)?PWD$/;

const answers = new Map<string, boolean>();

/**
 * Whether an attribute, variable or environment variable of this name holds a secret, to judge by its words: names that
 * providers forget to mark. `token`, `cipassword`, `privateKey` and `TF_VAR_api_key` do; `token_id`, `user_data_file_id`,
 * `secret_name` and `password_ttl` do not. Answers are kept, so it may be asked for each value of a large plan.
 */
export function isSecretName(name: string): boolean {
  let answer = answers.get(name);
  if (answer === undefined) {
    answer = looksSecret(name);
    if (answers.size >= 10_000) answers.clear();
    answers.set(name, answer);
  }
  return answer;
}

function looksSecret(name: string): boolean {
  if (SHELL.test(name)) return false;
  const words = wordsOf(name);
  if (ABOUT.test(words)) return false;
  return [SECRET_LAST, SECRET_PAIR, SECRET_PIN].some((pattern) => pattern.test(words)) ||
    words.split("_").some((word) => SECRET_WORD.test(word));
}

/** `dbPassword1` → `db_password`: words in lower case, without a number at the end. */
function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "")
    .replace(/(?<=[a-z])_?\d+$/, "");
}

/** Whether a name tells something about a secret, as `token_file` and `key_id` do. */
export function isAboutSecret(name: string): boolean {
  return ABOUT.test(name.toLowerCase());
}

/**
 * Whether an environment variable of this name holds a secret: those of `isSecretName`, any that end in `_KEY` but public
 * ones and Terraform variables, `TF_TOKEN_HOST` and `TF_ENCRYPTION`.
 */
export function isSecretVariable(name: string): boolean {
  const upper = name.toUpperCase();
  if (upper.startsWith("TF_TOKEN_") || upper === "TF_ENCRYPTION" || isSecretName(name)) return true;
  return /(?<!PUBLIC)_KEY$/.test(upper) && !upper.startsWith("TF_VAR_") && !isAboutSecret(name);
}
