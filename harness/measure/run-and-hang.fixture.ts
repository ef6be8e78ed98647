// A harness in the middle of a trial, for a test that kills it: prints its programs' pids and goes on.
import { programsOf } from '../dataplane/dataplane.ts';
import { withBench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { native } from './testbed.fixture.ts';

const [runDir = '', hugeDir = ''] = process.argv.slice(2);
const env = { name: 'local', generatorCore: 0, deviceCore: 1, runDir, hugeDir, facts: {} as never };
const signal = new AbortController().signal;
await withBench(
  cell({ nfs: ['forward', 'monitor'] }),
  { env, native, signal, name: 'bench' },
  async (bench) => {
    const programs = [bench.generator.program, ...programsOf(bench.dataplane)];
    console.log(JSON.stringify(programs.map((program) => program.child.pid)));
    const load = { frameSizeBytes: 64, pps: 1e5, flows: 1, stampEvery: 1, lineRateBps: 10e9, drainMs: 1 };
    await bench.generator.trial({ ...load, durationMs: 600_000 }, signal);
  },
);
