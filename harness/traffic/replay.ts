import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import type { Replay, Traffic } from '../model/traffic.ts';

/** What netvm-gen finds in a capture. */
const factsSchema = z.object({
  packets: z.int().positive(),
  /** Packets with room for a sequence number and a time. */
  tagged: z.int().nonnegative(),
  meanFrameBytes: z.number().positive(),
});
export type ReplayFacts = z.output<typeof factsSchema>;

const inspectTimeoutMs = 60_000;

/**
 * Reads a profile's capture before anything is started. Throws UserError where the generator would refuse it (file, record,
 * offset and why), or where the profile's frame size is not the mean of its frames.
 */
export async function checkReplay(
  native: string,
  profile: { readonly traffic?: Traffic; readonly frameSizesBytes: readonly number[] },
): Promise<void> {
  const replay = profile.traffic?.replay;
  if (!replay) return;
  const { packets, tagged, meanFrameBytes } = await inspectReplay(native, replay);
  const mean = Math.ceil(meanFrameBytes);
  const [size] = profile.frameSizesBytes;
  if (size !== mean) {
    throw new UserError(
      exitCode.badInput,
      `${replay.file}: its ${packets} frames have ${mean} bytes on average, and frameSizesBytes says ${size}, which the wire's rate would be counted with; write frameSizesBytes: [${mean}]`,
    );
  }
  if (replay.tag && tagged === 0) {
    throw new UserError(
      exitCode.badInput,
      `${replay.file}: none of its ${packets} frames has room for a sequence number at the end of its payload; replay it with tag: false`,
    );
  }
}

/** Runs `netvm-gen --inspect`. */
export function inspectReplay(native: string, { file, rate, tag }: Replay): Promise<ReplayFacts> {
  const args = ['--inspect', file, ...(rate === 'recorded' ? ['--recorded'] : []), ...(tag ? ['--tag'] : [])];
  return new Promise((resolve, reject) => {
    execFile(join(native, 'netvm-gen'), args, { timeout: inspectTimeoutMs }, (error, stdout, stderr) => {
      if (error === null) resolve(factsSchema.parse(JSON.parse(stdout)));
      else if (error.code === exitCode.badInput) reject(new UserError(exitCode.badInput, stderr.trim()));
      else reject(new Error(`netvm-gen --inspect ${file}: ${error.message}`, { cause: error }));
    });
  });
}
