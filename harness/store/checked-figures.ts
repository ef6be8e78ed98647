/** Which figures `store/agreement.ts` checks, and which it does not: for the help of `./netvm verify` and the README of a bundle. */
export const checkedFigures = `Figures that are checked, of each cell: how many trials there were and how many of them disturbed; loads, books, CPU time and trust, against the
one trial that they are of; of a search the throughput, against what was offered in that trial; of an mrr the received rates and their mean; Gbit/s, and that
nothing lies above the upper bound; every latency percentile, against its trial and its HDR log. Not checked: what back-to-back, frame-loss, soak, recovery and
reset find besides, the bounds of single goals, distances and frequencies of cores, the generator's ceiling, and whether a trial was ever measured.`;
