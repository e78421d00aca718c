// Compares what an example gives with what its comment says.
import { inspect } from 'node:util';

const TYPED_ARRAY = /\b(?:Uint8|Uint16|Uint32|Int32|Float32|Float64)Array(?:\(\d+\))?/g;
/** Where a value can end and a remark begin: `35: the sentence of the paper`. */
const REMARK = /(?=[:,(])|$/g;

/**
 * Compares a value with a comment, which says what Node prints for it, or for a string also the text itself. White space does
 * not matter, `…` stands for anything, typed arrays may be shown as arrays, and a remark may follow.
 *
 * @param run gives the value; what it throws is compared as `Name: message`
 * @throws Error where the comment says something else
 */
export async function check(run: () => unknown, comment: string): Promise<void> {
  const value = await outcomeOf(run, /^[A-Z]\w*Error: /.test(comment));
  const shown = [inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 1000, depth: 8 })];
  if (typeof value === 'string' && !/^['"`]/.test(comment)) shown.push(value);
  if (!shown.some((text) => says(comment, text))) throw new Error(`the comment says ${comment}, it is ${shown[0]}`);
}

function says(comment: string, shown: string): boolean {
  const found = plain(shown);
  const said = plain(comment);
  return Array.from(said.matchAll(REMARK), ({ index }) => said.slice(0, index))
    .filter((value) => value.replaceAll('…', '') !== '')
    .some((value) => new RegExp(`^${value.split('…').map(escapePattern).join('.*')}$`, 'u').test(found));
}

function plain(text: string): string {
  return text.replace(TYPED_ARRAY, '').replace(/\s+/g, '');
}

async function outcomeOf(run: () => unknown, mayThrow: boolean): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (mayThrow && error instanceof Error) return `${error.constructor.name}: ${error.message}`;
    throw error;
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
