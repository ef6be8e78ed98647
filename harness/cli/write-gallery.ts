/** `npm run gallery [-- RUN]`: writes reports/gallery from its archive after a change of the report, or from a part of another run. */
import { writeFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { galleryFiles, galleryNames, trimIntoGallery } from '../report/gallery.ts';

const dir = join(import.meta.dirname, '../../reports/gallery');
const [runDir] = process.argv.slice(2);
if (runDir !== undefined) await trimIntoGallery(resolve(runDir), dir);
const files = await galleryFiles(dir);
for (const name of await galleryNames(dir)) if (!files.has(name)) rmSync(join(dir, name));
for (const [name, content] of files) writeFileSync(join(dir, name), content);
