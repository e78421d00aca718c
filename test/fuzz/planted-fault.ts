// A reader with a fault behind five steps, for the test of the guide. Each step is code that runs only when the one before was
// right: by chance alone one case in some thousand millions comes through.
import { FormatError } from '../../src/errors.ts';

/** Reads nothing; throws what it should not for one beginning. */
export function readWithFault(bytes: Uint8Array): void {
  if (bytes[0] !== 0x56) throw new FormatError('no V');
  if (bytes[1] === 0x4d) {
    if (bytes[2] === 0xff) {
      if (bytes[3] === 0x7f) {
        if (bytes[4] === 0x80) throw new TypeError('the planted fault');
      }
    }
  }
}
