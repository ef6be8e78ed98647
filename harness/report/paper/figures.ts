import type { CellRow } from '../source.ts';
import { judgeHugePages } from './huge-pages.ts';
import { judgeZeroCopy } from './hop.ts';
import { judgeIsolation } from './isolation.ts';
import { notTestable, type Judgement } from './judgement.ts';
import { judgeLineRate } from './line-rate.ts';
import type { Need } from './needs.ts';
import type { Notes } from './notes.ts';
import { judgeOverSriov } from './over-sriov.ts';

/** How a figure's cells are drawn. */
export type Drawing = 'by-frame-size' | 'by-chain' | 'hops' | 'by-load' | 'cycles' | 'instances';

/** A figure of the paper, and what this program makes of it. */
export interface PaperFigure {
  /** Also its profile, `profiles/paper/<id>.yaml`, and the name of its run's directory. */
  readonly id: string;
  readonly title: string;
  /** Without these there is no profile, and no run. */
  readonly needs: readonly Need[];
  /** Of a figure without a profile; one that has a profile says this there. */
  readonly notes?: Notes;
  readonly drawing: Drawing;
  /** What each step of a packet's way costs is wanted too (bench-steps). */
  readonly steps?: true;
  judge(rows: readonly CellRow[]): Judgement;
}

const noValue = () =>
  notTestable('No published value is known to us that ours could be held against; ours is shown for itself.');

/** In the order of the document. */
export const paperFigures: readonly PaperFigure[] = [
  {
    id: 'frame-size',
    title: 'Throughput against packet size',
    needs: [],
    drawing: 'by-frame-size',
    judge: (rows) => judgeLineRate(rows, 1),
  },
  {
    id: 'chain-length',
    title: 'Throughput against chain length, NetVM and virtio',
    needs: [],
    drawing: 'by-chain',
    judge: (rows) => judgeLineRate(rows, 2),
  },
  {
    id: 'sr-iov',
    title: 'Throughput against chain length, NetVM and SR-IOV',
    needs: [{ dataplane: 'sriov', what: 'SR-IOV baseline' }],
    drawing: 'by-chain',
    judge: judgeOverSriov,
  },
  {
    id: 'inter-nf',
    title: 'Communication between network functions',
    needs: [],
    drawing: 'hops',
    judge: judgeZeroCopy,
  },
  {
    id: 'huge-pages',
    title: 'Huge page size',
    needs: [{ profileKey: 'hugePageSizes', what: 'choice of pages' }],
    drawing: 'cycles',
    judge: judgeHugePages,
  },
  { id: 'latency', title: 'Latency against load', needs: [], drawing: 'by-load', judge: noValue },
  {
    id: 'load-balancing',
    title: 'State-dependent load balancing over time',
    needs: [{ profileKey: 'instances', what: 'several instances of a service' }],
    drawing: 'instances',
    judge: noValue,
  },
  {
    id: 'cpu-time',
    title: 'CPU time of a packet',
    needs: [],
    drawing: 'cycles',
    steps: true,
    judge: noValue,
  },
  {
    id: 'trust-domains',
    title: 'The cost of crossing a trust domain',
    needs: [{ profileKey: 'trustDomains', what: 'trust domains' }],
    drawing: 'cycles',
    judge: noValue,
  },
  {
    id: 'isolation',
    title: 'The cost of isolation',
    needs: [{ profileKey: 'isolations', what: 'choice of isolation' }],
    drawing: 'cycles',
    judge: judgeIsolation,
  },
];

/** A claim of the abstract, judged from the runs of one or several figures. */
export interface PaperClaim {
  readonly id: string;
  readonly text: string;
  readonly figures: readonly string[];
  judge(rows: readonly CellRow[]): Judgement;
}

export const paperClaims: readonly PaperClaim[] = [
  {
    id: 'ten-gbps',
    text: 'Throughputs of up to 10 Gbit/s through multiple pipelined virtual machines',
    figures: ['frame-size', 'chain-length'],
    judge: (rows) => judgeLineRate(rows, 2),
  },
  {
    id: 'over-sriov',
    text: 'More than 250 % over existing techniques that use SR-IOV',
    figures: ['sr-iov'],
    judge: judgeOverSriov,
  },
];
