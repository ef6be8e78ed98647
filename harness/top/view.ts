import type { ChainSample } from './chains.ts';
import type { ProgramSample, TopSample } from './sample.ts';

/** What runs, as text for a terminal: a block a run, a line a program with its drops below it, then a line a chain. */
export function topView({ takenAt, programs, chains }: TopSample): string {
  const clock = takenAt.slice(11, 19);
  if (programs.length === 0) return `${clock} UTC  no program of a run is up`;
  const runs = Map.groupBy(programs, ({ runId }) => runId);
  return [...runs]
    .map(([runId, of]) => {
      const own = chains.filter((chain) => chain.runId === runId);
      return `${clock} UTC  ${runId}\n${programsView(of)}${own.length === 0 ? '' : `\n\n${chainsView(own)}`}`;
    })
    .join('\n\n');
}

const programColumns = ['program', 'pid', 'core', 'CPU', 'in Mpps', 'out Mpps', 'ring', 'in flight'];
const chainColumns = ['chain', 'weight', 'in Mpps', 'out Mpps', 'dropped Mpps', 'in flight', 'hops'];

function programsView(programs: readonly ProgramSample[]): string {
  const ordered = programs.toSorted(
    (a, b) => rank(a) - rank(b) || (a.slot ?? 0) - (b.slot ?? 0) || a.pid - b.pid,
  );
  const [titles = '', ...rows] = tableRows(programColumns, ordered.map(cells));
  return [titles, ...ordered.flatMap((program, i) => [rows[i] ?? '', ...notes(program)])].join('\n');
}

function chainsView(chains: readonly ChainSample[]): string {
  const rows = chains.map(({ chain, state, weight, enteredPps, leftPps, droppedPps, inFlight, hops }) => [
    state === 'up' ? chain : `${chain} (down)`,
    String(weight),
    mega(enteredPps),
    mega(leftPps),
    mega(droppedPps),
    String(inFlight),
    hops.length === 0 ? 'port to port' : hops.join(' > '),
  ]);
  return tableRows(chainColumns, rows).join('\n');
}

/** Names are read from the left; numbers, which all other columns but hops are, from the right. */
function tableRows(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [titles, ...rows];
  const widths = titles.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  return lines.map((line) =>
    line
      .map((text, i) =>
        i === 0 || titles[i] === 'hops' ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** As a packet goes: from the generator to the data plane and through its NFs. */
function rank({ program }: ProgramSample): number {
  return program === 'netvm-gen' ? 0 : program.startsWith('nf-') ? 2 : 1;
}

function cells(sample: ProgramSample): string[] {
  const inFlight = Object.values(sample.inFlight);
  return [
    sample.slot === null
      ? sample.program
      : `${sample.program} (${[`slot ${sample.slot}`, ...sample.services].join(', ')})`,
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
