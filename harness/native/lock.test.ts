import { expect, test } from 'vitest';
import { withLock } from './lock.ts';

const places = {
  'a short path': '/a',
  'a path longer than the name of a socket': `/${'long/'.repeat(60)}journal`,
};

test.each(Object.entries(places))(
  '%s is locked for one at a time, and for no other path',
  async (name, file) => {
    const place = `${file} ${process.pid} ${name}`;
    const events: string[] = [];
    const other = await withLock(place, async () => {
      const waiting = withLock(place, async () => events.push('second'));
      await withLock(`${place}2`, async () => events.push('another'));
      await expect(withLock(place, async () => {}, 'busy', 0)).rejects.toMatchObject({
        code: 3,
        message: 'busy',
      });
      events.push('first');
      return { waiting };
    });
    await other.waiting;
    expect(events).toEqual(['another', 'first', 'second']);
  },
);
