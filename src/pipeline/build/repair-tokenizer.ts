// A repaired tokenizer with all its files, in memory: what `audit --repair` writes. Ids and rows stay, scores change.
// Files that know nothing of scores are carried over; tokenizer.json is built anew, since its merges follow the scores.
import { FormatError } from '../../errors.ts';
import { modelFromProto } from '../../formats/sentencepiece/model-from-proto.ts';
import {
  buildSpecialTokensMap,
  buildTokenizerConfig,
  tokenizerJsonOptions,
} from '../../formats/tokenizer-json/tokenizer-config.ts';
import {
  type AddedToken,
  buildTokenizerJson,
  serializeTokenizerJson,
} from '../../formats/tokenizer-json/tokenizer-json.ts';
import { type RepairResult, repairScores } from '../../merge/audit/repair.ts';
import type { AuditSubject } from '../../merge/audit/subject.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import type { LoadedSentencePiece } from '../../vocab/load-tokenizer.ts';
import { reparse } from './merge-tokenizers.ts';

/** Input of {@link repairTokenizer}. */
export interface RepairTokenizerOptions {
  readonly target: LoadedSentencePiece;
  readonly base: LoadedSentencePiece;
}

/** Result of {@link repairTokenizer}. */
export interface RepairedTokenizer {
  readonly repair: RepairResult;
  /** The repaired tokenizer, ready to be audited. */
  readonly subject: AuditSubject;
  /** Every file of the result by name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/**
 * Repairs the scores of a merged tokenizer and derives its files.
 *
 * @throws OptionError, InputError as `repairScores` does
 * @example
 * ```ts
 * const target = requireSentencePiece(await loadTokenizer('chinese-llama'));
 * const base = requireSentencePiece(await loadTokenizer('llama2'));
 * const { files } = repairTokenizer({ target, base });
 * ```
 */
export function repairTokenizer({ target, base }: RepairTokenizerOptions): RepairedTokenizer {
  const repair = repairScores({ target: target.proto, base: base.proto });
  const { proto, bytes, sha256 } = reparse(repair.proto);
  const model = modelFromProto(proto);
  const config = parseObject(target, 'tokenizer_config.json');
  const addedTokens = tokensBeyond(config, model.pieces.length);
  const files = new Map<string, string | Uint8Array>(target.files);
  files.set('tokenizer.model', bytes);
  files.delete('tokenizer.json');
  try {
    const json = buildTokenizerJson(model, { ...tokenizerJsonOptions(config), addedTokens });
    files.set('tokenizer.json', serializeTokenizerJson(json));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  const specials = parseObject(target, 'special_tokens_map.json');
  files.set('tokenizer_config.json', print(buildTokenizerConfig({ model, base: config, addedTokens })));
  files.set('special_tokens_map.json', print(buildSpecialTokensMap({ model, base: specials, addedTokens })));
  const texts = new Map([...files].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const subject = { name: `${target.name}, repaired`, tokenizer: createTokenizer(model), proto, sha256, files: texts };
  return { repair, subject, files };
}

function parseObject(target: LoadedSentencePiece, name: string): Record<string, unknown> | undefined {
  const text = target.files.get(name);
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

/** Added tokens with ids of their own, which the pieces do not account for. */
function tokensBeyond(config: Record<string, unknown> | undefined, vocabSize: number): AddedToken[] {
  return Object.entries((config?.added_tokens_decoder ?? {}) as Record<string, Record<string, unknown>>)
    .filter(([id, token]) => Number(id) >= vocabSize && typeof token?.content === 'string')
    .map(([id, token]) => ({
      id: Number(id),
      content: token.content as string,
      special: token.special === true,
      normalized: token.normalized === true,
      singleWord: token.single_word === true,
      lstrip: token.lstrip === true,
      rstrip: token.rstrip === true,
    }));
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
