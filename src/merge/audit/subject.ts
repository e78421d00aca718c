// What an audit works on: a tokenizer with the files that lie beside it, and how it relates to its base.
// It compares texts and ids only; whether pieces can be reached is reachability.ts' question.
import { PIECE_TYPE } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import type { ModelProto } from '../../formats/sentencepiece/fields.ts';
import { parseTokenizerJson, type TokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';

/** A tokenizer to audit, or its base; what `loadTokenizer` returns for a SentencePiece vocabulary is one. */
export interface AuditSubject {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** The model file, for what the trainer was told (digits, declared size). */
  readonly proto?: ModelProto | undefined;
  readonly sha256?: string | undefined;
  /** Text of the files beside it, by name: config.json, tokenizer.json, tokenizer_config.json, added_tokens.json. */
  readonly files?: ReadonlyMap<string, string> | undefined;
}

/** How the audited tokenizer relates to its base. */
export interface BaseRelation {
  readonly base: AuditSubject;
  /** Id in the audited tokenizer of each piece of the base, -1 where it has none: `[base vocabSize]`. */
  readonly targetIds: Int32Array;
}

/** What the checks are given. */
export interface AuditContext {
  readonly target: AuditSubject;
  readonly relation: BaseRelation | undefined;
  /** Ids of the pieces that the base lacks; without a base, all ids. */
  readonly newIds: readonly number[];
}

/** Matches the pieces of `target` with those of `base`, by text and kind: a control piece is no text piece. */
export function buildAuditContext(target: AuditSubject, base: AuditSubject | undefined): AuditContext {
  const { model, vocabSize } = target.tokenizer;
  if (base === undefined)
    return { target, relation: undefined, newIds: Array.from({ length: vocabSize }, (_, id) => id) };
  const ids = new Map<string, number>();
  for (let id = 0; id < vocabSize; id++) ids.set(keyOf(model.pieces[id]!, model.pieceTypes[id]!), id);
  const baseModel = base.tokenizer.model;
  const targetIds = new Int32Array(base.tokenizer.vocabSize);
  const isOld = new Uint8Array(vocabSize);
  for (let id = 0; id < targetIds.length; id++) {
    const targetId = ids.get(keyOf(baseModel.pieces[id]!, baseModel.pieceTypes[id]!)) ?? -1;
    targetIds[id] = targetId;
    if (targetId >= 0) isOld[targetId] = 1;
  }
  const newIds: number[] = [];
  for (let id = 0; id < vocabSize; id++) if (isOld[id] === 0) newIds.push(id);
  return { target, relation: { base, targetIds }, newIds };
}

// SentencePiece keeps two name spaces: `<s>` may be a control piece and, beside it, ordinary text.
function keyOf(piece: string, type: number): string {
  return isReserved(type) ? `\0${piece}` : piece;
}

/** True for unknown, control and byte pieces, which have names of their own. */
export function isReserved(type: number): boolean {
  return type === PIECE_TYPE.unknown || type === PIECE_TYPE.control || type === PIECE_TYPE.byte;
}

/**
 * A JSON file beside the tokenizer, `undefined` when there is none.
 *
 * @throws FormatError when it is not a JSON object
 */
export function companionJson(subject: AuditSubject, name: string): Record<string, unknown> | undefined {
  const text = subject.files?.get(name);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${subject.name}: ${name} is not JSON: ${(cause as Error).message}`, {
      hint: 'Get the file again, or remove it.',
      cause,
    });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new FormatError(`${subject.name}: ${name} is JSON, but not an object`, {
    hint: 'Get the file again, or remove it.',
  });
}

/**
 * The tokenizer.json beside the tokenizer, `undefined` when there is none.
 *
 * @throws FormatError when it is none
 */
export function companionTokenizerJson(subject: AuditSubject): TokenizerJson | undefined {
  const text = subject.files?.get('tokenizer.json');
  return text === undefined ? undefined : parseTokenizerJson(text, { source: `${subject.name}: tokenizer.json` });
}
