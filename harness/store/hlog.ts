import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from '../stats/hdr.ts';

/** Ours have at most 20 kB; a bigger one is nobody's that we know. */
const fileBytesMax = 256 * 1024;
/** Of a histogram of 25,600 counts, with much to spare. */
const inflatedBytesMax = 1024 * 1024;
/** Version 2 of the encoding, without the bits that say how wide a word is. */
const cookieV2 = 0x1c849303;
const compressedCookieV2 = 0x1c849304;

/**
 * The histogram of an archive's HDR log: `hlog` as a latency summary names it. Null where there is none that can be read: a report then
 * says that it does not know. Nothing outside `latency/` is opened, no link is followed, and what unpacks to more than a histogram is refused.
 */
export async function readHistogram(dir: string, hlog: string): Promise<Histogram | null> {
  if (!/^latency\/[A-Za-z0-9][\w.-]*\.hlog$/.test(hlog)) return null;
  const text = await readBounded(join(dir, hlog));
  if (text === null) return null;
  const line = text.split('\n').find((one) => /^(Tag=[^,]*,)?[0-9.]+,/.test(one));
  const encoded = line?.split(',').at(-1)?.trim() ?? '';
  try {
    return isSound(encoded) ? decodeFromCompressedBase64(encoded, 64) : null;
  } catch {
    // Torn or edited; the archive's own check names the file.
    return null;
  }
}

async function readBounded(file: string): Promise<string | null> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size } = await handle.stat();
    return size > fileBytesMax ? null : await handle.readFile('utf8');
  } catch {
    return null;
  } finally {
    await handle?.close();
  }
}

/** The header says how much memory the counts take, and a few bytes can unpack to gigabytes. */
function isSound(encoded: string): boolean {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < 8 || cookieOf(bytes) !== compressedCookieV2) return false;
  const inflated = inflateSync(bytes.subarray(8), { maxOutputLength: inflatedBytesMax });
  if (inflated.length < 40 || cookieOf(inflated) !== cookieV2) return false;
  const digits = inflated.readUInt32BE(12);
  const highest = inflated.readBigUInt64BE(24);
  return digits <= 3 && highest <= 10n ** 13n;
}

function cookieOf(bytes: Buffer): number {
  return (bytes.readUInt32BE(0) & ~0xf0) >>> 0;
}
