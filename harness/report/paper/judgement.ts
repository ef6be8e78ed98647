import type { CellRow } from '../source.ts';

/** What a reviewer is told of a claim: nothing else is ever said of one. */
export type PaperVerdict = 'reproduced' | 'not reproduced' | 'not testable on this testbed';

export interface Judgement {
  readonly verdict: PaperVerdict;
  /** What the verdict holds for and the paper's claim goes beyond: null where there is no such difference, or nothing was decided. */
  readonly scope: string | null;
  /** The figures that decided, or why there are none: one or two sentences. */
  readonly reason: string;
}

export function notTestable(reason: string): Judgement {
  return { verdict: 'not testable on this testbed', scope: null, reason };
}

/** A verdict on what `rows` show. */
export function decided(isReproduced: boolean, reason: string, rows: readonly CellRow[]): Judgement {
  return { verdict: isReproduced ? 'reproduced' : 'not reproduced', scope: scopeOf(rows), reason };
}

/** What a part of the data shows stays shown, with what it rests on; what it does not show may be in the rest. `part` is a sentence. */
export function fromPart(judgement: Judgement, part: string): Judgement {
  const reason = `${judgement.reason} ${part}`;
  if (judgement.verdict !== 'not reproduced') return { ...judgement, reason };
  return notTestable(`${reason} What is missing may show it.`);
}

/** Real packets went through: nothing else can decide a claim about a real system. */
export function isMeasured({ result: { provenance } }: CellRow): boolean {
  return provenance === 'measured' || provenance === 'measured-virtual';
}

/** Its trials count: a cell that was disturbed, or that failed, decides nothing, though some of its trials be valid. */
export function isCounted(row: CellRow): boolean {
  return row.result.verdict === 'valid' && isMeasured(row);
}

/** It has a figure that counts. */
export function isUsable(row: CellRow): boolean {
  return isCounted(row) && row.result.throughput !== null;
}

/** NetVM as the paper has it: each NF isolated, all in one trust domain, one process an NF, on huge pages of the usual size. */
export function isPlainNetvm({ result: { cell } }: CellRow): boolean {
  const { dataplane, isolation, trustDomains, instances, flowEntries, scheduling, hugePageSizeBytes } = cell;
  const others = [trustDomains, instances, flowEntries, scheduling, hugePageSizeBytes];
  return dataplane === 'netvm' && isolation === 'process' && others.every((variant) => variant === undefined);
}

/** The paper's system is virtual machines behind network cards. What of that is not here is said beside every verdict. */
function scopeOf(rows: readonly CellRow[]): string | null {
  const parts = [
    ...(rows.some(({ result }) => result.provenance === 'measured-virtual')
      ? ['on a virtual wire, which shows nothing of a NIC, PCIe or interrupts']
      : []),
    ...(rows.some(({ result }) => result.cell.isolation === 'process')
      ? ['with processes for virtual machines']
      : []),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** Why cells of a kind have no figure that counts, for a verdict that needs one. */
export function whyNone(what: string, rows: readonly CellRow[]): string {
  if (rows.length === 0) return `No ${what} was measured.`;
  const reasons = [...new Set(rows.map(({ result }) => short(result.reason ?? result.verdict)))];
  const shown = reasons.slice(0, 2).join('; ');
  return `No ${what} has a valid figure: ${shown}${reasons.length > 2 ? '; and others' : ''}.`;
}

/** Why there are no cycles to compare: none of the `pairs` counts, or their trials are too few or too idle. `rows` are those that were to be paired. */
export function whyNoCycles(what: string, pairs: readonly unknown[], rows: readonly CellRow[]): string {
  if (pairs.length > 0) return `No ${what} has six trials each in which the device was kept busy.`;
  return whyNone(
    what,
    rows.filter(({ result }) => result.verdict !== 'valid'),
  );
}

/** A reason may be a program's whole complaint. */
function short(reason: string): string {
  const line = reason.replace(/\s+/g, ' ').replace(/\.$/, '');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
