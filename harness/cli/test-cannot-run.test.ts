import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { requireAllVariable } from '../model/cannot-run.ts';
import { readCannotRun } from './test-cannot-run.ts';
import { skippedForAReason } from './test-meson.ts';
import { required, summary } from './test.ts';

test('what cannot run here is read from its file, and is nothing where there is none', () => {
  const dir = mkdtempSync(join(tmpdir(), 'netvm-cannot-run-'));
  const file = join(dir, 'cannot-run.jsonl');
  expect(readCannotRun(file)).toEqual([]);
  writeFileSync(file, '{"test":"a guest","reason":"no /dev/kvm"}\n');
  expect(readCannotRun(file)).toEqual([{ test: 'a guest', reason: 'no /dev/kvm' }]);
  writeFileSync(file, '{"test":"a guest","reason":""}\n');
  expect(() => readCannotRun(file)).toThrow();
  rmSync(dir, { recursive: true });
});

test('a native test that is skipped says why, or is a hole', () => {
  const skipped = { name: 'microvm', result: 'SKIP' };
  expect(skippedForAReason({ ...skipped, stdout: 'x\ncannot run here: no guest does\n' })).toEqual([
    { test: 'microvm', reason: 'no guest does' },
  ]);
  expect(skippedForAReason({ ...skipped, stdout: 'skipped' })).toEqual([]);
  expect(skippedForAReason({ ...skipped, result: 'FAIL', stdout: 'cannot run here: x' })).toEqual([]);
});

test('where a machine is to have everything, what cannot run has failed, and is still named', () => {
  const cannotRun = [{ test: 'on KVM', reason: 'no /dev/kvm' }];
  const result = { name: 'vitest integration', passed: 3, failed: 1, cannotRun };
  expect(required(result, false)).toEqual(result);
  expect(required(result, true)).toEqual({ ...result, failed: 2 });
  vi.stubEnv(requireAllVariable, '1');
  expect(required(result).failed).toBe(2);
  vi.stubEnv(requireAllVariable, '0');
  expect(required(result).failed).toBe(1);
  vi.unstubAllEnvs();
  expect(summary([required(result, true)])).toContain('  cannot run here: on KVM: no /dev/kvm');
});

test('the summary names each of them, and counts it neither way', () => {
  const cannotRun = [{ test: 'on KVM', reason: 'no /dev/kvm' }];
  const lines = summary([{ name: 'vitest integration', passed: 3, failed: 0, cannotRun }]).split('\n');
  expect(lines).toContain('vitest integration: 3 passed, 0 failed, 1 cannot run here');
  expect(lines).toContain('  cannot run here: on KVM: no /dev/kvm');
  expect(lines.at(-1)).toBe('3 passed, 0 failed');
});
