// Checks on the files beside a model: added tokens that hijack ids or text, and sizes that do not agree.
// Spec of the files: https://huggingface.co/docs/transformers/main_classes/tokenizer
import { groupDigits } from '../../core/counted.ts';
import { PIECE_TYPE, SPACE_SYMBOL } from '../../core/model.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import type { TokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { buildCheck } from './checks.ts';
import { type AuditContext, type AuditSubject, companionJson, companionTokenizerJson } from './subject.ts';

/** Options of {@link checkFiles}. */
export interface FileCheckOptions {
  /** Rows of the checkpoint's embedding, if known. */
  readonly rows?: number | undefined;
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly file: string;
  /** Absent in added_tokens.json, which has no flags. */
  readonly flags?: { readonly lstrip: boolean; readonly rstrip: boolean; readonly special: boolean };
}

/** `added-tokens` and `vocab-size`. */
export function checkFiles(context: AuditContext, options: FileCheckOptions = {}): AuditCheck[] {
  const { target } = context;
  const json = companionTokenizerJson(target);
  const tokens = addedTokensOf(target, json);
  return [checkAddedTokens(target, tokens), checkSizes({ target, tokens, json, rows: options.rows })];
}

function addedTokensOf(subject: AuditSubject, json: TokenizerJson | undefined): AddedToken[] {
  const tokens: AddedToken[] = [];
  for (const [content, id] of Object.entries(companionJson(subject, 'added_tokens.json') ?? {})) {
    if (Number.isInteger(id)) tokens.push({ id: id as number, content, file: 'added_tokens.json' });
  }
  const decoder = companionJson(subject, 'tokenizer_config.json')?.added_tokens_decoder;
  if (typeof decoder === 'object' && decoder !== null) {
    for (const [id, value] of Object.entries(decoder)) {
      const token = value as { content?: unknown; lstrip?: unknown; rstrip?: unknown; special?: unknown } | null;
      if (typeof token?.content !== 'string') continue;
      const flags = { lstrip: token.lstrip === true, rstrip: token.rstrip === true, special: token.special === true };
      tokens.push({ id: Number(id), content: token.content, file: 'tokenizer_config.json', flags });
    }
  }
  for (const { id, content, lstrip, rstrip, special } of json?.added_tokens ?? []) {
    tokens.push({ id, content, file: 'tokenizer.json', flags: { lstrip, rstrip, special } });
  }
  return tokens;
}

function checkAddedTokens(target: AuditSubject, tokens: readonly AddedToken[]): AuditCheck {
  const { pieces, pieceTypes } = target.tokenizer.model;
  const idOfPiece = new Map(pieces.map((piece, id) => [piece, id]));
  const idOfContent = new Map<string, number>();
  const contentOfId = new Map<number, string>();
  const problems = new Map<string, AuditFinding>();
  const note = ({ id, content, file }: AddedToken, reason: string): void => {
    const key = `${content}\0${reason}`;
    if (!problems.has(key)) problems.set(key, { id, piece: content, reason: `${reason} (${file})` });
  };
  for (const token of tokens) {
    const { id, content, flags } = token;
    const isPiece = pieces[id] === content;
    if (content === '') note(token, 'empty');
    if (id >= pieces.length) note(token, `id beyond the ${groupDigits(pieces.length)} pieces: needs a row of its own`);
    else if (!isPiece) note(token, `takes over id ${id}, which is the piece ${JSON.stringify(pieces[id])}`);
    const pieceId = idOfPiece.get(content) ?? idOfPiece.get(content.replaceAll(' ', SPACE_SYMBOL));
    if (pieceId !== undefined && pieceId !== id) note(token, `shadows piece ${pieceId}, which has the same text`);
    // Added tokens are cut out before anything is merged, so pieces that contain one are out of reach in transformers.
    // SentencePiece does the same with user-defined pieces, and control pieces are in no text.
    if (pieceId === undefined || pieceTypes[pieceId] === PIECE_TYPE.normal) {
      const inside = content === '' ? 0 : countContaining(pieces, content.replaceAll(' ', SPACE_SYMBOL));
      if (inside > 0)
        note(token, `is cut out of text first: ${groupDigits(inside)} longer pieces that contain it are lost`);
    }
    if (flags && !flags.special && (flags.lstrip || flags.rstrip)) {
      note(token, 'strips the spaces beside it although it is not special: decoding does not give them back');
    }
    const otherId = idOfContent.get(content);
    if (otherId !== undefined && otherId !== id)
      note(token, `has id ${otherId} in another file, or earlier in this one`);
    const other = contentOfId.get(id);
    if (other !== undefined && other !== content) note(token, `id ${id} is ${JSON.stringify(other)} elsewhere`);
    idOfContent.set(content, id);
    contentOfId.set(id, content);
  }
  return buildCheck({
    code: 'added-tokens',
    findings: [...problems.values()],
    of: idOfContent.size,
    what: 'traps among the added tokens',
    fine: tokens.length === 0 ? 'no added tokens' : `${groupDigits(idOfContent.size)} added tokens, no trap among them`,
  });
}

function countContaining(pieces: readonly string[], part: string): number {
  let count = 0;
  for (const piece of pieces) if (piece.length > part.length && piece.includes(part)) count++;
  return count;
}

interface SizeSources {
  readonly target: AuditSubject;
  readonly tokens: readonly AddedToken[];
  readonly json: TokenizerJson | undefined;
  readonly rows: number | undefined;
}

function checkSizes({ target, tokens, json, rows }: SizeSources): AuditCheck {
  const { pieces } = target.tokenizer.model;
  const lastId = tokens.reduce((last, { id }) => Math.max(last, id), pieces.length - 1);
  const needed = lastId + 1;
  const findings: AuditFinding[] = [];
  const remarks: string[] = [];
  const compare = (where: string, size: unknown): void => {
    if (typeof size !== 'number') return;
    const missing = needed - size;
    if (missing > 0) {
      findings.push({
        reason: `${where} is ${groupDigits(size)}, ids go up to ${groupDigits(lastId)}: ${groupDigits(missing)} tokens have no row`,
      });
    } else if (missing < 0) remarks.push(`${where} is ${groupDigits(size)}: ${groupDigits(-missing)} rows of padding`);
  };
  compare('vocab_size of config.json', companionJson(target, 'config.json')?.vocab_size);
  compare("the number of the checkpoint's rows", rows);
  if (json !== undefined) comparePieces(pieces, json.model.vocab, findings);
  const declared = target.proto?.trainerSpec?.vocabSize;
  if (declared !== undefined && declared !== pieces.length) {
    remarks.push(
      `trainer_spec.vocab_size is ${groupDigits(declared)}, as after training: SentencePiece goes by the ${groupDigits(pieces.length)} pieces`,
    );
  }
  const beyond = needed > pieces.length ? `, and ids up to ${groupDigits(lastId)} with the added tokens` : '';
  return buildCheck({
    code: 'vocab-size',
    findings,
    of: pieces.length,
    what: `sizes do not go with ${groupDigits(pieces.length)} pieces${beyond}`,
    fine: `${groupDigits(pieces.length)} pieces${beyond}`,
    remarks,
  });
}

function comparePieces(pieces: readonly string[], vocab: unknown, findings: AuditFinding[]): void {
  const texts: string[] = [];
  if (Array.isArray(vocab)) for (const entry of vocab) texts.push(String((entry as [unknown])[0]));
  else for (const [piece, id] of Object.entries(vocab as Record<string, number>)) texts[id] = piece;
  if (texts.length !== pieces.length) {
    findings.push({
      reason: `tokenizer.json has ${groupDigits(texts.length)} pieces, the model ${groupDigits(pieces.length)}`,
    });
  }
  for (let id = 0; id < Math.min(texts.length, pieces.length); id++) {
    if (texts[id] === pieces[id]) continue;
    const other = texts[id] === undefined ? 'has no piece' : `has ${JSON.stringify(texts[id])}`;
    findings.push({ id, piece: pieces[id]!, reason: `tokenizer.json ${other} at this id` });
  }
}
