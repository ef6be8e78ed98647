import type { ProgramSample, TopSample } from './sample.ts';

/** What runs, as text for a terminal: a block a run, a line a program, its drops below it. */
export function topView({ takenAt, programs }: TopSample): string {
  const clock = takenAt.slice(11, 19);
  if (programs.length === 0) return `${clock} UTC  no program of a run is up`;
  const runs = Map.groupBy(programs, ({ runId }) => runId);
  return [...runs].map(([runId, of]) => `${clock} UTC  ${runId}\n${runView(of)}`).join('\n\n');
}

const columns = ['program', 'pid', 'core', 'CPU', 'in Mpps', 'out Mpps', 'ring', 'in flight'];
/** Numbers are read from the right. */
const numeric = new Set([1, 2, 3, 4, 5, 6, 7]);

function runView(programs: readonly ProgramSample[]): string {
  const ordered = programs.toSorted(
    (a, b) => rank(a) - rank(b) || (a.slot ?? 0) - (b.slot ?? 0) || a.pid - b.pid,
  );
  const lines = ordered.map(cells);
  const widths = columns.map((title, i) =>
    Math.max(title.length, ...lines.map((line) => (line[i] ?? '').length)),
  );
  const row = (texts: readonly string[]) =>
    texts
      .map((text, i) => (numeric.has(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [row(columns), ...ordered.flatMap((program, i) => [row(lines[i] ?? []), ...notes(program)])].join(
    '\n',
  );
}

/** As a packet goes: from the generator to the data plane and through its NFs. */
function rank({ program }: ProgramSample): number {
  return program === 'netvm-gen' ? 0 : program.startsWith('nf-') ? 2 : 1;
}

function cells(sample: ProgramSample): string[] {
  const inFlight = Object.values(sample.inFlight);
  return [
    sample.slot === null ? sample.program : `${sample.program} (slot ${sample.slot})`,
    String(sample.pid),
    sample.cores,
    sample.cpuRatio === null ? '-' : `${Math.round(sample.cpuRatio * 100)} %`,
    mega(sample.rxPps),
    mega(sample.txPps),
    sample.ringDepth === null ? '-' : `${sample.ringDepth}/${sample.ringEntries}`,
    inFlight.length === 0 ? '-' : String(inFlight.reduce((sum, packets) => sum + packets, 0)),
  ];
}

function notes({ drops, fault }: ProgramSample): string[] {
  const lost = drops.map(
    ({ name, packets, pps }) =>
      `  ${name}  ${packets.toLocaleString('en')} packets${pps === null ? '' : `, ${mega(pps)} Mpps now`}`,
  );
  return fault === null ? lost : [...lost, `  ${fault}`];
}

function mega(pps: number | null): string {
  return pps === null ? '-' : (pps / 1e6).toFixed(3);
}
