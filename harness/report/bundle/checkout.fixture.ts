import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRepository, type TestRepository } from '../../testbed/repository.fixture.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A small checkout with what a bundle takes from one. */
export function createCheckout(dir: string): TestRepository & { readonly head: string } {
  const repository = createRepository(dir);
  const specs = readdirSync(join(root, 'reports')).filter((file) => file.endsWith('.vl.json'));
  const files = [
    'LICENSE',
    'package.json',
    'package-lock.json',
    'docs/run.schema.json',
    'docs/bundle.schema.json',
    'testbeds/local.yaml',
    ...specs.map((spec) => `reports/${spec}`),
  ];
  const texts = Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const head = repository.commit('A checkout', {
    ...texts,
    '.gitignore': 'ignored\n',
    'a.txt': 'as it was\n',
  });
  return { ...repository, head };
}
