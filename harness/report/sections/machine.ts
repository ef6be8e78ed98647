import type { GeneratorInfo, HostFacts } from '../../model/run.ts';
import { bytes, duration, list, mpps, mppsUnit, percent, whole } from '../format.ts';
import { html, Html, type HtmlValue } from '../markup.ts';
import { type RunSource, wirePps } from '../source.ts';
import { clockSentence, timeSentence } from '../trust.ts';
import { headRow, number, scrolling } from './parts.ts';

/** What the figures of a run were made with: the generator and its ceiling, the machine, and how it disturbs. */
export function machineSection(sources: readonly RunSource[], source: RunSource): Html {
  const index = sources.indexOf(source) + 1;
  return html`<section aria-labelledby="machine-${index}">
    <h2 id="machine-${index}">The machine and the generator${sources.length > 1 && ` of run ${index}`}</h2>
    <h3>The generator's own ceiling</h3>
    ${ceiling(source)}
    <h3>How the machine disturbs</h3>
    ${jitter(source)}
    <h3>The clock</h3>
    <p>${clock(source)}</p>
    <h3>Facts</h3>
    ${source.facts.length === 0 ? html`<p>The run ended before the machine's facts were written.</p>` : source.facts.map(hostFacts)}
    <h3>This run</h3>
    ${facts([
      ['Run', source.run.id],
      ['Started', source.run.startedAt],
      ['Finished', source.run.finishedAt ?? `no (${source.run.status})`],
      ...wentOn(source),
      ['Took', timeSentence(source.run) || 'unknown'],
      ['Command', html`<code>${source.run.command}</code>`],
      ['Testbed', source.run.testbed],
      ...coresOfDevice(source),
    ])}
    <details>
      <summary>The profile as resolved</summary>
      <pre class="scroll" tabindex="0"><code>${profileLines(source)}</code></pre>
    </details>
  </section>`;
}

/** Where one core does all there is nothing to say. */
function coresOfDevice({ run: { device } }: RunSource): (readonly [string, string])[] {
  if (device === undefined) return [];
  const cores = `core${device.nfCores.length > 1 ? 's' : ''} ${list(device.nfCores.map(String))}`;
  return [
    [
      'Cores of the device',
      `data plane on core ${device.core}, NFs on ${cores} in the order of the chain, from the first on again where there are more NFs`,
    ],
  ];
}

/** Its first cells are from before that, and nothing else here is. */
function wentOn({ run: { resumedAt } }: RunSource): (readonly [string, string])[] {
  if (resumedAt === undefined) return [];
  const times = list(resumedAt);
  return [
    ['Went on', `${times}, after it had been stopped; ceiling, gaps and clock above are of the last part`],
  ];
}

function ceiling({ run }: RunSource): Html {
  if (run.generator === null) return html`<p>The run ended before it was measured.</p>`;
  const { name, version, can, ceilingPps, ceilingRunsPps, coreRoundTripNs } = run.generator;
  const line = wirePps(run, 64);
  const enough =
    line === null
      ? ''
      : ceilingPps >= line
        ? ` That is ${Math.round((ceilingPps / line - 1) * 100)} % above the wire's line rate, so the generator is not the limit.`
        : ` That is below the wire's line rate of ${mppsUnit(line)}: a cell near it says nothing of the device.`;
  return html`<p>
    Against a reflector and with no device in between, the ${name} generator (${version}) sends and gets back
    ${mppsUnit(ceilingPps)} of 64-byte frames: the median of ${list(ceilingRunsPps.map(mpps))}
    Mpps.${enough}${shortcomings(can)}${severalCores(run.generator)}${coreRoundTripNs !== null && ` A cache line took ${Math.round(coreRoundTripNs)} ns between the two cores and back, just before.`}
  </p>`;
}

/** Where one core does not do both; what is shown of "the generator's core" is then of one of them. */
function severalCores({ txCores, rxCores }: GeneratorInfo): string {
  if (txCores === undefined || rxCores === undefined) return '';
  const cores = (of: readonly number[]) => `core${of.length > 1 ? 's' : ''} ${list(of.map(String))}`;
  return ` It sent on ${cores(txCores)}, each with a queue of the wire, and received on ${cores(rxCores)}; distance, frequency and clock are of the core where they are worst.`;
}

function clock({ run }: RunSource): HtmlValue {
  const sentence = clockSentence(run);
  if (sentence === '') return 'It was not checked.';
  return run.clock?.faults.length === 0 ? sentence : html`<span class="bad">${sentence}</span>`;
}

/** What the figures do not rest on, where the generator cannot do it. Nothing of one that does not say what it can. */
function shortcomings(can: readonly string[] | undefined): string {
  if (can === undefined) return '';
  const lacks: string[] = [];
  if (!can.includes('sequence'))
    lacks.push(
      ' It does not number its packets: the books balance by count alone, and a packet that came twice would hide one that was lost.',
    );
  if (!can.includes('gaps')) lacks.push(' It logs no gap of its own loop: only the device’s gaps are known.');
  return lacks.join('');
}

function jitter({ run }: RunSource): Html {
  if (run.jitter.length === 0) return html`<p>It was not probed.</p>`;
  const table = html`<table>
    <caption>
      Gaps over 10 µs in an idle loop: times in which the core was taken away
    </caption>
    ${headRow([
      ['Core', 'number'],
      ['Watched for', 'number'],
      ['Gaps', 'number'],
      ['Time lost', 'number'],
      ['Share', 'number'],
      ['Longest', 'number'],
    ])}
    <tbody>
      ${run.jitter.map(
        (probe) =>
          html`<tr>
            ${number(probe.core)}${number(duration(probe.durationNs))}${number(whole(probe.gaps))}${number(
              duration(probe.gapNsTotal),
            )}${number(probe.durationNs > 0 ? percent(probe.gapNsTotal / probe.durationNs) : '–')}${number(duration(probe.gapNsMax))}
          </tr>`,
      )}
    </tbody>
  </table>`;
  return scrolling('Gaps of idle cores', table);
}

function hostFacts(host: HostFacts): Html {
  const commit =
    host.gitCommit === null ? 'unknown' : `${host.gitCommit}${host.gitDirty ? ', with local changes' : ''}`;
  return facts([
    ['Host', host.host],
    [
      'CPU',
      `${host.cpuModel}, ${host.cores} cores${host.hypervisor === null ? '' : `, virtual (${host.hypervisor})`}`,
    ],
    ['TSC', host.tscHz === null ? 'unknown' : `${(host.tscHz / 1e9).toFixed(3)} GHz`],
    ['Microcode', host.microcode ?? 'unknown'],
    ['Frequency governor', host.governor ?? 'none visible'],
    ['Memory', bytes(host.memoryBytes)],
    [
      'Huge pages',
      list(Object.entries(host.hugepages).map(([size, pages]) => `${whole(pages)} of ${size}`)) || 'none',
    ],
    ['Kernel', host.kernel],
    ['Kernel command line', html`<code>${host.kernelCommandLine}</code>`],
    [
      'Mitigations',
      Object.entries(host.mitigations).map(([name, state], index) => [
        index > 0 && html`<br />`,
        `${name}: ${state}`,
      ]),
    ],
    ['DPDK', host.dpdkVersion],
    ['Node', host.nodeVersion],
    ['Commit', html`<code>${commit}</code>`],
    ['Package lock', html`<code>${host.packageLockSha256 ?? 'unknown'}</code>`],
  ]);
}

function facts(entries: readonly (readonly [string, HtmlValue])[]): Html {
  return html`<dl>
    ${entries.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** Line by line, since the escape replaces control characters, line feeds too. */
function profileLines({ run }: RunSource): HtmlValue[] {
  const lines = (JSON.stringify(run.profile, null, 2) ?? 'unknown').split('\n');
  return lines.flatMap((line) => [line, new Html('\n')]);
}
