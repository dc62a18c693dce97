/**
 * What of a second witness is news to a chat. Each stranger, and each thing beyond the plan or waiting for a restart, is
 * told once; a reminder never speaks of them. The first time, a chat is told how many strangers there are, and which of them
 * are new, not all of their names. Pure.
 *
 * @module
 */

import type { BeyondPlan, DriftReport, UnmanagedGuest, WaitingGuest, WitnessReport } from "../../drift/report.ts";
import {
  beyondMark,
  clusterNowTold,
  strangerMark,
  type Told,
  type ToldCluster,
  toldOfCluster,
  waitingMark,
} from "./told.ts";

/** What there is to say of a cluster. */
export interface ClusterNews {
  /** What the witness says now. */
  witness: WitnessReport;
  /** Guests that no state knows and the chat does not either. */
  strangers: UnmanagedGuest[];
  /** How many more such guests there are, where the chat is told of them for the first time; else 0. */
  others: number;
  /** What stands beyond the plan, and the chat does not know. */
  beyond: BeyondPlan[];
  /** What waits for a restart, and the chat does not know. */
  waiting: WaitingGuest[];
  /** The witness is silent since the chat was told of it last. */
  isSilent: boolean;
  /** It answers again, after the chat was told of its silence. */
  isBack: boolean;
}

/** What there is to say of the clusters of a report, in their order. */
export function newsOfClusters({ proxmox = [] }: DriftReport, told: Told | undefined): ClusterNews[] {
  return proxmox.flatMap((witness) => clusterNews(witness, toldOfCluster(told, witness.cluster)) ?? []);
}

/** What a chat knows of clusters once it has been told of a report. */
export function clustersNowTold(
  { proxmox = [], configured, environments }: DriftReport,
  told: Told | undefined,
): Pick<Told, "clusters"> {
  const planned = environments.filter(({ skipped, status }) => !skipped && status !== "error").map(({ name }) => name);
  const isPlanned = configured.every((name) => planned.includes(name));
  const now = proxmox.map((witness) =>
    [witness.cluster, clusterNowTold(witness, toldOfCluster(told, witness.cluster), isPlanned)] as const
  );
  return told?.clusters || now.length > 0 ? { clusters: { ...told?.clusters, ...Object.fromEntries(now) } } : {};
}

function clusterNews(witness: WitnessReport, told: ToldCluster | undefined): ClusterNews | undefined {
  const { unmanaged, error } = witness;
  const isFirst = told?.strangers === undefined;
  const strangers = unmanaged.filter((one) => isFirst ? one.isNew : !told.strangers!.includes(strangerMark(one)));
  const news = {
    witness,
    strangers,
    others: isFirst ? unmanaged.length - strangers.length : 0,
    beyond: witness.beyond.filter((one) => told?.beyond ? !told.beyond.includes(beyondMark(one)) : one.isNew),
    waiting: witness.waiting.filter((one) => !told?.waiting?.includes(waitingMark(one))),
    isSilent: error !== undefined && told?.silent !== error.class,
    isBack: error === undefined && told?.silent !== undefined,
  };
  const count = news.strangers.length + news.others + news.beyond.length + news.waiting.length;
  return count > 0 || news.isSilent || news.isBack ? news : undefined;
}
