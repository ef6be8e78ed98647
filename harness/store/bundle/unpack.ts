import { closeSync, constants, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { createHash } from 'node:crypto';
import { Parser, type ReadEntry } from 'tar';
import { limits } from './limits.ts';
import { bundlePath } from './manifest.ts';
import { gzipLevel } from './pack.ts';

/** What came out of a bundle. */
export interface Unpacked {
  /** The one directory that everything is below; null where nothing came. */
  readonly name: string | null;
  /** Below that directory; all of them whole. */
  readonly files: readonly string[];
  /** Why nothing more came; null where all did. One sentence. */
  readonly broken: string | null;
}

/** What is not as a bundle has it. */
class Refused extends Error {}

/**
 * Unpacks a bundle of anybody into an empty directory: plain files alone, below one directory, by plain names, none twice, of bounded sizes. Whatever is otherwise ends it, with what was whole until then.
 * Nothing is written anywhere else, and no link is made. Throws where it is aborted.
 */
export async function unpack(file: string, into: string, signal?: AbortSignal): Promise<Unpacked> {
  const { size } = await stat(file);
  const target = new Target(into, limits.unpackedBytesMax(size));
  const again = createGzip({ level: gzipLevel });
  const gzipped = sumOf(again);
  const packed = createHash('sha256');
  const gunzip = createGunzip();
  try {
    if (size > limits.bundleBytesMax)
      throw new Refused(`has ${size} bytes; expected at most ${limits.bundleBytesMax}`);
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        packed.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(createReadStream(file), hashing, gunzip, target.bounded(again), target.parser(), {
      signal,
    });
    again.end();
    const { bytes, sha256 } = await gzipped;
    // Bits that no content depends on. Another zlib compresses to another length: then they are not known.
    if (gunzip.bytesWritten !== size)
      throw new Refused(`has ${size - gunzip.bytesWritten} bytes after its end`);
    if (bytes === size && sha256 !== packed.digest('hex'))
      throw new Refused('was changed: its compressed bytes are not those of its contents');
    return { name: target.name, files: target.whole, broken: target.files === 0 ? 'holds no file' : null };
  } catch (error) {
    signal?.throwIfAborted();
    return { name: target.name, files: target.whole, broken: reasonOf(error) };
  } finally {
    again.destroy();
    target.close();
  }
}

async function sumOf(stream: AsyncIterable<unknown>): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      hash.update(chunk as Buffer);
    }
  } catch {
    // Given up, with the bundle.
    bytes = -1;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function reasonOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return 'is truncated: its compressed data end too early';
  if (code?.startsWith('Z_') === true) return `is damaged or no gzipped tar: ${message}`;
  return `is damaged or no gzipped tar: ${message}`;
}

/** Where the files go. */
class Target {
  name: string | null = null;
  files = 0;
  readonly whole: string[] = [];
  readonly #into: string;
  readonly #bytesMax: number;
  readonly #seen = new Set<string>();
  #bytes = 0;
  #open: number | null = null;

  constructor(into: string, bytesMax: number) {
    this.#into = into;
    this.#bytesMax = bytesMax;
  }

  /** Lets through what is not too much, and gives it to `again`, too. */
  bounded(again: Writable): Transform {
    let bytes = 0;
    const bytesMax = this.#bytesMax;
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (bytes > bytesMax) done(new Refused(`unpacks to more than ${bytesMax} bytes`));
        else if (again.write(chunk)) done(null, chunk);
        else again.once('drain', () => done(null, chunk));
      },
    });
  }

  /** Ends with an error at the first entry that is not as it should be. */
  parser(): Writable {
    const parser = new Parser({ strict: true, maxMetaEntrySize: 8192 });
    let failure: Error | null = null;
    const refuse = (error: unknown) => {
      failure ??= error as Error;
    };
    parser.on('entry', (entry: ReadEntry) => {
      if (failure === null) {
        try {
          this.#take(entry, refuse);
          return;
        } catch (error) {
          refuse(error);
        }
      }
      entry.resume();
    });
    parser.on('ignoredEntry', (entry: ReadEntry) => {
      refuse(new Refused(`has an entry ${shown(entry.path)} of type ${entry.type}; expected plain files`));
    });
    parser.on('error', refuse);
    const settle = (done: (error?: Error | null) => void) => done(failure);
    let isOver = false;
    parser.on('eof', () => {
      isOver = true;
    });
    return new Writable({
      write(chunk: Buffer, _encoding, done) {
        try {
          // Blocks are filled up with zeros, which the parser would keep.
          if (!isOver) parser.write(chunk);
          else if (!chunk.equals(Buffer.alloc(chunk.length))) throw new Refused('has data after its end');
        } catch (error) {
          refuse(error);
        }
        settle(done);
      },
      final(done) {
        // A parser that has given up says that it has, or nothing.
        let isSettled = false;
        const end = () => {
          if (!isSettled) settle(done);
          isSettled = true;
        };
        parser.once('end', end);
        parser.once('error', end);
        try {
          parser.end();
        } catch (error) {
          refuse(error);
        }
        if (failure !== null) end();
      },
    });
  }

  #take(entry: ReadEntry, refuse: (error: unknown) => void): void {
    const { path, type } = entry;
    if (type !== 'File' && type !== 'OldFile')
      throw new Refused(`has an entry ${shown(path)} of type ${type}; expected plain files`);
    if (++this.files > limits.entriesMax) throw new Refused(`has more than ${limits.entriesMax} files`);
    const below = this.#placeOf(path);
    const file = join(this.#into, this.name ?? '', below);
    mkdirSync(dirname(file), { recursive: true });
    const handle = openSync(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    this.#open = handle;
    entry.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#bytesMax) refuse(new Refused(`unpacks to more than ${this.#bytesMax} bytes`));
      else writeSync(handle, chunk);
    });
    entry.on('end', () => {
      this.close();
      this.whole.push(below);
    });
  }

  #placeOf(path: string): string {
    const slash = path.indexOf('/');
    if (slash < 1 || path.length > limits.pathLengthMax || !bundlePath.safeParse(path).success)
      throw new Refused(`has a file named ${shown(path)}; expected plain names below one directory`);
    const name = path.slice(0, slash);
    if (this.name !== null && this.name !== name)
      throw new Refused(`has a file named ${shown(path)} outside of its directory ${shown(this.name)}`);
    // As it would be on a system that takes no notice of case.
    const key = path.toLowerCase();
    if (this.#seen.has(key)) throw new Refused(`has the file ${shown(path)} twice`);
    this.#seen.add(key);
    this.name = name;
    return path.slice(slash + 1);
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open);
    this.#open = null;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
