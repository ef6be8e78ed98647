import { buildGuest } from '../guest/build.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import type { Context } from './context.ts';

/** Makes what virtual machines are started from; a second time it finds it made. */
export async function guest(
  context: Context,
  action: string,
  options: { readonly json?: true },
): Promise<ExitCode> {
  if (action !== 'build') throw new UserError(exitCode.badInput, `guest ${action}: expected guest build`);
  const { root, signal, progress } = context;
  context.written.add(`${root}/.netvm`);
  const { image, manifest, isNew } = await buildGuest({ root, signal, progress });
  progress.finish();
  if (options.json) context.print(JSON.stringify({ ...image, isNew, manifest }, null, 2));
  else {
    const { package: name, version } = manifest.inputs.kernel;
    const mib = (manifest.bytesBesideKernel / 2 ** 20).toFixed(1);
    context.print(
      `guest image ${image.hash.slice(0, 16)} ${isNew ? 'made' : 'is there already'}: ${name} ${version}, ${mib} MiB beside the kernel\n${image.kernel}\n${image.initrd}`,
    );
  }
  return exitCode.done;
}
