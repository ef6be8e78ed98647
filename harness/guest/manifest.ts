import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const file = z.object({ path: z.string(), bytes: z.int(), sha256 });

/** What a guest image was made of, and what it is. Paths of inputs are of the repository, those of outputs of the image's directory. */
export const manifestSchema = z.object({
  schema: z.literal('guest/1'),
  /** Over the inputs: the same ones make the same image. */
  hash: sha256,
  inputs: z.object({
    /** Debian's package of the kernel, and its modules that the guest loads, in order. */
    kernel: z.object({ package: z.string(), version: z.string(), sha256 }),
    modules: z.array(z.string()),
    /** Programs for guests: `init`, `nf/<name>`; and `virtio/<name>`, `packet/<name>`, which the launcher hands over at a guest's start. */
    programs: z.record(z.string(), file),
  }),
  /** The kernel is the package's, unpacked (`vmlinux`), or as it is (`vmlinuz`) where it is packed in a way not known here. */
  outputs: z.array(file),
  /** Of all but the kernel. */
  bytesBesideKernel: z.int(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type FileEntry = z.infer<typeof file>;
