import { framesOf } from '../../model/frames.ts';
import { capital, chainLength, gbps, mpps, whole } from '../format.ts';
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
    `# ${text(title(material))}`,
    '',
    `Begun ${order.startedAt}, by \`${code(order.command)}\`. Published values are others', measured on other machines and on real networks.`,
    '',
    '| claim | verdict | why |',
    '|---|---|---|',
    ...claims.map(({ claim, judgement }) =>
      row([text(claim.text), verdict(judgement), text(judgement.reason)]),
    ),
    '',
    '| figure | verdict | why |',
    '|---|---|---|',
    ...figures.map(({ figure, judgement }) =>
      row([text(figure.title), verdict(judgement), text(judgement.reason)]),
    ),
    ...figures.flatMap(section),
  ];
  return `${lines.join('\n')}\n`;
}

function section({ figure, notes, rows, judgement, published }: FigureMaterial): string[] {
  return [
    '',
    `## ${text(figure.title)}`,
    '',
    `${verdict(judgement)}. ${text(judgement.reason)}`,
    '',
    `- In the paper: ${text(capital(notes.paper))}`,
    `- Claim: ${text(capital(notes.claim))}`,
    `- Here: ${text(capital(notes.ours))}`,
    ...published.map(
      (value) => `- Published: ${text(value.what)}, ${publishedText(value)} (${text(value.citation)})`,
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
  return row([
    text(`${of.series}, ${chainLength(cell.nfs.length)}`),
    text(framesOf(cell).short),
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
  return `**${word}**${scope === null ? '' : ` (${text(scope)})`}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** What an archive says stays text: nothing of it is markup, and nothing breaks a table. */
function text(value: string): string {
  return plain(value).replace(/[\\`*_{}[\]<>()#|!~&]/g, '\\$&');
}

function code(value: string): string {
  return plain(value).replaceAll('`', "'");
}
