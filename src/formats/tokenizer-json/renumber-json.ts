// A tokenizer.json with other ids: pieces that leave are left out with their merges, and every id in the file follows, in the
// vocabulary, the added tokens, the post-processor and the padding. Every other byte stays.
// Spec: https://huggingface.co/docs/tokenizers, as its Rust crate serializes it (version "1.0").

import type { TokenizerModel } from '../../core/model.ts';
import { keptMerges } from '../../core/patch.ts';
import { FormatError } from '../../errors.ts';
import { isDigit, JsonSweep } from '../json/json-sweep.ts';
import { createRewriter, type Rewriter } from '../json/rewriter.ts';

/** Input of {@link renumberTokenizerJson}. */
export interface RenumberJsonOptions {
  readonly bytes: Uint8Array;
  /** What the file was read as. */
  readonly model: Pick<TokenizerModel, 'merges'>;
  /** The new id of each old one, -1 for a piece that leaves: `[idCount]`. */
  readonly newIds: Int32Array;
  /** Name of the file, for error messages. */
  readonly source: string;
}

/**
 * The file with other ids.
 *
 * @throws FormatError when an added token, or a token that the post-processor puts in, is among those that leave
 */
export function renumberTokenizerJson({ bytes, model, newIds, source }: RenumberJsonOptions): Uint8Array {
  const sweep = new JsonSweep(bytes, source);
  const rewriter = createRewriter(sweep);
  const merges = model.merges!;
  const isKept = keptMerges(merges, newIds);

  const renumber = (): boolean => renumberHere(sweep, rewriter, newIds);
  const renumberKept = (what: string): void => {
    const start = sweep.at;
    if (renumber()) return;
    const id = new TextDecoder().decode(bytes.subarray(start, sweep.at));
    throw new FormatError(`${source}: id ${id} is to leave, but ${what}`, { hint: 'Keep this id.' });
  };
  // The ids of TemplateProcessing stand in "ids", those of BertProcessing and RobertaProcessing behind the token.
  const renumberProcessor = (key: string): void => {
    const next = sweep.peek();
    if (next === OPEN_BRACE) sweep.readObject(() => renumberProcessor(sweep.text()));
    else if (next === OPEN_BRACKET) {
      const holdsIds = key === 'ids' || key === 'sep' || key === 'cls';
      sweep.readList(() => {
        if (holdsIds && isDigit(sweep.peek())) renumberKept('the post-processor puts it in');
        else renumberProcessor('');
      });
    } else sweep.skipValue();
  };

  sweep.readObject(() => {
    const name = sweep.text();
    if (name === 'added_tokens') {
      sweep.readList(() => {
        sweep.readObject(() => {
          if (sweep.text() === 'id') renumberKept('it is an added token');
          else sweep.skipValue();
        });
      });
    } else if (name === 'post_processor') renumberProcessor('');
    else if (name === 'padding' && sweep.peek() === OPEN_BRACE) {
      sweep.readObject(() => {
        if (sweep.text() === 'pad_id') renumberKept('texts are padded with it');
        else sweep.skipValue();
      });
    } else if (name === 'model') {
      sweep.readObject(() => {
        const name = sweep.text();
        if (name === 'vocab') rewriter.filter('object', renumber);
        else if (name === 'merges') {
          let merge = -1;
          rewriter.filter('list', () => {
            sweep.skipValue();
            return isKept(++merge);
          });
          if (merge + 1 !== merges.resultIds.length)
            throw new FormatError(`${source}: was read as another list of merges`);
        } else sweep.skipValue();
      });
    } else sweep.skipValue();
  });
  return rewriter.finish();
}

/** Reads the id here and renumbers it; false where its piece leaves. */
export function renumberHere(sweep: JsonSweep, rewriter: Rewriter, newIds: Int32Array): boolean {
  const start = sweep.at;
  const id = sweep.readInteger();
  if (id < 0) {
    sweep.skipValue();
    return true;
  }
  const newId = newIds[id];
  if (newId === undefined) throw new FormatError(`vocabulary: id ${id} is past the last, ${newIds.length - 1}`);
  if (newId >= 0 && newId !== id) rewriter.replace(start, sweep.at, String(newId));
  return newId >= 0;
}

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
