import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from '../stats/hdr.ts';

/** Ours have at most 20 kB; a bigger one is nobody's that we know. */
const fileBytesMax = 256 * 1024;
/** Of a histogram of 25,600 counts, with much to spare. */
const inflatedBytesMax = 1024 * 1024;
/** Version 2 of the encoding, without the bits that say how wide a word is. */
const cookieV2 = 0x1c849303;
const compressedCookieV2 = 0x1c849304;
/** Cookie and length, before what zlib made. */
const headerBytes = 8;

/**
 * The histogram of an archive's HDR log: `hlog` as a latency summary names it. Null where there is none that can be read: a report then
 * says that it does not know. Nothing outside `latency/` is opened, no link is followed, and what unpacks to more than a histogram is refused.
 */
export async function readHistogram(dir: string, hlog: string): Promise<Histogram | null> {
  if (!/^latency\/[A-Za-z0-9][\w.-]*\.hlog$/.test(hlog)) return null;
  const text = await readBounded(join(dir, hlog));
  if (text === null) return null;
  const line = text.split('\n').find((one) => /^(Tag=[^,]*,)?[0-9.]+,/.test(one));
  return decodeHistogram(line?.split(',').at(-1)?.trim() ?? '');
}

/**
 * One histogram out of HdrHistogram's compressed form, base64; null where it is torn, edited, or claims more than a histogram of ours can be. Whoever reads logs of anybody
 * decodes them with this alone.
 */
export function decodeHistogram(encoded: string): Histogram | null {
  try {
    const inflated = soundBytes(encoded);
    return inflated === null ? null : decodeFromCompressedBase64(packed(inflated), 64);
  } catch {
    // Whatever is wrong in it: the library throws errors of many kinds. The archive's own check names the file.
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

/** The header says how much memory the counts take and how long they are read for, and a few bytes can unpack to gigabytes. */
function soundBytes(encoded: string): Buffer | null {
  if (encoded.length > fileBytesMax) return null;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < headerBytes || cookieOf(bytes) !== compressedCookieV2) return null;
  const inflated = inflateSync(bytes.subarray(headerBytes), { maxOutputLength: inflatedBytesMax });
  if (inflated.length < 40 || cookieOf(inflated) !== cookieV2) return null;
  const payloadBytes = inflated.readUInt32BE(4);
  const digits = inflated.readUInt32BE(12);
  const highest = inflated.readBigUInt64BE(24);
  return payloadBytes <= inflated.length - 40 && digits <= 3 && highest <= 10n ** 13n ? inflated : null;
}

/** What was looked at and nothing else: the library would also unpack what comes after the first stream. */
function packed(inflated: Buffer): string {
  const body = deflateSync(inflated, { level: 1 });
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(compressedCookieV2 | 0x10, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]).toString('base64');
}

function cookieOf(bytes: Buffer): number {
  return (bytes.readUInt32BE(0) & ~0xf0) >>> 0;
}
