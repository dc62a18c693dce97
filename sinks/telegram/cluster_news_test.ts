import { assertEquals } from "@std/assert";
import { environment, report } from "../../tests/support/sample_reports.ts";
import { beyond, stranger, witness } from "../../tests/support/witness_reports.ts";
import type { CheckError, EnvironmentReport, WaitingGuest, WitnessReport } from "../../drift/report.ts";
import { newsFor } from "./news.ts";
import { isTold, type Told } from "./told.ts";

/** A chat that is told of one run after the other; each says what was news of the one cluster, in a few words. */
class Chat {
  told: Told | undefined;
  #runs = 0;

  tell(...witnesses: WitnessReport[]): string {
    return this.tellOf([environment("prod")], ...witnesses);
  }

  tellOf(environments: EnvironmentReport[], ...witnesses: WitnessReport[]): string {
    const shown = report(environments, { runId: `run-${this.#runs++}`, proxmox: witnesses });
    const news = newsFor(shown, this.told, 0);
    if (!news) return "";
    this.told = JSON.parse(JSON.stringify(news.told));
    assertEquals(isTold(this.told), true);
    return news.clusters.map(({ witness, strangers, others, beyond, waiting, isSilent, isBack }) =>
      [
        witness.cluster,
        ...strangers.map(({ id }) => id),
        ...others > 0 ? [`+${others}`] : [],
        ...beyond.map(({ what }) => what),
        ...waiting.map(({ id }) => `waits ${id}`),
        ...isSilent ? ["silent"] : [],
        ...isBack ? ["back"] : [],
      ].join(" ")
    ).join("; ");
  }
}

const known = (id: number) => stranger({ id, isNew: false });
const ERROR: CheckError = { class: "network", summary: "s", detail: "d", cure: "c" };

Deno.test("newsFor() tells the first time how many strangers there are, and later each new one once", () => {
  const chat = new Chat();
  assertEquals(chat.tell(witness({ unmanaged: [known(104), known(105)] })), "proxmox +2");
  assertEquals(chat.tell(witness({ unmanaged: [known(104), known(105)] })), "");
  assertEquals(chat.tell(witness({ unmanaged: [known(104), known(105), stranger({ id: 131 })] })), "proxmox 131");
  assertEquals(chat.tell(witness({ unmanaged: [known(104), known(131), known(105)] })), "");
});

Deno.test("newsFor() names a stranger that another run knew first and the chat does not", () => {
  const chat = new Chat();
  chat.tell(witness({ unmanaged: [known(104)] }));
  assertEquals(chat.tell(witness({ unmanaged: [known(104), known(131)] })), "proxmox 131");
});

Deno.test("newsFor() names what is new at the first time too, and counts the others", () => {
  assertEquals(new Chat().tell(witness({ unmanaged: [known(104), stranger({ id: 131 })] })), "proxmox 131 +1");
});

Deno.test("newsFor() keeps knowing strangers while coverage is not known, and tells a VM apart from a container", () => {
  const chat = new Chat();
  chat.tell(witness({ unmanaged: [known(104)] }));
  const { guests: _, ...uncovered } = witness();
  assertEquals(chat.tell(uncovered), "");
  assertEquals(chat.tell(witness({ unmanaged: [known(104)] })), "");
  assertEquals(chat.tell(witness({ unmanaged: [known(104), stranger({ type: "lxc", id: 104 })] })), "proxmox 104");
});

Deno.test("newsFor() tells what is beyond the plan and what waits for a restart once, also where nobody looked between", () => {
  const chat = new Chat();
  const waiting: WaitingGuest[] = [{
    id: 101,
    type: "qemu",
    options: [{ option: "memory", running: "1", written: "2" }],
  }];
  const all = { waiting, beyond: [beyond({ what: "old", isNew: false }), beyond({ what: "disk" })] };
  assertEquals(chat.tell(witness(all)), "proxmox disk waits 101");
  const { looked: _, ...unlooked } = witness();
  assertEquals(chat.tell(unlooked), "");
  assertEquals(chat.tell(witness(all)), "");
  const half = witness({ beyond: [], waiting: [], looked: 1, error: ERROR });
  assertEquals(chat.tell(half), "proxmox silent");
  assertEquals(chat.tell(witness(all)), "proxmox back");
  const other = [{ ...waiting[0]!, options: [{ option: "memory", running: "1", written: "3" }] }];
  assertEquals(chat.tell(witness({ ...all, waiting: other })), "proxmox waits 101");
});

Deno.test("newsFor() tells once what is beyond the plan, also where its environment was not planned between", () => {
  const chat = new Chat(), disk = beyond({ what: "disk scsi5" });
  const skipped = environment("prod", { skipped: { reason: "nothing that was looked at has changed" } });
  const failed = environment("prod", { status: "error", error: ERROR });
  assertEquals(chat.tell(witness({ beyond: [disk] })), "proxmox disk scsi5");
  for (const unplanned of [skipped, failed]) {
    // Something else is told, so that all that the chat knows is written anew.
    const other = stranger({ id: unplanned === skipped ? 131 : 132 });
    assertEquals(chat.tellOf([environment("lab"), unplanned], witness({ unmanaged: [other] })), `proxmox ${other.id}`);
    assertEquals(chat.tell(witness({ beyond: [disk] })), "");
  }
  assertEquals(chat.tell(witness({ unmanaged: [stranger({ id: 133 })] })), "proxmox 133");
  assertEquals(chat.tell(witness({ beyond: [disk] })), "proxmox disk scsi5");
});

Deno.test("newsFor() tells that a witness is silent once, and that it answers again", () => {
  const chat = new Chat();
  const { guests: _, looked: __, ...silent } = witness({ error: ERROR });
  assertEquals(chat.tell(silent, witness({ cluster: "site2" })), "proxmox silent");
  assertEquals(chat.tell(silent, witness({ cluster: "site2" })), "");
  assertEquals(chat.tell(witness(), witness({ cluster: "site2" })), "proxmox back");
  assertEquals(chat.tell(silent), "proxmox silent");
});
