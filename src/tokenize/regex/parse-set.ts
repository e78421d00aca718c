// Parses the parts of a regular expression that stand for one character out of a set: brackets, escapes such as \p{L}, and
// single characters, which are a set where case does not matter. It refuses properties other than general categories and East
// Asian scripts, and letters beyond ASCII without regard to case. Syntax: as for parse-regex.ts.
import { categoryOf } from '../../core/unicode/categories.ts';
import {
  type CodePointSet,
  complementOf,
  digitSet,
  hexDigitSet,
  intersectionOf,
  rustWordSet,
  setOf,
  setOfCategory,
  setOfPosixBracket,
  setOfScript,
  spaceSet,
  unionOf,
  wordSet,
} from './code-point-set.ts';
import type { Modes, PatternCursor } from './pattern-cursor.ts';

const LAST_CODE_POINT = 0x10ffff;
const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
  a: 0x07,
  e: 0x1b,
};

/** Parses sets at the place of a cursor. */
export interface SetParser {
  /** The set in brackets; the place is behind the opening one. */
  parseBrackets(modes: Modes): CodePointSet;
  /**
   * An escape that stands for one character out of a set, in brackets or outside; the place is behind the backslash.
   *
   * @param start place of the backslash, for messages
   */
  parseSetEscape(modes: Modes, start: number): CodePointSet;
  /** A character that stands for itself. */
  literalSet(codePoint: number, modes: Modes): CodePointSet;
  /** Refuses a construct where case does not matter. */
  checkNoCase(modes: Modes, construct: string, start: number): void;
}

/** Creates the parser. */
export function createSetParser(cursor: PatternCursor): SetParser {
  const { signs, isOniguruma, looksAt, take } = cursor;
  const refuse: PatternCursor['refuse'] = cursor.refuse;

  /** An escape that stands for one character out of a set, in brackets or outside; the place is behind the backslash. */
  function parseSetEscape(modes: Modes, start: number): CodePointSet {
    const sign = signs[cursor.at]!;
    const negated = (set: CodePointSet, isNegated: boolean): CodePointSet => (isNegated ? complementOf(set) : set);
    const isUpper = sign !== sign.toLowerCase();
    switch (sign.toLowerCase()) {
      case 's':
        cursor.at++;
        return negated(spaceSet(), isUpper);
      case 'd':
        cursor.at++;
        return negated(digitSet(), isUpper);
      case 'h':
        cursor.at++;
        return negated(hexDigitSet(), isUpper);
      case 'w':
        cursor.at++;
        checkNoCase(modes, `\\${sign}`, start);
        return negated(isOniguruma ? wordSet() : rustWordSet(), isUpper);
      case 'p':
        cursor.at++;
        return parseProperty(modes, isUpper, start);
    }
    const codePoint = parseCodePointEscape(start);
    return literalSet(codePoint, modes);
  }

  function parseProperty(modes: Modes, isNegated: boolean, start: number): CodePointSet {
    let name: string;
    if (take('{')) {
      const end = signs.indexOf('}', cursor.at);
      if (end < 0) refuse('a property that is not closed', start);
      name = signs.slice(cursor.at, end).join('');
      cursor.at = end + 1;
    } else if (isOniguruma) return refuse('\\p without braces', start);
    else name = signs[cursor.at++] ?? '';
    const isOutside = name.startsWith('^');
    const plain = isOutside ? name.slice(1) : name;
    const set =
      setOfCategory(plain) ??
      setOfScript(plain) ??
      setOfCategory(LONG_NAMES[plain.replaceAll(/[ _-]/g, '').toLowerCase()] ?? '');
    if (set === undefined) return refuse(`the property \\p{${name}}`, start);
    checkNoCase(modes, `\\p{${name}}`, start);
    return isNegated !== isOutside ? complementOf(set) : set;
  }

  function checkNoCase(modes: Modes, construct: string, start: number): void {
    if (modes.ignoreCase) refuse(`${construct} without regard to case`, start);
  }

  /** The code point of an escape such as `\n`, `\x41` or `\.`; the place is behind the backslash. */
  function parseCodePointEscape(start: number): number {
    const sign = signs[cursor.at++]!;
    const simple = SIMPLE_ESCAPES[sign];
    if (simple !== undefined && (isOniguruma || sign !== 'e')) return simple;
    const hex = (digits: RegExp): number => {
      const text = digits.exec(signs.slice(cursor.at, cursor.at + 12).join(''))?.[0];
      if (text === undefined) refuse(`\\${sign}`, start);
      cursor.at += text.length;
      const codePoint = Number.parseInt(text.replaceAll(/[{}]/g, ''), 16);
      if (codePoint > LAST_CODE_POINT || (codePoint >= 0xd800 && codePoint < 0xe000)) refuse(`\\${sign}${text}`, start);
      return codePoint;
    };
    if (sign === 'x') {
      const isBraced = signs[cursor.at] === '{';
      const codePoint = hex(isBraced ? /^\{[0-9a-fA-F]{1,8}\}/ : isOniguruma ? /^[0-9a-fA-F]{1,2}/ : /^[0-9a-fA-F]{2}/);
      if (isOniguruma && !isBraced && codePoint > 0x7f) refuse('a byte above 7F', start);
      return codePoint;
    }
    if (sign === 'u') return hex(isOniguruma || signs[cursor.at] !== '{' ? /^[0-9a-fA-F]{4}/ : /^\{[0-9a-fA-F]{1,8}\}/);
    // Signs that are no letter and no digit stand for themselves; whatever else has a meaning that is not done here.
    if (/^[0-9a-zA-Z]$/.test(sign)) refuse(`\\${sign}`, start);
    return sign.codePointAt(0)!;
  }

  function literalSet(codePoint: number, modes: Modes): CodePointSet {
    return rangeSet(codePoint, codePoint, modes);
  }

  function rangeSet(first: number, last: number, modes: Modes): CodePointSet {
    const range = setOf([[first, last]]);
    if (!modes.ignoreCase) return range;
    const others: [number, number][] = [];
    for (let codePoint = first; codePoint <= last; codePoint++) {
      if (codePoint < 0x80) {
        const sign = String.fromCharCode(codePoint);
        for (const other of [sign.toLowerCase(), sign.toUpperCase()]) {
          others.push([other.charCodeAt(0), other.charCodeAt(0)]);
        }
        // The two letters beyond ASCII that fold to one of ASCII.
        if (sign.toLowerCase() === 's') others.push([0x17f, 0x17f]);
        if (sign.toLowerCase() === 'k') others.push([0x212a, 0x212a]);
      } else if (hasCase(codePoint)) {
        refuse(`"${String.fromCodePoint(codePoint)}" without regard to case`);
      }
    }
    return unionOf([range, setOf(others)]);
  }

  function parseBrackets(modes: Modes): CodePointSet {
    const start = cursor.at - 1;
    cursor.enter();
    const isNegated = take('^');
    const parts: CodePointSet[] = [];
    let whole: CodePointSet | undefined;
    let isFirst = true;
    const intersect = (): void => {
      const part = unionOf(parts.splice(0));
      whole = whole === undefined ? part : intersectionOf(whole, part);
    };
    for (;;) {
      if (cursor.at >= signs.length) refuse('a bracket that is not closed', start);
      if (signs[cursor.at] === ']' && !isFirst) {
        cursor.at++;
        break;
      }
      isFirst = false;
      if (take('&&')) {
        intersect();
        continue;
      }
      if (looksAt('[:') && /^\[:\^?[a-z]+:\]/.test(signs.slice(cursor.at, cursor.at + 12).join(''))) {
        parts.push(parsePosix(modes));
        continue;
      }
      if (take('[')) {
        parts.push(parseBrackets(modes));
        continue;
      }
      if (!isOniguruma && (looksAt('--') || looksAt('~~')))
        refuse(`"${signs[cursor.at]}${signs[cursor.at]}" in brackets`);
      parts.push(parseBracketItem(modes));
    }
    intersect();
    cursor.leave();
    return isNegated ? complementOf(whole!) : whole!;
  }

  function parsePosix(modes: Modes): CodePointSet {
    const start = cursor.at;
    cursor.at += 2;
    const isNegated = take('^');
    const end = signs.indexOf(':', cursor.at);
    const name = signs.slice(cursor.at, end).join('');
    cursor.at = end + 2;
    // Rust's are ASCII only.
    const set = isOniguruma ? setOfPosixBracket(name) : undefined;
    if (set === undefined) return refuse(`[:${name}:]`, start);
    if (name === 'word') checkNoCase(modes, '[:word:]', start);
    return isNegated ? complementOf(set) : set;
  }

  /** A character, a range or an escape in brackets. */
  function parseBracketItem(modes: Modes): CodePointSet {
    const start = cursor.at;
    const first = parseBracketEnd(modes);
    const hasRange = signs[cursor.at] === '-' && signs[cursor.at + 1] !== ']' && signs[cursor.at + 1] !== undefined;
    if (!hasRange) return typeof first === 'number' ? literalSet(first, modes) : first;
    if (typeof first !== 'number' || looksAt('-[') || looksAt('-&&')) refuse('"-" behind a set', start);
    cursor.at++;
    const last = parseBracketEnd(modes);
    if (typeof last !== 'number') return refuse('a range that ends in a set', start);
    if (last < first) refuse('a range from high to low', start);
    return rangeSet(first, last, modes);
  }

  /** One end of a range as its code point, or a set. */
  function parseBracketEnd(modes: Modes): number | CodePointSet {
    const start = cursor.at;
    const sign = signs[cursor.at++]!;
    if (sign !== '\\') return sign.codePointAt(0)!;
    const escaped = signs[cursor.at];
    if (escaped === undefined) refuse('a backslash at the end', start);
    if (escaped === 'b' && isOniguruma) {
      cursor.at++;
      return 0x08;
    }
    if ('sSdDhHwWpP'.includes(escaped)) return parseSetEscape(modes, start);
    return parseCodePointEscape(start);
  }

  return { parseBrackets, parseSetEscape, literalSet, checkNoCase };
}

function hasCase(codePoint: number): boolean {
  const text = String.fromCodePoint(codePoint);
  const isLetterWithCase = [1, 2, 3].includes(categoryOf(codePoint));
  return isLetterWithCase || codePoint === 0x345 || text.toLowerCase() !== text || text.toUpperCase() !== text;
}

/** The long names of general categories that people write, without spaces and in small letters. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  letter: 'L',
  uppercaseletter: 'Lu',
  lowercaseletter: 'Ll',
  titlecaseletter: 'Lt',
  modifierletter: 'Lm',
  otherletter: 'Lo',
  mark: 'M',
  number: 'N',
  decimalnumber: 'Nd',
  punctuation: 'P',
  symbol: 'S',
  separator: 'Z',
};
