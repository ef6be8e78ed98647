import type { CellResult, LatencySummary } from '../../model/run.ts';
import type { CellFigure } from './cell-figure.ts';
import { methodFigures } from './method-figures.ts';

/** Every figure of a cell; that one failed, or found nothing, shows in them too. */
export function figuresIn(result: CellResult): CellFigure[] {
  return [
    ...throughputFigures(result),
    ...goalFigures(result),
    ...(result.figures === undefined ? [] : methodFigures(result.figures)),
    ...Object.entries(result.latencyNs).flatMap(([load, summary]) => latencyFigures(Number(load), summary)),
    ...loadAndBooks(result),
    ...trustFigures(result),
    ...costFigures(result),
    { figure: 'trials', value: result.trials, unit: 'trials' },
    { figure: 'trialsDisturbed', value: result.trialsDisturbed, unit: 'trials' },
  ];
}

function throughputFigures({ throughput, cell, figures }: CellResult): CellFigure[] {
  if (throughput === null)
    // Other methods look for other things; where nothing was found, a search's throughput is a gap.
    return figures === undefined && cell.method !== 'mrr'
      ? [{ figure: 'throughputPps', value: null, unit: 'pps' }]
      : [];
  const { pps, gbps, lowerPps, upperPps } = throughput;
  return [
    { figure: 'throughputPps', value: pps, unit: 'pps' },
    { figure: 'throughputGbps', value: gbps, unit: 'Gbit/s' },
    { figure: 'lowerPps', value: lowerPps, unit: 'pps' },
    { figure: 'upperPps', value: upperPps, unit: 'pps' },
  ];
}

function goalFigures({ goals = [] }: CellResult): CellFigure[] {
  return goals.flatMap((found) => {
    const shared = {
      unit: 'pps',
      goalLossRatio: found.goal.lossRatio,
      verdict: found.verdict,
      reason: found.reason,
    };
    return [
      { figure: 'relevantLowerPps', value: found.relevantLowerPps, ...shared },
      { figure: 'relevantUpperPps', value: found.relevantUpperPps, ...shared },
      { figure: 'conditionalThroughputPps', value: found.conditionalThroughputPps, ...shared },
    ];
  });
}

const percentiles = ['min', 'p50', 'p90', 'p99', 'p999', 'max'] as const;

function latencyFigures(loadPercent: number, summary: LatencySummary): CellFigure[] {
  const { samples, verdict, tooFew, typicalNs, worstCaseNs, pdvNs } = summary;
  const shared = {
    loadPercent,
    ...(verdict !== undefined && { verdict }),
    ...(tooFew !== undefined && { reason: tooFew }),
  };
  const ofRfc8219 = Object.entries({ typicalNs, worstCaseNs, pdvNs }).flatMap(([figure, value]) =>
    value === undefined ? [] : [{ figure, value, unit: 'ns', ...shared }],
  );
  return [
    { figure: 'latencySamples', value: samples, unit: 'packets', ...shared },
    ...percentiles.map((name) => ({ figure: `${name}Ns`, value: summary[name], unit: 'ns', ...shared })),
    ...ofRfc8219,
  ];
}

function loadAndBooks({ loads, books, cpu }: CellResult): CellFigure[] {
  const ofLoads = Object.entries(loads ?? {}).map(([figure, value]) => ({ figure, value, unit: 'pps' }));
  const drops = Object.entries(books?.drops ?? {}).map(([part, value]) => ({
    figure: 'dropped',
    value,
    unit: 'packets',
    part,
  }));
  const isNumbered = books?.numbered !== false;
  const ofBooks =
    books === null
      ? []
      : Object.entries({
          sent: books.sent,
          received: books.received,
          inFlight: books.inFlight,
          duplicates: isNumbered ? books.duplicates : null,
          reordered: isNumbered ? books.reordered : null,
        }).map(([figure, value]) => ({ figure, value, unit: 'packets' }));
  const ofCpu =
    cpu === null
      ? []
      : [
          { figure: 'busyRatio', value: cpu.busyRatio, unit: 'ratio' },
          { figure: 'cyclesPerPacket', value: cpu.cyclesPerPacket, unit: 'cycles/packet' },
        ];
  return [...ofLoads, ...ofBooks, ...drops, ...ofCpu];
}

function costFigures({ nfCosts = [] }: CellResult): CellFigure[] {
  return nfCosts.flatMap(({ name: part, startMs, startWithinMs, memoryBytes }) => [
    { figure: 'nfStartMs', value: startMs, unit: 'ms', part },
    { figure: 'nfStartWithinMs', value: startWithinMs, unit: 'ms', part },
    { figure: 'nfMemoryBytes', value: memoryBytes, unit: 'bytes', part },
  ]);
}

function trustFigures({ trust, coreRoundTripNs, coreFrequencyHz }: CellResult): CellFigure[] {
  const parts = (
    figure: string,
    unit: string,
    values: object | null | undefined,
    before = '',
  ): CellFigure[] =>
    Object.entries(values ?? {}).map(([part, value]) => ({
      figure,
      value: value as number,
      unit,
      part: `${before}${part}`,
    }));
  const late = trust
    ? [
        { figure: 'sendLateOver10us', value: trust.sendLateOver10us, unit: 'packets' },
        { figure: 'sendLateOver1ms', value: trust.sendLateOver1ms, unit: 'packets' },
        { figure: 'sendLateNsMax', value: trust.sendLateNsMax, unit: 'ns' },
      ]
    : [];
  return [
    ...parts('awayRatio', 'ratio', trust?.awayRatio).filter(
      ({ part }) => part !== 'generator' || trust?.generatorGapsKnown !== false,
    ),
    ...parts('stealNs', 'ns', trust?.stealNs),
    ...late,
    ...parts('coreRoundTripNs', 'ns', coreRoundTripNs),
    ...parts('coreFrequencyHz', 'Hz', coreFrequencyHz?.before, 'before '),
    ...parts('coreFrequencyHz', 'Hz', coreFrequencyHz?.after, 'after '),
  ];
}
