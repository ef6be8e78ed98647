import type { BothEnds, EmbeddedSwitchCost, TrialTrust } from '../model/run.ts';
import type { TrialReport } from '../traffic/generator.ts';
import type { Attribution } from './gaps.ts';

/** What a trial's figures rest on: time that its loops were away, time that was stolen, deadlines that were missed. */
export function trialTrust(
  report: TrialReport,
  { gapNs }: Attribution,
  stolen: { readonly before: BothEnds | null; readonly after: BothEnds | null },
  generatorLogsGaps = true,
  embeddedSwitch: EmbeddedSwitchCost | null = null,
): TrialTrust {
  const share = (ns: number) => (report.durationNs === 0 ? 0 : Math.min(1, ns / report.durationNs));
  return {
    awayRatio: { generator: share(gapNs.generator), device: share(gapNs.device) },
    ...(generatorLogsGaps ? {} : { generatorGapsKnown: false }),
    stealNs: grown(stolen.before, stolen.after),
    sendLateOver10us: report.sendLateOver10us ?? null,
    sendLateOver1ms: report.sendLateOver1ms ?? null,
    sendLateNsMax: report.sendLateNsMax,
    ...(embeddedSwitch && { embeddedSwitch }),
  };
}

function grown(before: BothEnds | null, after: BothEnds | null): BothEnds | null {
  if (before === null || after === null) return null;
  // A migration of the virtual machine may set the kernel's count back.
  const by = (end: keyof BothEnds) => Math.max(0, after[end] - before[end]);
  return { generator: by('generator'), device: by('device') };
}
