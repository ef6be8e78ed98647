import { exitCode, UserError } from '../model/errors.ts';

/** A share from 0.1% to 100%, as an option says it. Throws UserError (exit 2). */
export function shareOption(name: string, text: string): number {
  const match = /^([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%$/.exec(text);
  const share = match === null ? Number.NaN : Number((Number(match[1]) * 0.01).toPrecision(12));
  if (share >= 0.001 && share <= 1) return share;
  throw new UserError(
    exitCode.badInput,
    `--${name}: expected a share from 0.1% to 100%, such as 2%, got ${JSON.stringify(text)}`,
  );
}

/** A whole number. Throws UserError (exit 2). */
export function wholeOption(name: string, text: string, min: number, max: number): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UserError(
    exitCode.badInput,
    `--${name}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`,
  );
}
