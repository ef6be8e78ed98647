import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../store/checksums.ts';
import type { Manifest } from '../../store/bundle/manifest.ts';
import type { ArchiveProblem } from '../../store/verify.ts';
import { archiveCommit, hasCommit, withTemporary } from './source.ts';

export interface Checked {
  readonly problems: readonly ArchiveProblem[];
  readonly notes: readonly string[];
}

const file = 'source/source.tar';
const patch = 'source/changes.patch';

/** Whether a bundle's source is there as its manifest says, is of the run's commit, and, where this checkout has that commit, is what git archives of it. */
export async function checkSource(root: string, top: string, manifest: Manifest): Promise<Checked> {
  const { source, run } = manifest;
  const problems: ArchiveProblem[] = [];
  if (source.state === 'complete-with-changes' && !(await isThere(join(top, patch))))
    problems.push({
      file: patch,
      problem: 'is missing, and the manifest says that the source comes with it',
    });
  if (!(await isThere(join(top, file)))) {
    if (source.state !== 'missing')
      problems.push({ file, problem: 'is missing, and the manifest says that the source is complete' });
    return { problems, notes: [] };
  }
  const commit = await commitOfTar(join(top, file));
  if (commit === null || commit !== run.commit) {
    const problem = `is of commit ${commit ?? 'unknown'}; the run is of ${run.commit ?? 'unknown'}`;
    return { problems: [...problems, { file, problem }], notes: [] };
  }
  if (!(await hasCommit(root, commit)))
    return {
      problems,
      notes: [`${file}: its contents were not checked: commit ${commit} is not in this checkout`],
    };
  const isSame = await withTemporary(async (dir) => {
    await archiveCommit(root, commit, join(dir, 'source.tar'));
    return (await sha256(join(dir, 'source.tar'))) === (await sha256(join(top, file)));
  });
  if (!isSame) problems.push({ file, problem: `is not what git archives of commit ${commit}` });
  return { problems, notes: [] };
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

/** git writes the commit as the comment of the tar's first header. */
async function commitOfTar(tar: string): Promise<string | null> {
  const handle = await open(tar, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const isGlobal = bytesRead === 1024 && buffer.toString('latin1', 156, 157) === 'g';
    return isGlobal
      ? (/^\d+ comment=([0-9a-f]{40}|[0-9a-f]{64})\n/.exec(buffer.toString('latin1', 512))?.[1] ?? null)
      : null;
  } finally {
    await handle.close();
  }
}
