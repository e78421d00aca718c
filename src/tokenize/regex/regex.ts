// Regular expressions of tokenizer files, matched by backtracking with a stack of its own: the rules are those of Oniguruma
// and of Rust's fancy-regex, which JavaScript's RegExp does not have (Unicode version, possessive and atomic groups, (?i:…)
// in Node 20, \s, $). Work is bounded: a pattern that backtracks for ever ends in an error, as it does in Oniguruma.
// It deliberately captures nothing. Known patterns do not come here: they have scanners (../pre-tokenizer).
import { InputError } from '../../errors.ts';
import { parseRegex } from './parse-regex.ts';
import type { ParseRegexOptions } from './pattern-cursor.ts';
import { compileProgram, OP, type Program } from './program.ts';

/** A compiled regular expression. */
export interface Regex {
  /**
   * All matches, in order, without overlap: `[start0, end0, start1, end1, …]`. An empty match right behind a match does not count.
   *
   * @throws InputError when matching takes more than 10,000,000 steps and 1,000 for every unit of the text
   */
  findAll(text: string): number[];
}

/** Steps of matching that a text may take: these, and {@link STEPS_PER_UNIT}. Oniguruma allows as many for one match. */
const FREE_STEPS = 10_000_000;
const STEPS_PER_UNIT = 1000;
/** Numbers on the stack: 64 MB. */
const MAX_STACK = 2 ** 24;

/** Kinds of what the stack holds, four numbers each: kind, and what follows. */
const CHOICE = 0; // program counter, position
const GIVE_BACK = 1; // program counter, position, least position
const TAKE_MORE = 2; // program counter of the instruction, position, how many more
const UNDO = 3; // register, value
const LOOK_BACK = 4; // program counter, position, how many more characters back

/**
 * Compiles a regular expression.
 *
 * @throws FormatError naming a construct that cannot be done exactly, and its place
 */
export function compileRegex(pattern: string, options: ParseRegexOptions): Regex {
  const program = compileProgram(parseRegex(pattern, options), options);
  return {
    findAll(text) {
      const matcher = createMatcher(program, text, () => {
        const limit = FREE_STEPS + STEPS_PER_UNIT * text.length;
        throw new InputError(
          `${options.what}: the pattern ${pattern} takes more than ${limit} steps on a text of ${text.length} UTF-16 units`,
          { hint: 'The pattern backtracks without end on such text: encode shorter parts, or change the pattern.' },
        );
      });
      const matches: number[] = [];
      let lastEnd = -1;
      for (let from = 0; from <= text.length; ) {
        const start = matcher.search(from);
        if (start < 0) break;
        const { end } = matcher;
        if (end === start && end === lastEnd) {
          from += lengthAt(text, from);
          continue;
        }
        matches.push(start, end);
        from = end;
        lastEnd = end;
      }
      return matches;
    },
  };
}

interface Matcher {
  /** Start of the first match at `from` or behind, -1 when there is none. */
  search(from: number): number;
  /** End of the match that was found last. */
  readonly end: number;
}

function createMatcher(program: Program, text: string, exhausted: () => never): Matcher {
  const { code, sets, first, isWord } = program;
  const registers = new Int32Array(program.registerCount);
  let stack = new Int32Array(1024);
  let top = 0;
  let steps = FREE_STEPS + STEPS_PER_UNIT * text.length;
  let matchEnd = 0;

  function push(kind: number, a: number, b: number, c: number): void {
    if (top + 4 > stack.length) {
      if (stack.length >= MAX_STACK) exhausted();
      const larger = new Int32Array(2 * stack.length);
      larger.set(stack);
      stack = larger;
    }
    stack[top] = kind;
    stack[top + 1] = a;
    stack[top + 2] = b;
    stack[top + 3] = c;
    top += 4;
  }

  function search(from: number): number {
    for (let start = from; start <= text.length; start += lengthAt(text, start)) {
      if (--steps < 0) exhausted();
      if (first !== undefined && (start === text.length || !first(codePointOf(text, start)))) continue;
      if (run(start, from)) return start;
    }
    return -1;
  }

  // Throws away the choices since the stack was `height` high; what must be undone stays.
  function cut(height: number): void {
    let kept = height;
    for (let frame = height; frame < top; frame += 4) {
      if (stack[frame] !== UNDO) continue;
      stack.copyWithin(kept, frame, frame + 4);
      kept += 4;
    }
    top = kept;
  }

  function isWordAt(position: number): boolean {
    return position >= 0 && position < text.length && isWord(codePointOf(text, position));
  }

  function holds(kind: number, position: number, searchStart: number): boolean {
    switch (kind) {
      case 0: // text-start
        return position === 0;
      case 1: // text-end
        return position === text.length;
      case 2: // text-end-or-last-break
        return position === text.length || (position === text.length - 1 && text[position] === '\n');
      case 3: // line-start: not behind a break that ends the text
        return position === 0 || (text[position - 1] === '\n' && position < text.length);
      case 4: // line-end
        return position === text.length || text[position] === '\n';
      case 5: // word-boundary
        return isWordAt(before(text, position)) !== isWordAt(position);
      case 6: // no-word-boundary
        return isWordAt(before(text, position)) === isWordAt(position);
      default: // search-start
        return position === searchStart;
    }
  }

  function run(start: number, searchStart: number): boolean {
    const { length } = text;
    let position = start;
    let at = 0;
    top = 0;
    for (;;) {
      if (--steps < 0) exhausted();
      let failed = false;
      switch (code[at]) {
        case OP.set:
          if (position < length && sets[code[at + 1]!]!(codePointOf(text, position))) {
            position += lengthAt(text, position);
            at += 2;
          } else failed = true;
          break;
        case OP.repeatGreedy:
        case OP.repeatPossessive: {
          const set = sets[code[at + 1]!]!;
          const min = code[at + 2]!;
          const max = code[at + 3]!;
          let least = position;
          let count = 0;
          while (count < max && position < length && set(codePointOf(text, position))) {
            position += lengthAt(text, position);
            count++;
            if (count === min) least = position;
          }
          steps -= count;
          if (count < min) {
            failed = true;
            break;
          }
          const isGreedy = code[at] === OP.repeatGreedy;
          at += 4;
          if (isGreedy && position > least) push(GIVE_BACK, at, position, least);
          break;
        }
        case OP.repeatLazy: {
          const set = sets[code[at + 1]!]!;
          const min = code[at + 2]!;
          let count = 0;
          while (count < min && position < length && set(codePointOf(text, position))) {
            position += lengthAt(text, position);
            count++;
          }
          steps -= count;
          if (count < min) failed = true;
          else {
            push(TAKE_MORE, at, position, code[at + 3]! - min);
            at += 4;
          }
          break;
        }
        case OP.tryNext:
          push(CHOICE, code[at + 1]!, position, 0);
          at += 2;
          break;
        case OP.tryTarget:
          push(CHOICE, at + 2, position, 0);
          at = code[at + 1]!;
          break;
        case OP.jump:
          at = code[at + 1]!;
          break;
        case OP.assert:
          if (holds(code[at + 1]!, position, searchStart)) at += 2;
          else failed = true;
          break;
        case OP.markStack:
          registers[code[at + 1]!] = top;
          at += 2;
          break;
        case OP.cutStack:
          cut(registers[code[at + 1]!]!);
          at += 2;
          break;
        case OP.savePosition:
          push(UNDO, code[at + 1]!, registers[code[at + 1]!]!, 0);
          registers[code[at + 1]!] = position;
          at += 2;
          break;
        case OP.restorePosition:
          position = registers[code[at + 1]!]!;
          at += 2;
          break;
        case OP.requirePosition:
          if (position === registers[code[at + 1]!]) at += 2;
          else failed = true;
          break;
        case OP.leaveIfStill:
          at = position === registers[code[at + 1]!] ? code[at + 2]! : at + 3;
          break;
        case OP.goBack: {
          let back = position;
          let isThere = true;
          for (let i = 0; i < code[at + 1]!; i++) {
            if (back === 0) isThere = false;
            else back = before(text, back);
          }
          if (!isThere) {
            failed = true;
            break;
          }
          const more = code[at + 2]! - code[at + 1]!;
          at += 3;
          position = back;
          if (more > 0) push(LOOK_BACK, at, position, more);
          break;
        }
        case OP.match:
          matchEnd = position;
          return true;
        default: // OP.fail
          failed = true;
      }
      while (failed) {
        if (top === 0) return false;
        if (--steps < 0) exhausted();
        top -= 4;
        const a = stack[top + 1]!;
        const b = stack[top + 2]!;
        const c = stack[top + 3]!;
        switch (stack[top]) {
          case CHOICE:
            at = a;
            position = b;
            failed = false;
            break;
          case GIVE_BACK:
            position = before(text, b);
            if (position > c) push(GIVE_BACK, a, position, c);
            at = a;
            failed = false;
            break;
          case TAKE_MORE:
            if (c > 0 && b < length && sets[code[a + 1]!]!(codePointOf(text, b))) {
              position = b + lengthAt(text, b);
              push(TAKE_MORE, a, position, c - 1);
              at = a + 4;
              failed = false;
            }
            break;
          case UNDO:
            registers[a] = b;
            break;
          default: // LOOK_BACK
            if (b > 0) {
              position = before(text, b);
              if (c > 1) push(LOOK_BACK, a, position, c - 1);
              at = a;
              failed = false;
            }
        }
      }
    }
  }

  return {
    search,
    get end() {
      return matchEnd;
    },
  };
}

// A surrogate without its partner counts as U+FFFD, as it does for every engine that reads UTF-8.
function codePointOf(text: string, position: number): number {
  const unit = text.charCodeAt(position);
  if ((unit & 0xf800) !== 0xd800) return unit;
  const codePoint = text.codePointAt(position)!;
  return codePoint > 0xffff ? codePoint : 0xfffd;
}

function lengthAt(text: string, position: number): number {
  const unit = text.charCodeAt(position);
  if ((unit & 0xfc00) !== 0xd800 || position + 1 >= text.length) return 1;
  return (text.charCodeAt(position + 1) & 0xfc00) === 0xdc00 ? 2 : 1;
}

/** Position of the character before. */
function before(text: string, position: number): number {
  return position - (position > 1 && lengthAt(text, position - 2) === 2 ? 2 : 1);
}
