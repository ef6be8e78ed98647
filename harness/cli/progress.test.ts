import { expect, test } from 'vitest';
import { createProgress } from './progress.ts';

function recorded(isTty: boolean) {
  const clock = { ms: 0 };
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const progress = createProgress({ isTty, columns: () => 60, write, nowMs: () => clock.ms });
  return { clock, written, progress };
}

test('on a terminal one line is updated, within its width, and cleared at the end', () => {
  const { clock, written, progress } = recorded(true);
  progress.step(0, 4, 'netvm');
  clock.ms = 60_000;
  progress.step(1, 4, 'vhost-user');
  progress.detail('x'.repeat(200));
  progress.finish();
  expect(written[1]).toBe('\r\x1b[2K[1/4] vhost-user (1:00, about 3:00 to go)');
  expect(written[2]).toHaveLength('\r\x1b[2K'.length + 59);
  expect(written.at(-1)).toBe('\r\x1b[2K');
  expect(written.join('')).not.toContain('\n');
});

test('elsewhere there are plain lines, and details only now and then', () => {
  const { clock, written, progress } = recorded(false);
  progress.step(0, 2, 'netvm');
  progress.detail('too soon');
  clock.ms = 6000;
  progress.detail('trial 3');
  progress.step(1, 2, 'vhost-user');
  progress.finish();
  expect(written).toEqual([
    'netvm: [0/2] netvm (0:00)\n',
    'netvm:   trial 3\n',
    'netvm: [1/2] vhost-user (0:06, about 0:06 to go)\n',
  ]);
});
