// Tokens of a passage in the form that the page shows: for the sample passages when a page is made, and for what is typed when
// it is read. Pure.
import type { TokenizerModel } from '../../core/model.ts';
import type { TokenWithOffsets } from '../../tokenize/tokenizer.ts';
import { surfaceOf, TOKEN_KIND, type TokenCounter } from '../counters/token-counter.ts';
import type { PassageTokens } from './page-data.ts';

/** Who encodes a passage. */
export interface PassageEncoder {
  /** Name of the tokenizer. */
  readonly name: string;
  readonly counter: TokenCounter;
  /** Where the tokens lie; `undefined` for engines that do not tell. */
  readonly offsets: ((text: string) => readonly TokenWithOffsets[]) | undefined;
}

/** Where tokens lie; `undefined` where they are spelled in bytes: several of them may lie in one place. */
export function passageOffsets({
  model,
  encodeWithOffsets,
}: {
  readonly model: Pick<TokenizerModel, 'units'>;
  encodeWithOffsets?(text: string): readonly TokenWithOffsets[];
}): PassageEncoder['offsets'] {
  return model.units === 'byte' ? undefined : encodeWithOffsets;
}

/** Encodes a passage. */
export function encodePassage({ name, counter, offsets }: PassageEncoder, passage: string): PassageTokens {
  const located = offsets?.(passage);
  const ids: number[] = located?.map(({ id }) => id) ?? [];
  if (located === undefined) counter.forEachId(passage, (id) => ids.push(id));
  return {
    tokenizer: name,
    ids,
    pieces: located?.map(({ piece }) => piece) ?? ids.map((id) => counter.idToPiece(id) ?? ''),
    kinds: ids.map((id) => counter.tokenKinds[id] ?? TOKEN_KIND.unknown),
    ...(located === undefined
      ? { surfaces: ids.map((id) => surfaceOf(counter, id) ?? null) }
      : { starts: located.map(({ start }) => start), ends: located.map(({ end }) => end) }),
  };
}
