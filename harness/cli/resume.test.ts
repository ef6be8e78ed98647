import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GuestInfo, HostFacts, Run } from '../model/run.ts';
import { createArchive, readRun } from '../store/archive.ts';
import { checksumsFile } from '../store/checksums.ts';
import { syntheticFacts, syntheticRun } from '../store/fixture.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { loadOrder } from './files.ts';
import { loadResumed, refuseOther } from './resume.ts';

const profile = join(import.meta.dirname, '../../profiles/gate.yaml');
let dir = '';

beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'netvm-resume-'))));
afterEach(async () => rm(dir, { recursive: true, force: true }));

/** An archive as a killed harness leaves it. */
async function killed(changes: Partial<Run> = {}): Promise<Run> {
  const { plan, source, text } = loadOrder(profile);
  const run: Run = {
    ...syntheticRun(),
    profile: plan.profile,
    source,
    results: [],
    status: 'running',
    finishedAt: null,
    ...changes,
  };
  const archive = await createArchive(dir);
  await archive.writeFacts(syntheticFacts());
  await archive.writeProfile(text);
  await archive.saveRun(run);
  await archive.finish();
  await rm(join(dir, checksumsFile));
  return readRun(dir);
}

describe('what a run goes on with', () => {
  test('its own profile, from the archive', async () => {
    const run = await killed();
    const { order } = await loadResumed(dir);
    expect(order.plan.profile).toEqual(loadOrder(profile).plan.profile);
    expect(order.source).toEqual(run.source);
  });

  test.each<readonly [string, Partial<Run>, RegExp]>([
    ['a run that is complete', { status: 'complete' }, /nothing left to measure/],
    ['another meaning of its profile', { profile: { schema: 'profile/1', name: 'x' } }, /no longer means/],
  ])('%s is refused', async (_, changes, reason) => {
    await killed(changes);
    await expect(loadResumed(dir)).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(reason) as string,
    });
  });
});

describe('where a run goes on', () => {
  const [then] = syntheticFacts();
  const here = (changes: Partial<LocalTestbedEnv> = {}, facts: Partial<HostFacts> = {}): LocalTestbedEnv => ({
    ...{ name: 'local', generatorCore: 0, deviceCore: 1, runDir: '/nowhere', hugeDir: '/nowhere' },
    facts: { ...(then as HostFacts), ...facts },
    ...changes,
  });

  test('where it was begun', async () => {
    const run = await killed();
    await expect(refuseOther(dir, run, here())).resolves.toBeUndefined();
    // Nobody knows the cores of a run that ended before it had looked at them.
    const early = { ...run, jitter: [] };
    await writeFile(join(dir, 'run.json'), JSON.stringify(early));
    await expect(refuseOther(dir, early, here({ deviceCore: 2 }))).resolves.toBeUndefined();
  });

  test.each<readonly [string, LocalTestbedEnv, RegExp]>([
    ['another testbed', here({ name: 'lab' }), /on testbed local, and this is lab/],
    ['other cores', here({ txCores: [0, 2] }), /on the cores 0,1, and local now has 0,2,1/],
    ['cores for NFs', here({ nfCores: [2] }), /on the cores 0,1, and local now has 0,1,2/],
    ['another machine', here({}, { microcode: '0x1' }), /on another machine: .*microcode/i],
    [
      'another commit',
      here({}, { gitCommit: 'f'.repeat(40) }),
      /commit 000000000000 with local changes, and/,
    ],
    ['a clean tree', here({}, { gitDirty: false }), /with local changes, and this is commit 000000000000\./],
    [
      'other local changes',
      here({}, { gitChangesSha256: 'f'.repeat(64) }),
      /commit 000000000000 with local changes, which are others now/,
    ],
  ])('not on %s', async (_, env, reason) => {
    await expect(refuseOther(dir, await killed(), env)).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(reason) as string,
    });
  });

  test('not where a core is another part of the device than it was', async () => {
    const jitter = [0, 1, 2].map((core) => ({ ...syntheticRun().jitter[0]!, core }));
    const device = { core: 1, nfCores: [2] };
    const refusal = (run: Run, now: Partial<LocalTestbedEnv>) =>
      refuseOther(dir, run, here(now)).then(
        () => 'goes on',
        (error: Error) => error.message,
      );
    const run = await killed({ jitter, device });
    expect(await refusal(run, { nfCores: [2] })).toBe('goes on');
    expect(await refusal(run, { txCores: [0], rxCores: [1], deviceCore: 2 })).toContain(
      'begun with the data plane on core 1 and its NFs on 2, and local now has one core for the data plane and its NFs',
    );
    const { device: _, ...shared } = run;
    await writeFile(join(dir, 'run.json'), JSON.stringify(shared));
    expect(await refusal(shared, { nfCores: [2] })).toContain('and its NFs on 2.');
  });

  test('not with other virtual machines', async () => {
    const guest = { accelerator: 'kvm', reason: null, imageSha256: 'a'.repeat(64) } as const;
    const refusal = (run: Run, now?: GuestInfo) =>
      refuseOther(dir, run, here(), now).then(
        () => 'goes on',
        (error: Error) => error.message,
      );
    const run = await killed({ guest });
    expect(await refusal(run, guest)).toBe('goes on');
    expect(await refusal(run, { ...guest, accelerator: 'tcg', reason: 'x' })).toContain(
      'image aaaaaaaaaaaa, which kvm runs, and now with virtual machines of the image aaaaaaaaaaaa, which tcg runs',
    );
    expect(await refusal(run, { ...guest, imageSha256: 'b'.repeat(64) })).toContain('image bbbbbbbbbbbb');
    expect(await refusal(run)).toContain('and now with no virtual machine');
  });

  test('not where another harness has gone on with it since it was read', async () => {
    const run = await killed();
    await writeFile(join(dir, 'run.json'), JSON.stringify({ ...run, status: 'complete' }));
    await expect(refuseOther(dir, run, here())).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(/another harness has written to it meanwhile/) as string,
    });
  });
});
