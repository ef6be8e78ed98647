import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { externalNames, type ExternalName } from '../model/generator.ts';
import type { Testbed } from '../testbed/parse.ts';
import { findGenerator } from '../traffic/find.ts';
import { checkPktgen } from '../traffic/pktgen.ts';
import { checkTestpmd } from '../traffic/testpmd.ts';

/** What is known of a generator that is not of this repository. */
export interface GeneratorFinding {
  readonly name: ExternalName;
  /** `failed`: it is there, and did not do what it was told. */
  readonly state: 'ok' | 'absent' | 'failed';
  readonly version: string | null;
  readonly finding: string;
}

interface TrySite {
  readonly file: string;
  readonly core: number;
  readonly runDir: string;
  readonly signal: AbortSignal;
}

/** How each shows that it works; MoonGen needs devices of its own for that. */
const trials: Readonly<
  Partial<Record<ExternalName, (site: TrySite) => Promise<{ version: string; sentPps: number }>>>
> = { testpmd: checkTestpmd, pktgen: checkPktgen };

/** Looks for each, and where asked starts it on a port that leads nowhere. */
export async function examineGenerators(
  testbed: Pick<Testbed, 'generatorFiles' | 'generatorCore'>,
  isTried: boolean,
  signal: AbortSignal,
): Promise<GeneratorFinding[]> {
  const findings: GeneratorFinding[] = [];
  for (const name of externalNames) {
    const found = findGenerator(name, testbed.generatorFiles);
    const attempt = trials[name];
    if ('missing' in found) {
      findings.push({ name, state: 'absent', version: null, finding: found.missing });
    } else if (!isTried || attempt === undefined) {
      findings.push({ name, state: 'ok', version: null, finding: `${found.file}, not tried` });
    } else {
      const site = { file: found.file, core: testbed.generatorCore, signal };
      findings.push(await tried(name, (runDir) => attempt({ ...site, runDir })));
    }
  }
  return findings;
}

async function tried(
  name: ExternalName,
  attempt: (runDir: string) => Promise<{ version: string; sentPps: number }>,
): Promise<GeneratorFinding> {
  const runDir = mkdtempSync(join(tmpdir(), `netvm-${name}-`));
  try {
    const { version, sentPps } = await attempt(runDir);
    const rate = (sentPps / 1e6).toFixed(2);
    const finding = `${version}; sends ${rate} Mpps of 64-byte frames to a port that leads nowhere`;
    return { name, state: 'ok', version, finding };
  } catch (error) {
    const finding = error instanceof Error ? error.message : String(error);
    return { name, state: 'failed', version: null, finding };
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
}
