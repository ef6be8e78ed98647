import { framesOf } from '../../model/frames.ts';
import { capital, chainLength, gbps, mpps, whole } from '../format.ts';
import { escapeMarkdown, markdownRow } from '../markdown-text.ts';
import { plain } from '../markup.ts';
import { wireGbps, type CellRow } from '../source.ts';
import { cyclesOf, spreadOf } from './cycles.ts';
import { title } from './document.ts';
import type { Judgement } from './judgement.ts';
import type { FigureMaterial, PaperMaterial } from './material.ts';
import { publishedText } from './published.ts';

/** The document as Markdown: the same verdicts, and tables where the page has charts. */
export function paperMarkdown(material: PaperMaterial): string {
  const { order, claims, figures } = material;
  const lines = [
    `# ${escapeMarkdown(title(material))}`,
    '',
    `Begun ${order.startedAt}, by \`${code(order.command)}\`. Published values are others', measured on other machines and on real networks.`,
    '',
    '| claim | verdict | why |',
    '|---|---|---|',
    ...claims.map(({ claim, judgement }) =>
      markdownRow([escapeMarkdown(claim.text), verdict(judgement), escapeMarkdown(judgement.reason)]),
    ),
    '',
    '| figure | verdict | why |',
    '|---|---|---|',
    ...figures.map(({ figure, judgement }) =>
      markdownRow([escapeMarkdown(figure.title), verdict(judgement), escapeMarkdown(judgement.reason)]),
    ),
    ...figures.flatMap(section),
  ];
  return `${lines.join('\n')}\n`;
}

function section({ figure, notes, rows, judgement, published }: FigureMaterial): string[] {
  return [
    '',
    `## ${escapeMarkdown(figure.title)}`,
    '',
    `${verdict(judgement)}. ${escapeMarkdown(judgement.reason)}`,
    '',
    `- In the paper: ${escapeMarkdown(capital(notes.paper))}`,
    `- Claim: ${escapeMarkdown(capital(notes.claim))}`,
    `- Here: ${escapeMarkdown(capital(notes.ours))}`,
    ...published.map(
      (value) =>
        `- Published: ${escapeMarkdown(value.what)}, ${publishedText(value)} (${escapeMarkdown(value.citation)})`,
    ),
    ...(published.length === 0 ? ['- Published: no value is known to us.'] : []),
    ...(rows.length === 0 ? [] : ['', ...cellTable(rows)]),
    '',
    `Again: \`./netvm reproduce --only ${figure.id}\``,
  ];
}

function cellTable(rows: readonly CellRow[]): string[] {
  return [
    '| cell | frames | Mpps | bounds | Gbit/s | cycles a packet | verdict | provenance |',
    '|---|---|---:|---|---:|---:|---|---|',
    ...rows.map(cellLine),
  ];
}

function cellLine(of: CellRow): string {
  const { cell, throughput, verdict: word, provenance } = of.result;
  const spread = spreadOf(cyclesOf(of));
  const cycles = spread?.value ?? of.result.cpu?.cyclesPerPacket;
  return markdownRow([
    escapeMarkdown(`${of.series}, ${chainLength(cell.nfs.length)}`),
    escapeMarkdown(framesOf(cell).short),
    throughput === null ? '–' : mpps(throughput.pps),
    boundsText(of),
    throughput === null ? '–' : gbps(throughput.gbps),
    cycles === undefined ? '–' : whole(cycles),
    word,
    provenance,
  ]);
}

/** Of a search; what was received of a wire without a rate has none. */
function boundsText(of: CellRow): string {
  const { throughput } = of.result;
  if (throughput === null || wireGbps(of.source.run) === null) return '–';
  const upper = throughput.upperPps === null ? 'line rate' : mpps(throughput.upperPps);
  return `${mpps(throughput.lowerPps)} to ${upper}`;
}

function verdict({ verdict: word, scope }: Judgement): string {
  return `**${word}**${scope === null ? '' : ` (${escapeMarkdown(scope)})`}`;
}

function code(value: string): string {
  return plain(value).replaceAll('`', "'");
}
