import { writeAtomically } from '../store/atomic.ts';
import type { Report } from './html.ts';
import { reportMarkdown } from './markdown.ts';

/** Writes the summary; the file is replaced as a whole. */
export async function writeMarkdown(report: Report, file: string): Promise<void> {
  await writeAtomically(file, reportMarkdown(report));
}
