import { describe, expect, test } from 'vitest';
import type { CellVerdict } from '../../model/run.ts';
import { judgeZeroCopy } from './hop.ts';
import { judgeHugePages } from './huge-pages.ts';
import { judgeIsolation } from './isolation.ts';
import { judgeLineRate } from './line-rate.ts';
import { judgeOverSriov } from './over-sriov.ts';
import { madeUpRows, type MadeUp } from './paper.fixture.ts';

const untestable = 'not testable on this testbed';
const netvm = (more: Partial<MadeUp>): MadeUp => ({ dataplane: 'netvm', nfs: 1, mpps: 5, ...more });

describe('up to 10 Gbit/s through pipelined NFs', () => {
  const judge = (cells: readonly MadeUp[], lineRateBps?: number) =>
    judgeLineRate(madeUpRows(cells, lineRateBps), 2);

  test('reproduced where a chain fills the wire at some frame size; the wire and the processes are in the verdict', () => {
    const judgement = judge([
      netvm({ nfs: 3, frameSizeBytes: 1518, mpps: 'full' }),
      netvm({ nfs: 5, frameSizeBytes: 1518, mpps: 'full' }),
      netvm({ nfs: 3, mpps: 7 }),
    ]);
    expect(judgement).toEqual({
      verdict: 'reproduced',
      scope:
        'on a virtual wire, which shows nothing of a NIC, PCIe or interrupts; with processes for virtual machines',
      reason:
        'NetVM fills the wire of 10 Gbit/s without loss at frames of 1518 bytes (up to 5 NFs). The least is 4.70 Gbit/s, 3 NFs at 64 B.',
    });
  });

  test('on a real wire it says nothing of a virtual one', () => {
    const { scope } = judge([netvm({ nfs: 2, mpps: 'full', provenance: 'measured' })]);
    expect(scope).toBe('with processes for virtual machines');
  });

  test('not reproduced where nothing fills the wire, though the largest frames were measured', () => {
    const judgement = judge([netvm({ nfs: 2, mpps: 5 }), netvm({ nfs: 2, frameSizeBytes: 1518, mpps: 0.5 })]);
    expect(judgement.verdict).toBe('not reproduced');
  });

  test.each<[string, readonly MadeUp[], number?]>([
    ['a single NF is no pipeline', [netvm({ nfs: 1, mpps: 'full' })]],
    ['no cell is valid', [netvm({ nfs: 2, mpps: 'full', verdict: 'disturbed' })]],
    ['what is emulated decides nothing', [netvm({ nfs: 2, mpps: 'full', provenance: 'emulated' })]],
    ['inline NFs are not isolated', [netvm({ nfs: 2, mpps: 'full', isolation: 'inline' })]],
    ['the wire is slower', [netvm({ nfs: 2, mpps: 'full' })], 1e9],
    ['the wire has no rate', [netvm({ nfs: 2, mpps: 30 })], 0],
    [
      'the largest frames, the easiest, were disturbed',
      [netvm({ nfs: 2, mpps: 5 }), netvm({ nfs: 2, frameSizeBytes: 1518, mpps: 0.5, verdict: 'disturbed' })],
    ],
    ['nothing was measured', []],
  ])('not testable: %s', (_, cells, lineRateBps) => {
    const judgement = judge(cells, lineRateBps);
    expect(judgement).toMatchObject({ verdict: untestable, scope: null });
    expect(judgement.reason).toMatch(/\.$/);
  });
});

describe('more than 250 % over SR-IOV', () => {
  const pair = (ours: number | 'full', theirs: number | 'full', provenance: MadeUp['provenance']) =>
    judgeOverSriov(
      madeUpRows([
        netvm({ nfs: 2, mpps: ours, ...(provenance === 'measured' && { provenance }) }),
        { dataplane: 'sriov', nfs: 2, mpps: theirs, ...(provenance && { provenance }) },
      ]),
    );

  test('reproduced from 3.5 times on, whatever the bounds allow', () => {
    expect(pair(10, 2, 'measured')).toMatchObject({ verdict: 'reproduced' });
    expect(pair('full', 2, 'measured')).toMatchObject({ verdict: 'reproduced' });
  });

  test('not testable where the bounds lie on both sides, or NetVM fills the wire, which bounds it from below only', () => {
    expect(pair(3.51 * 2, 2, 'measured')).toMatchObject({
      verdict: untestable,
      reason: expect.stringContaining('The bounds allow more than 3.5 with 2 NFs at 64 B.') as string,
    });
    expect(pair('full', 5, 'measured')).toMatchObject({
      verdict: untestable,
      reason: expect.stringContaining('or more; 2 NFs at 64 B)') as string,
    });
  });

  test('not testable where one pair is below and another open, or has no ratio', () => {
    const judge = (ours: number | 'full', theirs: number, verdict: CellVerdict = 'valid') =>
      judgeOverSriov(
        madeUpRows([
          netvm({ nfs: 1, mpps: 6 }),
          netvm({ nfs: 2, mpps: ours, verdict }),
          { dataplane: 'sriov', nfs: 1, mpps: 2 },
          { dataplane: 'sriov', nfs: 2, mpps: theirs },
        ]),
      );
    expect(judge(4, 2).verdict).toBe('not reproduced');
    expect(judge('full', 5)).toMatchObject({ verdict: untestable, scope: null });
    expect(judge(4, 0)).toMatchObject({
      verdict: untestable,
      reason: expect.stringContaining('with 2 NFs at 64 B') as string,
    });
    expect(judge(9, 2).verdict).toBe('reproduced');
    expect(judge(9, 2, 'disturbed')).toMatchObject({
      verdict: 'not reproduced',
      reason: expect.stringContaining('Pairs that count: 1 of 2.') as string,
    });
  });

  test('not reproduced below; the weaker reading is named where it holds', () => {
    expect(pair(6, 2, 'measured')).toMatchObject({
      verdict: 'not reproduced',
      reason: expect.stringContaining('more than 250 % of SR-IOV, the weaker reading') as string,
    });
    expect(pair(3, 2, 'measured').reason).not.toContain('weaker');
  });

  test('an emulated baseline never decides, however slow it is', () => {
    const judgement = pair(10, 0.07, 'emulated');
    expect(judgement).toMatchObject({ verdict: untestable, scope: null });
    expect(judgement.reason).toContain('The SR-IOV baseline is emulated here');
    expect(judgement.reason).not.toMatch(/142|143/);
  });

  test('not testable without a pair, or where both fill the wire', () => {
    expect(judgeOverSriov(madeUpRows([netvm({})]))).toMatchObject({ verdict: untestable });
    expect(pair('full', 'full', 'measured')).toMatchObject({ verdict: untestable });
  });
});

describe('zero copy, as the growth of a hop with the frame', () => {
  const judge = (
    ours: readonly [number, number],
    copying: readonly [number, number],
    busyRatio = 0.9,
    verdictOf: (frameSizeBytes: number, nfs: number) => CellVerdict = () => 'valid',
  ) => {
    const cells = (dataplane: string, [small, large]: readonly [number, number]): MadeUp[] =>
      [
        [64, 1, 200],
        [64, 5, 200 + 4 * small],
        [1518, 1, 300],
        [1518, 5, 300 + 4 * large],
        [9000, 1, 300],
        [9000, 5, 300 + 4 * large],
      ].map(([frameSizeBytes = 0, nfs = 0, cycles = 0]) => {
        const verdict = dataplane === 'netvm' ? verdictOf(frameSizeBytes, nfs) : 'valid';
        return { dataplane, nfs, frameSizeBytes, mpps: 5, cycles, busyRatio, verdict };
      });
    return judgeZeroCopy(madeUpRows([...cells('netvm', ours), ...cells('vhost-user', copying)], 0));
  };

  test('reproduced where it grows less than one that copies', () => {
    expect(judge([40, 42], [170, 900]).verdict).toBe('reproduced');
  });

  test('not reproduced where it grows as much', () => {
    expect(judge([40, 900], [170, 200]).verdict).toBe('not reproduced');
  });

  test('not testable where the intervals overlap, or a device that was held up gave the figures', () => {
    expect(judge([40, 60], [170, 190]).verdict).toBe(untestable);
    expect(judge([40, 42], [170, 900], 0.3).verdict).toBe(untestable);
    expect(judgeZeroCopy([]).verdict).toBe(untestable);
  });

  test('a cell that was disturbed decides nothing, though its trials are valid', () => {
    expect(judge([40, 900], [170, 200], 0.9, (_, nfs) => (nfs === 5 ? 'disturbed' : 'valid'))).toMatchObject({
      verdict: untestable,
      reason: expect.stringContaining('It takes valid cells') as string,
    });
  });

  test('both are compared over the same frames', () => {
    const { reason } = judge([40, 42], [170, 900], 0.9, (size) => (size === 9000 ? 'disturbed' : 'valid'));
    expect(reason).toContain('From 64 to 1518-byte frames');
  });
});

describe('huge pages', () => {
  const judge = (ordinary: number, huge: number, more: readonly MadeUp[] = []) =>
    judgeHugePages(
      madeUpRows([netvm({ hugePageSizeBytes: 4096, cycles: ordinary }), netvm({ cycles: huge }), ...more], 0),
    );

  test('reproduced where ordinary pages cost more', () => {
    expect(judge(230, 180).verdict).toBe('reproduced');
  });

  test('not reproduced where huge pages cost more for sure', () => {
    expect(judge(150, 180).verdict).toBe('not reproduced');
  });

  test('not testable where no difference shows: that is not to show that there is none', () => {
    expect(judge(180, 180)).toMatchObject({
      verdict: untestable,
      scope: null,
      reason: expect.stringContaining(
        'no difference that this data can show, and none that it can rule out',
      ) as string,
    });
  });

  test('a cell that was disturbed decides nothing, though its trials are valid', () => {
    for (const verdict of ['disturbed', 'failed', 'generator-limited'] as const) {
      const reason = 'the hypervisor took the core away';
      const cells = [
        netvm({ hugePageSizeBytes: 4096, cycles: 230, verdict, reason }),
        netvm({ cycles: 180 }),
      ];
      expect(judgeHugePages(madeUpRows(cells, 0))).toMatchObject({
        verdict: untestable,
        reason: `No pair of cells on ordinary and on huge pages has a valid figure: ${reason}.`,
      });
    }
  });

  test('a pair that does not count counts as one that does not show it', () => {
    const disturbed = [512, 1518].flatMap((frameSizeBytes) => [
      netvm({ hugePageSizeBytes: 4096, cycles: 230, frameSizeBytes, verdict: 'disturbed' }),
      netvm({ cycles: 180, frameSizeBytes }),
    ]);
    expect(judge(230, 180, disturbed)).toMatchObject({
      verdict: untestable,
      reason: expect.stringContaining('It shows in 1 of 3 only') as string,
    });
  });

  test('trials that are too few or too idle are named as that', () => {
    const cells = [
      netvm({ hugePageSizeBytes: 4096, cycles: 230, busyRatio: 0.3 }),
      netvm({ cycles: 180, busyRatio: 0.3 }),
      netvm({
        hugePageSizeBytes: 2 ** 30,
        verdict: 'failed',
        reason: 'this machine has no huge pages of 1 GB',
      }),
    ];
    expect(judgeHugePages(madeUpRows(cells, 0))).toMatchObject({
      verdict: untestable,
      reason:
        'No pair of cells on ordinary and on huge pages has six trials each in which the device was kept busy.',
    });
  });

  test('not testable where it shows in one of three pairs only', () => {
    const same = [512, 1518].flatMap((frameSizeBytes) => [
      netvm({ hugePageSizeBytes: 4096, cycles: 180, frameSizeBytes }),
      netvm({ cycles: 180, frameSizeBytes }),
    ]);
    expect(judge(230, 180, same)).toMatchObject({
      verdict: untestable,
      reason: expect.stringContaining('It shows in 1 of 3 only') as string,
    });
    expect(judge(230, 180, same.slice(0, 2)).verdict).toBe('reproduced');
  });

  test('a size that the machine has not is named with its reason', () => {
    const reason = 'this machine has no huge pages of 1 GB';
    const missing = netvm({ hugePageSizeBytes: 2 ** 30, verdict: 'failed', reason });
    expect(judge(230, 180, [missing]).reason).toContain(`Pages of 1 GB are not testable here: ${reason}.`);
    expect(judgeHugePages(madeUpRows([missing], 0))).toMatchObject({ verdict: untestable });
  });

  test('a cell that failed of something else says nothing of the size of its pages, nor one of several that lacks them', () => {
    const giga = (more: Partial<MadeUp>) => netvm({ hugePageSizeBytes: 2 ** 30, ...more });
    const crashed = giga({ verdict: 'failed', reason: 'netvm ended with SIGKILL' });
    expect(judge(230, 180, [crashed]).reason).not.toContain('not testable here');
    const ordinary = {
      hugePageSizeBytes: 4096,
      frameSizeBytes: 512,
      verdict: 'failed',
      reason: 'x',
    } as const;
    expect(judge(230, 180, [netvm(ordinary)]).reason).not.toContain('not testable here');
    const reason = 'no huge page of 1 GB could be reserved, memory is fragmented';
    const some = [giga({ verdict: 'failed', reason }), giga({ cycles: 180, frameSizeBytes: 512 })];
    expect(judge(230, 180, some).reason).not.toContain('not testable here');
  });
});

describe('the cost of isolation', () => {
  const judge = (...cells: readonly (readonly [number, number, number])[]) =>
    judgeIsolation(
      madeUpRows(
        cells.flatMap(([frameSizeBytes, process, bare]) => [
          netvm({ frameSizeBytes, cycles: process }),
          netvm({ frameSizeBytes, cycles: 1, isolation: 'inline' }),
          { dataplane: 'forwarder', nfs: 0, mpps: 10, frameSizeBytes, cycles: bare },
        ]),
        0,
      ),
    );

  test('a cell that was disturbed decides nothing, though its trials are valid', () => {
    const one = (frameSizeBytes: number, verdict: 'valid' | 'disturbed') => [
      netvm({ frameSizeBytes, cycles: 180 }),
      { dataplane: 'forwarder', nfs: 0, mpps: 10, frameSizeBytes, cycles: 70, verdict },
    ];
    expect(judgeIsolation(madeUpRows(one(64, 'disturbed'), 0))).toMatchObject({
      verdict: untestable,
      reason: 'No pair of one NF and a bare forwarder has a valid figure: disturbed.',
    });
    expect(judgeIsolation(madeUpRows(one(64, 'valid'), 0)).verdict).toBe('not reproduced');
    const both = [...one(64, 'valid'), ...one(1518, 'disturbed')];
    expect(judgeIsolation(madeUpRows(both, 0))).toMatchObject({
      verdict: untestable,
      reason: expect.stringContaining('That is 1 of 2 frame sizes') as string,
    });
  });

  test('trials in which the device was idle are named as that', () => {
    const cells = [
      netvm({ cycles: 180, busyRatio: 0.3 }),
      { dataplane: 'forwarder', nfs: 0, mpps: 10, cycles: 70 },
    ];
    expect(judgeIsolation(madeUpRows(cells, 0)).reason).toContain(
      'six trials each in which the device was kept',
    );
  });

  test('reproduced where an NF leaves as much as is published at every size', () => {
    expect(judge([64, 102, 100], [1518, 201, 200]).verdict).toBe('reproduced');
  });

  test('not reproduced where it leaves less at every size', () => {
    expect(judge([64, 180, 70], [1518, 280, 200]).verdict).toBe('not reproduced');
  });

  test('not testable where it depends on the size, which is not known', () => {
    expect(judge([64, 180, 70], [1518, 201, 200]).verdict).toBe(untestable);
    expect(judge().verdict).toBe(untestable);
  });
});
