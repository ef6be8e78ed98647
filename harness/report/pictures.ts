import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../model/progress.ts';
import { silent } from '../model/progress.ts';
import { exitCode, UserError } from '../model/errors.ts';
import { writeAtomically } from '../store/atomic.ts';
import type { Figure } from './figure.ts';
import { figureSvg, svgToPng } from './standalone.ts';

export interface PictureFiles {
  readonly svg: string;
  readonly png: string;
}

/**
 * Writes each figure as `<name>.svg` and `<name>.png` into a directory, which is made where it is not there. Errors: UserError (2) where
 * that cannot be, and (3) where a PNG has no fonts.
 */
export async function writePictures(
  figures: readonly Figure[],
  dir: string,
  progress: Progress = silent,
  signal?: AbortSignal,
): Promise<PictureFiles[]> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UserError(exitCode.badInput, `${dir} cannot be made a directory for the charts (${code}).`);
  }
  const written: PictureFiles[] = [];
  for (const [index, figure] of figures.entries()) {
    signal?.throwIfAborted();
    progress.step(index, figures.length, `drawing ${figure.name}`);
    const files = { svg: join(dir, `${figure.name}.svg`), png: join(dir, `${figure.name}.png`) };
    const svg = figureSvg(figure);
    await writeAtomically(files.svg, svg);
    await writeAtomically(files.png, await svgToPng(svg));
    written.push(files);
  }
  return written;
}
