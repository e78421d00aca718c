// What a regular expression says, after parsing: sequences, alternatives, sets, repetitions, assertions.
import type { CodePointSet } from './code-point-set.ts';

/** Positions without width. */
export type AssertionKind =
  | 'text-start'
  | 'text-end'
  | 'text-end-or-last-break'
  | 'line-start'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary'
  | 'search-start';

/** One part of a regular expression. */
export type RegexNode =
  | { readonly type: 'set'; readonly set: CodePointSet }
  | { readonly type: 'sequence'; readonly nodes: readonly RegexNode[] }
  | { readonly type: 'alternatives'; readonly nodes: readonly RegexNode[] }
  | {
      readonly type: 'repeat';
      readonly node: RegexNode;
      readonly min: number;
      /** `Infinity` for no limit. */
      readonly max: number;
      readonly greed: 'greedy' | 'lazy' | 'possessive';
    }
  | { readonly type: 'atomic'; readonly node: RegexNode }
  | { readonly type: 'look'; readonly node: RegexNode; readonly behind: boolean; readonly negative: boolean }
  | { readonly type: 'assertion'; readonly kind: AssertionKind };
