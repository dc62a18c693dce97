/**
 * Advice that several reasons share.
 *
 * @module
 */

/** For a disk that is full. */
export const FREE_SPACE =
  'Free space on the disk that holds "stateDir" and the temporary folder (`df -h`), then run the check again.';

/** For output that ends too early. */
export const LOOK_AT_DISK =
  'Check that the disk of "stateDir" is not full (`df -h`) and run the check again with --verbose. If the plan was recorded elsewhere, give the whole output.';

/** For a plan that looks at a part of the environment alone. */
export const PLAN_ALL =
  'Plan the environment as a whole: find what adds the option (a wrapper that "terraform.bin" names, or the pipeline that recorded the plan) and leave it out.';

/** For what nothing explains. */
export const SEE_THE_PLAN =
  "Run `terraform plan` in the environment's folder and see what it says; if the check is at fault, please report it with the text above.";

/** For a program that ran out of memory. */
export const MORE_MEMORY =
  'Look for an OOM kill (`journalctl -k -g "out of memory"`); give the service more memory (MemoryMax=), or lower "concurrency".';

/** For a program that somebody ended. */
export const WHO_ENDED_IT =
  "Look in `journalctl -k` and in the detail for who ended it or why it crashed, then run the check again.";

/** For a workspace that runs its plans elsewhere. */
export const REMOTE_EXECUTION =
  "This workspace runs its plans remotely, and pve-drift plans locally: set its execution mode to local (Settings, General), or `replay` the JSON of its runs.";
