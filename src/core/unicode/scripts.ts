// Unicode scripts as SentencePiece sees them: Unicode 9.0.0, and whatever that version does not list is Common.
// Training cuts pieces where the script changes, so this must not follow the Unicode version of the runtime.
// It deliberately knows nothing of Script_Extensions, and applies none of the trainer's own rules (Hiragana and
// Katakana counted as Han, for instance). Data and its derivation: script-table.ts.
import { OptionError } from '../../errors.ts';
import { SCRIPT_NAMES, SCRIPT_RUNS } from './script-table.ts';

const BMP_SIZE = 0x10000;
const CODE_POINT_LIMIT = 0x110000;

const names: readonly string[] = SCRIPT_NAMES.trim().split(/\s+/);

/** Ids of the scripts that the trainer and the merger name; {@link scriptId} gives any other. */
export const SCRIPT = {
  bopomofo: names.indexOf('Bopomofo'),
  common: names.indexOf('Common'),
  cyrillic: names.indexOf('Cyrillic'),
  greek: names.indexOf('Greek'),
  han: names.indexOf('Han'),
  hangul: names.indexOf('Hangul'),
  hiragana: names.indexOf('Hiragana'),
  inherited: names.indexOf('Inherited'),
  katakana: names.indexOf('Katakana'),
  latin: names.indexOf('Latin'),
} as const;

const HAN = SCRIPT.han;
const COMMON = SCRIPT.common;
const INHERITED = SCRIPT.inherited;

interface ScriptRanges {
  /** Script id of each code point below U+10000. */
  readonly bmpScripts: Uint8Array;
  /** First code point of each run from U+10000 on, ascending, `[runs]`. */
  readonly runStarts: Uint32Array;
  /** Script id of each run, `[runs]`. */
  readonly runScripts: Uint8Array;
}

// Decoded on first use: importing the library must stay free for those who never ask for a script.
let ranges: ScriptRanges | undefined;

/**
 * Script id of a code point, in [0, {@link scriptCount}). Unlisted code points, surrogates and numbers that are no
 * code point are {@link SCRIPT}.common.
 *
 * @example
 * ```ts
 * scriptOf(0x4e2d) === SCRIPT.han; // true: 中
 * scriptName(scriptOf(0x3042)); // 'Hiragana'
 * ```
 */
export function scriptOf(codePoint: number): number {
  ranges ??= decodeRanges();
  if (codePoint < BMP_SIZE) return ranges.bmpScripts[codePoint] ?? COMMON;
  if (!(codePoint < CODE_POINT_LIMIT)) return COMMON;
  const { runStarts, runScripts } = ranges;
  let low = 0;
  let high = runStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runStarts[middle]! <= codePoint) low = middle;
    else high = middle - 1;
  }
  return runScripts[low]!;
}

/** True for a code point of script Han (in Unicode 9.0.0: extensions F and later are Common). */
export function isHan(codePoint: number): boolean {
  return scriptOf(codePoint) === HAN;
}

/** Number of scripts; ids are below it. */
export const scriptCount: number = names.length;

/** Unicode's name of a script id, such as `Han` or `Old_Italic`; `Common` for a number that is no id. */
export function scriptName(id: number): string {
  return names[id] ?? 'Common';
}

/** Id of a script by Unicode's name in any case, with `_`, `-` or a space between words; `undefined` if unknown. */
export function scriptId(name: string): number | undefined {
  const wanted = fold(name);
  const id = names.findIndex((candidate) => fold(candidate) === wanted);
  return id < 0 ? undefined : id;
}

/**
 * Ids of scripts that a user names.
 *
 * @throws OptionError for a name that is unknown
 */
export function scriptIdsOf(names: readonly string[]): number[] {
  return names.map((name) => {
    const id = scriptId(name);
    if (id !== undefined) return id;
    throw new OptionError(`scripts: ${JSON.stringify(name)} is not a Unicode script`, {
      hint: 'Use Unicode script names, such as Han, Hiragana, Katakana, Latin.',
    });
  });
}

/**
 * Adds the characters of a text to the counts of their scripts, `[scriptCount]`. Common and Inherited characters (spaces, digits,
 * marks) go with any script and are not counted.
 */
export function countScripts(text: string, counts: Float64Array, weight = 1): void {
  for (let i = 0; i < text.length; i++) {
    const codePoint = text.codePointAt(i)!;
    if (codePoint > 0xffff) i++;
    const script = scriptOf(codePoint);
    if (script !== COMMON && script !== INHERITED) counts[script]! += weight;
  }
}

function fold(name: string): string {
  return name.trim().toLowerCase().replace(/[-\s]/g, '_');
}

function decodeRanges(): ScriptRanges {
  const bmpScripts = new Uint8Array(BMP_SIZE);
  const runStarts: number[] = [];
  const runScripts: number[] = [];
  let start = 0;
  for (const [, digits, first, second] of SCRIPT_RUNS.matchAll(/([0-9a-z]*)([A-Z])([A-Z])/g)) {
    const script = 26 * (first!.charCodeAt(0) - 65) + second!.charCodeAt(0) - 65;
    const end = start + (digits === '' ? 1 : Number.parseInt(digits!, 36));
    if (start < BMP_SIZE) bmpScripts.fill(script, start, Math.min(end, BMP_SIZE));
    if (end > BMP_SIZE) {
      runStarts.push(Math.max(start, BMP_SIZE));
      runScripts.push(script);
    }
    start = end;
  }
  return { bmpScripts, runStarts: Uint32Array.from(runStarts), runScripts: Uint8Array.from(runScripts) };
}
