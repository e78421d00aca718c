// Unicode's normalization forms as tokenizers 0.23.2 has them: Unicode 9.0.0, with its alignments. Text comes from the
// runtime's normalize(), kept away from characters that are newer (core/unicode/combining-classes.ts); alignments come from
// the algorithm itself (UAX #15), run only where something may change.
import { categoriesNamed, categoryOf } from '../../core/unicode/categories.ts';
import { combiningClass, isNewerThanNormalization } from '../../core/unicode/combining-classes.ts';
import { type AlignedText, AlignedTextWriter, alignText, characterLength } from '../text/aligned-text.ts';
import type { NormalizerStage } from './stage.ts';

/** Name of a normalization form. */
type UnicodeFormName = 'nfc' | 'nfd' | 'nfkc' | 'nfkd';

/** What is known of a character. */
const UNSEEN = 0;
const INERT = 1;
const MAY_CHANGE = 2;
const NEWER = 3;

const CODE_POINT_LIMIT = 0x110000;
const PAGE_BITS = 8;
const PAGE_SIZE = 1 << PAGE_BITS;

/** The runtime may sort a run of marks by insertion, in quadratic time; a longer run than this goes the other way. */
const MANY_MARKS = 256;

/** A decomposed character, and how many characters it adds to the text: as NormalizedString's transform counts them. */
interface Part {
  codePoint: number;
  change: number;
  readonly combining: number;
}

/** Builds a normalization form. */
export function createUnicodeForm(name: UnicodeFormName): NormalizerStage {
  const form = name.toUpperCase();
  const decomposition = name.endsWith('c') ? form.replace('C', 'D') : form;
  const composes = name.endsWith('c');
  const marks = new Set(categoriesNamed('M'));
  const pages: (Uint8Array | undefined)[] = new Array(CODE_POINT_LIMIT >> PAGE_BITS);

  function kindOf(codePoint: number): number {
    pages[codePoint >> PAGE_BITS] ??= new Uint8Array(PAGE_SIZE);
    const page = pages[codePoint >> PAGE_BITS]!;
    const place = codePoint & (PAGE_SIZE - 1);
    if (page[place] === UNSEEN) page[place] = findKind(codePoint);
    return page[place]!;
  }

  // Marks have combining classes or compose with what stands before them, and so do the vowels and finals of Hangul.
  function findKind(codePoint: number): number {
    if (isNewerThanNormalization(codePoint)) return NEWER;
    if (marks.has(categoryOf(codePoint)) || (codePoint >= 0x1160 && codePoint <= 0x11ff)) return MAY_CHANGE;
    const text = String.fromCodePoint(codePoint);
    return text.normalize(form) === text ? INERT : MAY_CHANGE;
  }

  function isIdentity(units: Uint16Array, start: number, end: number): boolean {
    for (let position = start; position < end; position++) {
      const unit = units[position]!;
      const kind = pages[unit >> PAGE_BITS]?.[unit & (PAGE_SIZE - 1)];
      if (kind === INERT) continue;
      let codePoint = unit;
      if ((unit & 0xfc00) === 0xd800 && position + 1 < end && (units[position + 1]! & 0xfc00) === 0xdc00) {
        position++;
        codePoint = 0x10000 + ((unit & 0x3ff) << 10) + (units[position]! & 0x3ff);
      }
      if (kindOf(codePoint) === MAY_CHANGE) return false;
    }
    return true;
  }

  /** Position of the first character that the form may change, alone or with others; the text's length when there is none. */
  function inertEnd(text: string, from: number): number {
    for (let position = from; position < text.length; ) {
      const unit = text.charCodeAt(position);
      const kind = pages[unit >> PAGE_BITS]?.[unit & (PAGE_SIZE - 1)] ?? UNSEEN;
      if (kind === INERT) {
        position++;
        continue;
      }
      const codePoint = text.codePointAt(position)!;
      if (kindOf(codePoint) === MAY_CHANGE) return position;
      position += codePoint > 0xffff ? 2 : 1;
    }
    return text.length;
  }

  function normalize(text: string): string {
    if (inertEnd(text, 0) === text.length) return text;
    let output = '';
    let start = 0;
    let marksInRun = 0;
    for (let position = 0; position < text.length; ) {
      const next = position + characterLength(text, position);
      const codePoint = text.codePointAt(position)!;
      const kind = kindOf(codePoint);
      if (kind === NEWER) {
        output += text.slice(start, position).normalize(form) + text.slice(position, next);
        start = next;
      }
      marksInRun = kind === MAY_CHANGE && combiningClass(codePoint) > 0 ? marksInRun + 1 : 0;
      if (marksInRun > MANY_MARKS) return normalizeAligned(alignText(text)).text;
      position = next;
    }
    return output + text.slice(start).normalize(form);
  }

  function normalizeAligned(aligned: AlignedText): AlignedText {
    const { text } = aligned;
    const writer = new AlignedTextWriter(aligned);
    let done = 0;
    for (;;) {
      let start = inertEnd(text, done);
      if (start === text.length) break;
      // The character before may compose with what follows.
      if (start > done) start -= start - done > 1 && characterLength(text, start - 2) === 2 ? 2 : 1;
      let end = start + characterLength(text, start);
      while (end < text.length && mayChangeAt(text, end)) end += characterLength(text, end);
      writer.copy(done, start);
      writeParts(writer, text, start, compose(decompose(text, start, end)));
      done = end;
    }
    writer.copy(done, text.length);
    return writer.finish();
  }

  function mayChangeAt(text: string, position: number): boolean {
    return kindOf(text.codePointAt(position)!) === MAY_CHANGE;
  }

  // Full decomposition, marks in canonical order. The first character of a decomposition replaces, the others are added.
  function decompose(text: string, start: number, end: number): Part[] {
    const parts: Part[] = [];
    let marksStart = 0;
    const order = (): void => {
      if (parts.length - marksStart > 1) {
        const sorted = parts.slice(marksStart).sort((a, b) => a.combining - b.combining);
        for (let i = 0; i < sorted.length; i++) parts[marksStart + i] = sorted[i]!;
      }
    };
    for (let position = start; position < end; ) {
      const length = characterLength(text, position);
      const character = text.slice(position, position + length);
      const isNewer = kindOf(character.codePointAt(0)!) === NEWER;
      let change = 0;
      for (const decomposed of isNewer ? character : character.normalize(decomposition)) {
        const codePoint = decomposed.codePointAt(0)!;
        const combining = combiningClass(codePoint);
        if (combining === 0) order();
        parts.push({ codePoint, change, combining });
        if (combining === 0) marksStart = parts.length;
        change = 1;
      }
      position += length;
    }
    order();
    return parts;
  }

  // Canonical composition. A composed character replaces its first part and takes away its other parts.
  function compose(parts: Part[]): Part[] {
    if (!composes) return parts;
    const output: Part[] = [];
    let starter: Part | undefined;
    let lastClass = -1;
    for (const part of parts) {
      if (starter !== undefined && lastClass < part.combining) {
        const composed: number = composePair(starter.codePoint, part.codePoint);
        if (composed >= 0) {
          starter.codePoint = composed;
          starter.change += part.change - 1;
          continue;
        }
      }
      output.push(part);
      if (part.combining === 0) {
        starter = part;
        lastClass = -1;
      } else lastClass = part.combining;
    }
    return output;
  }

  function composePair(first: number, second: number): number {
    if (kindOf(first) === NEWER || kindOf(second) === NEWER) return -1;
    const pair = String.fromCodePoint(first, second);
    const composed = pair.normalize('NFC');
    const codePoint = composed.codePointAt(0)!;
    return composed.length === (codePoint > 0xffff ? 2 : 1) ? codePoint : -1;
  }

  return { isIdentity, normalize, normalizeAligned };
}

// Aligns as NormalizedString's transform does: a character that replaces has the range of the next one of the text, one
// that is added the range of the one before.
function writeParts(writer: AlignedTextWriter, text: string, start: number, parts: readonly Part[]): void {
  let position = start;
  for (const { codePoint, change } of parts) {
    writer.write(String.fromCodePoint(codePoint), change > 0 ? position - 1 : position);
    for (let consumed = change; consumed <= 0; consumed++) position += characterLength(text, position);
  }
}
