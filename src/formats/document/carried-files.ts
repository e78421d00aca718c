// The files beside a vocabulary that lists its merges: carried on as they are, but for what extending and pruning change in
// them. They list new added tokens, and tokens under new ids, and tokenizer_config.json names a class that gives the ids of the
// tokenizer.json; where there is none, a plain one is made, without which transformers does not know the class.
// Spec: https://huggingface.co/docs/transformers/main_classes/tokenizer
import type { TokenizerModel } from '../../core/model.ts';
import type { VocabularyPatch } from '../../core/patch.ts';
import { encodeUtf8, textOfUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { writeAddedToken } from '../added-token.ts';
import { CHAT_TEMPLATES, type CompanionFiles, parseCompanion } from '../companion-files.ts';
import { editJson, type JsonEdit } from '../json/json-edit.ts';
import { JsonSweep } from '../json/json-sweep.ts';
import { createRewriter, type Rewriter } from '../json/rewriter.ts';
import { PLAIN_CLASS, runsTokenizerJson } from './tokenizer-classes.ts';

const CONFIG = 'tokenizer_config.json';
const ADDED_TOKENS = 'added_tokens.json';

/** Files that are carried on, in this order. */
const CARRIED: readonly string[] = [CONFIG, 'special_tokens_map.json', ADDED_TOKENS, ...CHAT_TEMPLATES];

/** What transformers writes for "no limit known". */
export const UNLIMITED_MODEL_LENGTH = 1e30;

/**
 * The files that go along with a vocabulary.
 *
 * @param source the vocabulary file, for error messages
 * @throws FormatError when one of them is damaged
 */
export function carryFiles(companions: CompanionFiles, model: TokenizerModel, source: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of CARRIED) {
    const text = companions.get(name);
    if (name.endsWith('.json')) parseCompanion(companions, name, source);
    if (text !== undefined) files.set(name, text);
    else if (name === CONFIG) files.set(name, `${JSON.stringify(buildPlainConfig(model), null, 2)}\n`);
  }
  return files;
}

/** The files beside an extended vocabulary; what is not said here does not change in them. */
export function extendCarriedFiles(
  companions: CompanionFiles,
  { addedTokens }: VocabularyPatch,
  model: TokenizerModel,
  source: string,
): CompanionFiles {
  const files = new Map(companions);
  const edit = (name: string, edits: readonly JsonEdit[]): void => {
    if (edits.length > 0) files.set(name, editJson(files.get(name)!, edits, { source: `${name} beside ${source}` }));
  };
  const config = parseCompanion(files, CONFIG, source);
  const decoder = 'added_tokens_decoder';
  const className = config?.tokenizer_class;
  const isWrongClass = typeof className === 'string' && runsTokenizerJson(className, model) === false;
  edit(CONFIG, [
    ...(isWrongClass ? [{ path: ['tokenizer_class'], value: PLAIN_CLASS }] : []),
    ...(config !== undefined && decoder in config ? addedTokens : []).map((token) => ({
      path: [decoder, String(token.id)],
      value: writeAddedToken(token),
    })),
  ]);
  if (files.has(ADDED_TOKENS)) {
    edit(
      ADDED_TOKENS,
      addedTokens.map(({ content, id }) => ({ path: [content], value: id })),
    );
  }
  return files;
}

/**
 * The files beside a vocabulary with other ids: added tokens are listed under their new ones.
 *
 * @param newIds of each old id, -1 for a piece that leaves
 * @throws FormatError when one of the tokens is among those that leave, or has no id in the vocabulary
 */
export function renumberCarriedFiles(companions: CompanionFiles, newIds: Int32Array, source: string): CompanionFiles {
  const files = new Map(companions);
  const newIdOf = (file: string, id: number): number => {
    const newId = newIds[id] ?? -1;
    if (newId >= 0) return newId;
    throw new FormatError(
      `${file} beside ${source}: lists an added token with the id ${id}, ` +
        (id < newIds.length ? 'which is to leave' : `the last id is ${newIds.length - 1}`),
      { hint: 'Keep this id, or take the token out of the file.' },
    );
  };
  const rewrite = (name: string, visit: (sweep: JsonSweep, rewriter: Rewriter) => void): void => {
    if (parseCompanion(files, name, source) === undefined) return;
    const sweep = new JsonSweep(encodeUtf8(files.get(name)!), `${name} beside ${source}`);
    const rewriter = createRewriter(sweep);
    sweep.readObject(() => visit(sweep, rewriter));
    files.set(name, textOfUtf8(rewriter.finish()));
  };
  rewrite(CONFIG, (sweep, rewriter) => {
    if (!sweep.isText('added_tokens_decoder') || sweep.peek() !== OPEN_BRACE) {
      sweep.skipValue();
      return;
    }
    let before = sweep.at;
    sweep.readObject(() => {
      const id = sweep.text();
      // The name stands in quotes between the value before and this one.
      const start = sweep.bytes.indexOf(QUOTE, before);
      rewriter.replace(start + 1, sweep.bytes.indexOf(QUOTE, start + 1), String(newIdOf(CONFIG, Number(id))));
      sweep.skipValue();
      before = sweep.at;
    });
  });
  rewrite(ADDED_TOKENS, (sweep, rewriter) => {
    const start = sweep.at;
    const id = sweep.readInteger();
    if (id < 0) sweep.skipValue();
    else rewriter.replace(start, sweep.at, String(newIdOf(ADDED_TOKENS, id)));
  });
  return files;
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;

function buildPlainConfig({
  addedTokens,
  bosPiece,
  eosPiece,
  padPiece,
  unkPiece,
}: TokenizerModel): Record<string, unknown> {
  const named = (key: string, piece: string) => (piece === '' ? {} : { [key]: piece });
  return {
    added_tokens_decoder: Object.fromEntries(addedTokens.map((token) => [token.id, writeAddedToken(token)])),
    ...named('bos_token', bosPiece),
    clean_up_tokenization_spaces: false,
    ...named('eos_token', eosPiece),
    model_input_names: ['input_ids', 'attention_mask'],
    model_max_length: UNLIMITED_MODEL_LENGTH,
    ...named('pad_token', padPiece),
    tokenizer_class: PLAIN_CLASS,
    ...named('unk_token', unkPiece),
  };
}
