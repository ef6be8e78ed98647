import { expect, test } from 'vitest';
import { lz4PayloadOf } from './kernel.ts';

/** A bzImage with so many sectors of setup, and a payload behind them. */
function bzImage(setupSectors: number, payload: Buffer, offset = 64): Buffer {
  const start = ((setupSectors || 4) + 1) * 512;
  const image = Buffer.alloc(start + offset + payload.length + 32);
  image.writeUInt8(setupSectors, 0x1f1);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt32LE(offset, 0x248);
  image.writeUInt32LE(payload.length, 0x24c);
  payload.copy(image, start + offset);
  return image;
}

const lz4 = Buffer.from('02214c18aabbccdd00100000', 'hex');

test.each([1, 39, 0])(
  'the packed kernel is found behind %i sectors of setup, without its size',
  (sectors) => {
    expect(lz4PayloadOf(bzImage(sectors, lz4))).toEqual(lz4.subarray(0, 8));
  },
);

test('what is packed in another way, cut short, or no kernel has none', () => {
  expect(lz4PayloadOf(bzImage(1, Buffer.from('fd377a585a00aabbccdd', 'hex')))).toBeNull();
  const whole = bzImage(1, lz4);
  expect(lz4PayloadOf(whole.subarray(0, 1024 + 64 + 6))).toBeNull();
  expect(lz4PayloadOf(Buffer.alloc(4096))).toBeNull();
  expect(lz4PayloadOf(Buffer.alloc(10))).toBeNull();
});
