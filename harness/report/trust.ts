import type { CellResult, EmbeddedSwitchCost, Run, TrialTrust, WireLatency } from '../model/run.ts';
import { duration, percent, whole } from './format.ts';

/**
 * How far a cell's figure can be trusted, in one sentence that stands beside it: its verdict, then what was seen in the trial that
 * set the figure. For example `valid; generator away 0.120 % of the time, device 0.310 %; no deadline missed`.
 */
export function trustSentence({ verdict, trust, books }: CellResult): string {
  if (!trust) return verdict;
  const { stealNs } = trust;
  const parts = [verdict, away(trust), deadlines(trust, books?.sent ?? 0)];
  const stolen = stealNs === null ? 0 : stealNs.generator + stealNs.device;
  if (stolen > 0) parts.push(`${duration(stolen)} stolen by the hypervisor`);
  if (trust.embeddedSwitch) parts.push(emulation(trust.embeddedSwitch));
  return parts.join('; ');
}

function emulation({ busyRatio, coreBusyRatio }: EmbeddedSwitchCost): string {
  return `generator's core busy ${percent(coreBusyRatio)} of the time, ${percent(busyRatio)} as the emulated NIC's switch`;
}

function away({ awayRatio: { generator, device }, generatorGapsKnown }: TrialTrust): string {
  if (generatorGapsKnown === false) return `device away ${percent(device)} of the time, generator not known`;
  if (generator === 0 && device === 0) return 'no core away';
  return `generator away ${percent(generator)} of the time, device ${percent(device)}`;
}

function deadlines({ sendLateOver10us, sendLateOver1ms, sendLateNsMax }: TrialTrust, sent: number): string {
  if (sendLateOver10us === null) return 'deadlines not counted';
  if (sendLateOver10us === 0) return 'no deadline missed';
  const share = sent === 0 ? whole(sendLateOver10us) : percent(sendLateOver10us / sent);
  const far = sendLateOver1ms ? `, ${whole(sendLateOver1ms)} over 1 ms` : '';
  return `${share} of packets left over 10 µs late${far}, by ${duration(sendLateNsMax)} at most`;
}

/** `3.20 → 3.15 GHz`: the device's core before a cell and after it; empty where it is not known. */
export function deviceFrequency({ coreFrequencyHz }: CellResult): string {
  if (!coreFrequencyHz) return '';
  const [before, after] = [coreFrequencyHz.before, coreFrequencyHz.after].map(({ device }) =>
    (device / 1e9).toFixed(2),
  );
  return `${before} → ${after} GHz`;
}

/** What trust rests on, for the table of cells. */
export const trustMeaning =
  'Beside a verdict stands what was seen in the trial that set the figure: how long the loops of generator and device did not run ' +
  '(gaps over 10 µs), and packets that left after their time. Latencies count from the time that was meant, so a late packet shows in them.';

/** Whether the run's clock can be relied on, in a sentence or a few; empty where it was not checked. */
export function clockSentence({ clock }: Run): string {
  if (!clock) return '';
  if (clock.faults.length > 0) return clock.faults.join(' ');
  const { skewNs, skewWithinNs } = clock;
  const skew =
    skewNs === null || skewWithinNs === null
      ? 'How far the counters of the two cores are apart is not known.'
      : `The counters of the two cores are ${Math.round(Math.abs(skewNs))} ns apart, give or take ${Math.round(skewWithinNs)} ns.`;
  return `The time-stamp counter keeps its rate of ${(clock.tscHz / 1e9).toFixed(4)} GHz, and the native programs reckon with the same. ${skew}`;
}

/** The wire alone at a load and frame size; undefined where it was not measured. */
export function wireAt({ generator }: Run, frameSizeBytes: number, load: string): WireLatency | undefined {
  return generator?.wireLatencyNs?.find(
    (at) => at.frameSizeBytes === frameSizeBytes && String(at.loadPercent) === load,
  );
}

/** How near the estimate of a run's time was, for example `180 s, 1.06 times the 170 s expected`; empty where it is not known. */
export function timeSentence({ estimatedMs, elapsedMs }: Run): string {
  if (!estimatedMs || elapsedMs === undefined || elapsedMs === null) return '';
  const ratio = (elapsedMs / estimatedMs).toFixed(2);
  return `${duration(elapsedMs * 1e6)}, ${ratio} times the ${duration(estimatedMs * 1e6)} expected`;
}
