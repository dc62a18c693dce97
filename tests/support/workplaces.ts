/** Where Terraform is run, for tests of the ways out of a finding. */

import type { Workplace } from "../../drift/explain/workplace.ts";

/** The place of an environment that needs nothing special, but for what a test says. */
export function workplace(rest: Partial<Workplace> = {}): Workplace {
  return {
    ...{ name: "prod", program: "terraform", dir: "/srv/prod", isConfigured: true },
    ...{ varFiles: [], backendConfig: [], variables: [] },
    ...rest,
  };
}
