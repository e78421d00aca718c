// Compiles a parsed regular expression into instructions for the matcher in regex.ts. Each instruction is its number and its
// operands, one number each:
//   set S · repeat* S min max · tryNext T (this way first, then T) · tryTarget T (T first) · jump T · assert KIND ·
//   markStack R · cutStack R · savePosition R · restorePosition R · requirePosition R · leaveIfStill R T ·
//   goBack min max (characters) · match · fail
import { FormatError } from '../../errors.ts';
import { type CodePointSet, onigurumaWordSet, rustWordSet, type SetTest, testOf, unionOf } from './code-point-set.ts';
import type { ParseRegexOptions } from './pattern-cursor.ts';
import type { AssertionKind, RegexNode } from './syntax-tree.ts';

/** Numbers of the instructions. */
export const OP = {
  fail: 0,
  match: 1,
  set: 2,
  repeatGreedy: 3,
  repeatLazy: 4,
  repeatPossessive: 5,
  tryNext: 6,
  tryTarget: 7,
  jump: 8,
  assert: 9,
  markStack: 10,
  cutStack: 11,
  savePosition: 12,
  restorePosition: 13,
  requirePosition: 14,
  leaveIfStill: 15,
  goBack: 16,
} as const;

/** Assertions by their operand. */
const ASSERTIONS: readonly AssertionKind[] = [
  'text-start',
  'text-end',
  'text-end-or-last-break',
  'line-start',
  'line-end',
  'word-boundary',
  'no-word-boundary',
  'search-start',
];

/** Numbers in a program: what repeated groups written out may take. */
const MAX_PROGRAM = 100_000;
/** What `Infinity` is as an operand. */
const NO_LIMIT = 0x7fffffff;

/** A regular expression, ready to be matched. */
export interface Program {
  readonly code: Int32Array;
  readonly sets: readonly SetTest[];
  readonly registerCount: number;
  /** Tests whether a character can begin a match; `undefined` when a match can be empty or is hard to tell. */
  readonly first: SetTest | undefined;
  /** What `\b` takes for a character of a word. */
  readonly isWord: SetTest;
}

/**
 * Compiles a parsed regular expression.
 *
 * @throws FormatError when it is too large
 */
export function compileProgram(root: RegexNode, { what, syntax }: ParseRegexOptions): Program {
  const code: number[] = [];
  const sets: CodePointSet[] = [];
  let registerCount = 0;

  function emit(...numbers: number[]): number {
    const place = code.length;
    if (place + numbers.length > MAX_PROGRAM) {
      throw new FormatError(
        `${what}: the pattern is too large: its repetitions take more than ${MAX_PROGRAM} instructions`,
        {
          hint: 'Write smaller numbers in {n,m}.',
        },
      );
    }
    code.push(...numbers);
    return place;
  }

  function setNumber(set: CodePointSet): number {
    const known = sets.findIndex((other) => JSON.stringify(other) === JSON.stringify(set));
    return known >= 0 ? known : sets.push(set) - 1;
  }

  function compile(node: RegexNode): void {
    switch (node.type) {
      case 'set':
        emit(OP.set, setNumber(node.set));
        return;
      case 'sequence':
        for (const part of node.nodes) compile(part);
        return;
      case 'alternatives':
        compileAlternatives(node.nodes);
        return;
      case 'repeat':
        compileRepeat(node);
        return;
      case 'atomic':
        compileAtomic(() => compile(node.node));
        return;
      case 'look':
        compileLook(node);
        return;
      case 'assertion':
        emit(OP.assert, ASSERTIONS.indexOf(node.kind));
    }
  }

  function compileAlternatives(nodes: readonly RegexNode[]): void {
    const jumps: number[] = [];
    nodes.forEach((node, i) => {
      if (i === nodes.length - 1) {
        compile(node);
        return;
      }
      const choice = emit(OP.tryNext, 0);
      compile(node);
      jumps.push(emit(OP.jump, 0));
      code[choice + 1] = code.length;
    });
    for (const jump of jumps) code[jump + 1] = code.length;
  }

  function compileAtomic(inside: () => void): void {
    const register = registerCount++;
    emit(OP.markStack, register);
    inside();
    emit(OP.cutStack, register);
  }

  function compileRepeat(node: RegexNode & { readonly type: 'repeat' }): void {
    const { min, max, greed } = node;
    if (node.node.type === 'set') {
      const op = { greedy: OP.repeatGreedy, lazy: OP.repeatLazy, possessive: OP.repeatPossessive }[greed];
      emit(op, setNumber(node.node.set), min, Math.min(max, NO_LIMIT));
      return;
    }
    if (greed === 'possessive') {
      compileAtomic(() => compileRepeat({ ...node, greed: 'greedy' }));
      return;
    }
    for (let i = 0; i < min; i++) compile(node.node);
    const choose = greed === 'greedy' ? OP.tryNext : OP.tryTarget;
    if (max === Number.POSITIVE_INFINITY) {
      // A round that takes nothing is the last one.
      const register = registerCount++;
      const round = emit(choose, 0);
      emit(OP.savePosition, register);
      compile(node.node);
      const leave = emit(OP.leaveIfStill, register, 0);
      emit(OP.jump, round);
      code[round + 1] = code.length;
      code[leave + 2] = code.length;
      return;
    }
    const choices: number[] = [];
    for (let i = min; i < max; i++) {
      choices.push(emit(choose, 0));
      compile(node.node);
    }
    for (const choice of choices) code[choice + 1] = code.length;
  }

  function compileLook({ node, behind, negative }: RegexNode & { readonly type: 'look' }): void {
    const stack = registerCount++;
    const position = registerCount++;
    emit(OP.markStack, stack);
    const otherwise = negative ? emit(OP.tryNext, 0) : -1;
    emit(OP.savePosition, position);
    if (behind) {
      const { min, max } = widthOf(node);
      emit(OP.goBack, min, Math.min(max, NO_LIMIT));
    }
    compile(node);
    if (behind) emit(OP.requirePosition, position);
    emit(OP.cutStack, stack);
    if (negative) {
      emit(OP.fail);
      code[otherwise + 1] = code.length;
    } else emit(OP.restorePosition, position);
  }

  compile(root);
  emit(OP.match);
  const first = firstSetOf(root);
  return {
    code: Int32Array.from(code),
    sets: sets.map(testOf),
    registerCount,
    first: first && testOf(first),
    isWord: testOf(syntax === 'oniguruma' ? onigurumaWordSet() : rustWordSet()),
  };
}

/** Fewest and most characters that a node takes. */
function widthOf(node: RegexNode): { readonly min: number; readonly max: number } {
  switch (node.type) {
    case 'set':
      return { min: 1, max: 1 };
    case 'sequence': {
      const widths = node.nodes.map(widthOf);
      return { min: widths.reduce((sum, { min }) => sum + min, 0), max: widths.reduce((sum, { max }) => sum + max, 0) };
    }
    case 'alternatives': {
      const widths = node.nodes.map(widthOf);
      return { min: Math.min(...widths.map(({ min }) => min)), max: Math.max(...widths.map(({ max }) => max)) };
    }
    case 'repeat': {
      const { min, max } = widthOf(node.node);
      return { min: min * node.min, max: max === 0 || node.max === 0 ? 0 : max * node.max };
    }
    case 'atomic':
      return widthOf(node.node);
    default:
      return { min: 0, max: 0 };
  }
}

/** The characters that a match can begin with; `undefined` when it can be empty. */
function firstSetOf(node: RegexNode): CodePointSet | undefined {
  switch (node.type) {
    case 'set':
      return node.set;
    case 'sequence': {
      const sets: CodePointSet[] = [];
      for (const part of node.nodes) {
        if (part.type === 'assertion' || part.type === 'look') continue;
        const isOptional = widthOf(part).min === 0;
        const set = isOptional && part.type === 'repeat' ? firstSetOf(part.node) : firstSetOf(part);
        if (set === undefined) return undefined;
        sets.push(set);
        if (!isOptional) return unionOf(sets);
      }
      return undefined;
    }
    case 'alternatives': {
      const sets = node.nodes.map(firstSetOf);
      return sets.every((set) => set !== undefined) ? unionOf(sets) : undefined;
    }
    case 'repeat':
      return node.min === 0 ? undefined : firstSetOf(node.node);
    case 'atomic':
      return firstSetOf(node.node);
    default:
      return undefined;
  }
}
