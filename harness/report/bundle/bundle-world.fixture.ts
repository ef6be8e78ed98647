import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { vi } from 'vitest';
import { manifestSchema, type Manifest } from '../../store/bundle/manifest.ts';
import { pack } from '../../store/bundle/pack.ts';
import { writeChecksums } from '../../store/checksums.ts';
import { writeSoundArchive } from '../../store/sound.fixture.ts';
import { writeBundle } from './bundle.ts';
import { createCheckout } from './checkout.fixture.ts';
import { verifyBundle, type Verification } from './verify.ts';

export const bundleName = 'sound-fixture-bundle';

/** A checkout, a run of it, and its bundle. */
export interface BundleWorld {
  readonly base: string;
  /** Where everything temporary of ours goes: nothing may be left there. */
  readonly scratch: string;
  readonly checkout: ReturnType<typeof createCheckout>;
  readonly run: string;
  readonly whole: string;
  /** Removes all of it. */
  remove(): void;
}

export async function createBundleWorld(): Promise<BundleWorld> {
  const base = mkdtempSync(join(tmpdir(), 'netvm-bundle-test-'));
  const scratch = join(base, 'scratch');
  mkdirSync(scratch);
  vi.stubEnv('TMPDIR', scratch);
  const checkout = createCheckout(join(base, 'checkout'));
  const run = join(base, 'run');
  const packageLockSha256 = sumOf(join(checkout.root, 'package-lock.json'));
  await writeSoundArchive(run, { facts: { gitCommit: checkout.head, packageLockSha256 } });
  const whole = join(base, 'whole.tar.gz');
  await writeBundle(checkout.root, run, whole);
  const remove = () => {
    vi.unstubAllEnvs();
    rmSync(base, { recursive: true, force: true });
  };
  return { base, scratch, checkout, run, whole, remove };
}

export function verifyIn(
  { checkout }: BundleWorld,
  file: string,
  expected: string | null = null,
): Promise<Verification> {
  return verifyBundle(checkout.root, file, 'B', expected);
}

export function manifestOf({ whole }: BundleWorld): Manifest {
  const text = execFileSync('tar', ['-xzOf', whole, `${bundleName}/MANIFEST.json`], { encoding: 'utf8' });
  return manifestSchema.parse(JSON.parse(text));
}

/** Unpacks, changes, mends the sums that are asked for, packs again, and verifies that. */
export async function verifyEdited(
  world: BundleWorld,
  change: (dir: string) => void,
  mend: readonly ('run' | 'bundle')[] = [],
): Promise<Verification> {
  const parent = mkdtempSync(join(world.base, 'edited-'));
  execFileSync('tar', ['-xzf', world.whole, '-C', parent]);
  const dir = join(parent, bundleName);
  change(dir);
  if (mend.includes('run')) await writeChecksums(join(dir, 'run'));
  if (mend.includes('bundle')) mendBundle(dir);
  const file = join(parent, 'b.tar.gz');
  await pack(parent, bundleName, file);
  return verifyIn(world, file);
}

function mendBundle(dir: string): void {
  const manifest = JSON.parse(readFileSync(join(dir, 'MANIFEST.json'), 'utf8')) as {
    files: { path: string; bytes: number; sha256: string }[];
  };
  manifest.files = manifest.files.filter(({ path }) => existsSync(join(dir, path)));
  for (const file of manifest.files) {
    const path = join(dir, file.path);
    Object.assign(file, { bytes: statSync(path).size, sha256: sumOf(path) });
  }
  writeFileSync(join(dir, 'MANIFEST.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const files = ['MANIFEST.json', ...manifest.files.map(({ path }) => path)];
  writeFileSync(
    join(dir, 'SHA256SUMS'),
    files.map((file) => `${sumOf(join(dir, file))}  ${file}\n`).join(''),
  );
}

export function sumOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Fails where the file has nothing such to change. */
export const replace = (file: string, from: string | RegExp, to: string) => (dir: string) => {
  const text = readFileSync(join(dir, file), 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to change in ${file}`);
  writeFileSync(join(dir, file), changed);
};

export interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'Directory' | 'FIFO';
  readonly linkpath?: string;
  readonly text?: string;
}

/** A tar with just these entries, as no tar of ours would be. */
export function hostileTar({ base }: BundleWorld, entries: readonly Entry[]): string {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath = '', text = '' }) => {
    const size = Buffer.byteLength(text);
    const header = new Header({ path, type, linkpath, size, mode: 0o644, mtime: new Date(0) });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    const body = Buffer.alloc(Math.ceil(size / 512) * 512);
    body.write(text);
    return [block, body];
  });
  const file = join(mkdtempSync(join(base, 'hostile-')), 'b.tar.gz');
  writeFileSync(file, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
  return file;
}
