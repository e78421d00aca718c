// Texts whose ids must not change: what new pieces must not be, so that none of them is ever made there.
//
// Why it is enough: whatever new merge the encoder made first in such a text would join two tokens of the base that stand side
// by side in it, to a piece with their joined text. (A stretch that is a new piece as a whole would come to it through such a
// merge as well.) No new piece has such a text, and no character of the text that the base has as bytes becomes a piece.
import type { TokenizerModel } from '../../core/model.ts';
import { uncoveredCodePoint } from '../../tokenize/symbols/symbols.ts';
import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { createPieceRule } from './byte-join-rule.ts';
import type { KindOf } from './character-kinds.ts';
import { FORM, type JoinOptions } from './join-rule.ts';
import type { ExtendSource } from './options.ts';
import { createTokenReader } from './token-reader.ts';

/** Work between two turns of the event loop. */
const YIELD_LINES = 8192;

/** Adds to `blocked` what no new piece may be, so that the ids of these texts stay. */
export async function addPreservedTexts(
  blocked: Set<string>,
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  { kindOf, join, signal }: { kindOf: KindOf; join: JoinOptions; signal?: AbortSignal | undefined },
): Promise<void> {
  if (sources.length === 0) return;
  const reader = createTokenReader(base);
  const rule = createPieceRule(base, kindOf, join);
  const forms = new Map<number, number>();
  const formOf = (symbol: number): number => {
    let form = forms.get(symbol);
    if (form === undefined) {
      form = rule.formOf(base.pieces[symbol]!);
      forms.set(symbol, form);
    }
    return form;
  };
  const addPair = (left: number, right: number): void => {
    const text = (): string => `${base.pieces[left]}${base.pieces[right]}`;
    if (rule.join(formOf(left), formOf(right), text) !== FORM.foreign) blocked.add(text());
  };
  let lines = 0;
  for (const { sentences } of sources) {
    for await (const sentence of sentences) {
      const { text, isFragment = false } = typeof sentence === 'string' ? { text: sentence } : sentence;
      reader.read(text, isFragment);
      const { symbols, ends } = reader;
      let start = 0;
      for (const end of ends) {
        for (let i = start; i < end; i++) {
          if (symbols[i]! < 0) blocked.add(String.fromCodePoint(uncoveredCodePoint(symbols[i]!)));
          else if (i > start && symbols[i - 1]! >= 0) addPair(symbols[i - 1]!, symbols[i]!);
        }
        start = end;
      }
      if (++lines % YIELD_LINES === 0) await yieldToEventLoop(signal);
    }
  }
}
