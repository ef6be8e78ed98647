import { cellWords } from '../../model/cell.ts';
import type { CellResult, GoalFigures } from '../../model/run.ts';
import { layer1Gbps, meanFrameBytes } from '../../model/units.ts';
import { plain } from '../markup.ts';
import type { Hlog } from './hlog.ts';
import type { ExportSource } from './source.ts';
import { utiLatency } from './uti-latency.ts';
import { utiSchema, utiVersion } from './uti-schema.ts';
import type { UtiResult, UtiTest } from './uti-schema.ts';

export interface UtiFile {
  readonly test: UtiTest;
  /** Fields that CSIT's schema requires and that are not known: empty where the file follows it. */
  readonly missing: readonly string[];
}

/**
 * A cell as a test of CSIT's model; null where the model has nothing for its method (`utiTypeOf`). Nothing is made up: what is not known is left out. `logs` are the
 * run's latency logs by their paths.
 */
export function utiOf(
  source: ExportSource,
  result: CellResult,
  logs: ReadonlyMap<string, Hlog>,
): UtiFile | null {
  const { run, facts } = source;
  const type = utiTypeOf(result);
  if (type === null) return null;
  const passed = result.verdict === 'valid';
  const found = resultOf(type, result, logs);
  const hosts = facts.map(({ host }) => plain(host));
  const commit = facts[0]?.gitCommit ?? null;
  const names = namesOf(source, result);
  const durationMs = run.finishedAt === null ? null : Date.parse(run.finishedAt) - Date.parse(run.startedAt);
  const test = utiSchema.parse({
    version: utiVersion,
    ...names,
    test_type: type,
    test_documentation: plain(cellWords(result.cell)),
    tags: tagsOf(type, result),
    ...(hosts.length > 0 && { hosts }),
    telemetry: [],
    dut_type: result.cell.dataplane,
    ...(commit !== null && { dut_version: plain(commit) }),
    ...(run.generator !== null && {
      tg_type: plain(run.generator.name).toLowerCase(),
      tg_version: plain(run.generator.version),
    }),
    start_time: new Date(run.startedAt).toISOString(),
    ...(run.finishedAt !== null && { end_time: new Date(run.finishedAt).toISOString() }),
    ...(durationMs !== null && durationMs >= 0 && { duration: durationMs / 1000 }),
    passed,
    message: passed ? '' : plain(`${result.verdict}: ${result.reason ?? 'no reason is known'}`),
    result: found,
  } satisfies UtiTest);
  return { test, missing: missingIn(test) };
}

/** The model's test type of a method; null where it has none: CSIT has no frame loss, no back-to-back, and its soak and reconf are other measurements. */
export function utiTypeOf({ cell, goals = [], figures }: CellResult): UtiTest['test_type'] | null {
  if (cell.method === 'mrr') return 'mrr';
  const isSearch = figures === undefined;
  return isSearch && (goals.some(isNdr) || goals.some(isPdr) || cell.method.startsWith('csit-'))
    ? 'ndrpdr'
    : null;
}

/** NDR: loss ratio zero; PDR: 0.5 %. Trials that exceed them may be half of the time: a goal that allows less is a lower bound, too. */
const exceedMax = 0.5;
const isNdr = ({ goal }: GoalFigures) => goal.lossRatio === 0 && goal.exceedRatio <= exceedMax;
const isPdr = ({ goal }: GoalFigures) => goal.lossRatio === 0.005 && goal.exceedRatio <= exceedMax;

function resultOf(
  type: UtiTest['test_type'],
  result: CellResult,
  logs: ReadonlyMap<string, Hlog>,
): UtiResult {
  if (result.verdict !== 'valid') return { type: 'unknown' };
  if (type === 'mrr') return mrrOf(result);
  const { cell, goals = [] } = result;
  const lower = (found: GoalFigures | undefined) => {
    const pps = found?.verdict === 'valid' ? found.conditionalThroughputPps : null;
    if (pps === null) return null;
    const bps = 1e9 * layer1Gbps(pps, meanFrameBytes(cell));
    return {
      lower: { rate: { value: pps, unit: 'pps' as const }, bandwidth: { value: bps, unit: 'bps' as const } },
    };
  };
  const [ndr, pdr] = [lower(goals.find(isNdr)), lower(goals.find(isPdr))];
  if (ndr === null && pdr === null) return { type: 'unknown' };
  // Its loads are shares of the PDR: ours are of the strictest goal's throughput.
  const isOfPdr = goals.length > 0 && goals.every(isPdr);
  const latency = isOfPdr ? utiLatency(result, logs) : null;
  return {
    type: 'ndrpdr',
    ...(ndr !== null && { ndr }),
    ...(pdr !== null && { pdr }),
    ...(latency !== null && { latency_forward: latency }),
  };
}

/** Its standard deviation is that of jumpavg: of the values themselves, not of a sample of others. */
function mrrOf({ figures, loads }: CellResult): UtiResult {
  const values = figures?.method === 'mrr' ? figures.receivedPps : loads === null ? [] : [loads.receivedPps];
  if (values.length === 0) return { type: 'unknown' };
  const avg = values.reduce((sum, value) => sum + value, 0) / values.length;
  const stdev = Math.sqrt(values.reduce((sum, value) => sum + (value - avg) ** 2, 0) / values.length);
  return { type: 'mrr', receive_rate: { rate: { values: [...values], avg, stdev, unit: 'pps' } } };
}

/** In the form of CSIT's, in lower case and without spaces; the testbed stands where it has the network card, and the cores of the device. */
function namesOf(
  { run }: ExportSource,
  { cell, cpu }: CellResult,
): Pick<UtiTest, 'test_id' | 'test_name_long' | 'test_name_short'> {
  const frames = cell.imix === undefined ? `${cell.frameSizeBytes}b` : `imix${cell.imix.genome}`;
  const chain = cell.nfs.length === 0 ? 'no_nf' : cell.nfs.join('-');
  const more = [
    ...(cell.trustDomains === undefined ? [] : [`${cell.trustDomains}domains`]),
    ...(cell.instances === undefined ? [] : [`${cell.instances}instances`]),
    ...(cell.flowEntries === undefined ? [] : [`${cell.flowEntries}flows`]),
    ...(cell.scheduling === undefined ? [] : [cell.scheduling]),
    ...(cell.hugePageSizeBytes === undefined ? [] : [`${cell.hugePageSizeBytes}b_pages`]),
    ...(cell.traffic === undefined ? [] : [cell.traffic]),
  ];
  const short = nameOf([cell.dataplane, cell.isolation, chain, ...more, cell.method].join('-'));
  const cores = cpu === null ? [] : [`${cpu.cores.length}c`];
  const long = nameOf([run.testbed, frames, ...cores, short].join('-'));
  return { test_id: `${nameOf(run.id)}.${long}`, test_name_long: long, test_name_short: short };
}

const nameMax = 200;

function nameOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+|\.{2,}/g, '_')
    .replaceAll(/_+/g, '_')
    .replace(/^\./, '_')
    .slice(0, nameMax);
}

function tagsOf(type: UtiTest['test_type'], { cell, provenance, goals = [] }: CellResult): string[] {
  const exceed = goals.filter((one) => isNdr(one) || isPdr(one)).map(({ goal }) => goal.exceedRatio);
  const texts = [
    type,
    cell.imix === undefined ? `${cell.frameSizeBytes}B` : 'IMIX',
    cell.dataplane,
    cell.isolation,
    `${cell.nfs.length}NF`,
    cell.method,
    `PROVENANCE_${provenance}`,
    ...[...new Set(exceed)].map((ratio) => `EXCEED_RATIO_${100 * ratio}`),
  ];
  return texts.map((text) => text.toUpperCase().replaceAll(/[^A-Z0-9.]+/g, '_'));
}

function missingIn(test: UtiTest): string[] {
  const fields = ['hosts', 'dut_version', 'tg_type', 'tg_version', 'end_time', 'duration'] as const;
  const { result } = test;
  const bounds =
    result.type === 'ndrpdr' ? (['ndr', 'pdr'] as const).filter((name) => !(name in result)) : [];
  return [...fields.filter((field) => !(field in test)), ...bounds.map((name) => `result.${name}`)];
}
