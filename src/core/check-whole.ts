// The check of an option that is a whole number, with its range in the message.
import { OptionError } from '../errors.ts';

/** @throws OptionError unless `value` is a whole number from `least` to `most`, both included */
export function checkWhole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new OptionError(`${name}: ${String(value)} is not a whole number ${range}`);
}
