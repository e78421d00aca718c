// Checks on the files beside a model: added tokens that hijack ids or text, and sizes that do not agree.
// Spec of the files: https://huggingface.co/docs/transformers/main_classes/tokenizer
import { counted, groupDigits } from '../../core/counted.ts';
import { PIECE_TYPE, SPACE_SYMBOL } from '../../core/model.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import { type ListedToken, parseCompanion, readAddedTokens } from '../../formats/companion-files.ts';
import { parseCompanionTokenizerJson, type TokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { buildCheck } from './checks.ts';
import type { AuditContext, AuditSubject } from './subject.ts';

/** Options of {@link checkFiles}. */
export interface FileCheckOptions {
  /** Rows of the checkpoint's embedding, if known. */
  readonly rows?: number | undefined;
}

/** `added-tokens` and `vocab-size`. */
export function checkFiles({ target }: AuditContext, options: FileCheckOptions = {}): AuditCheck[] {
  const { name, files = new Map() } = target;
  const json = parseCompanionTokenizerJson(files, name);
  const tokens = readAddedTokens(files, name, json);
  const configSize = parseCompanion(files, 'config.json', name)?.vocab_size;
  return [checkAddedTokens(target, tokens), checkSizes({ target, tokens, json, configSize, rows: options.rows })];
}

function checkAddedTokens(target: AuditSubject, tokens: readonly ListedToken[]): AuditCheck {
  const { pieces, pieceTypes } = target.tokenizer.model;
  const idOfPiece = new Map(pieces.map((piece, id) => [piece, id]));
  const idOfContent = new Map<string, number>();
  const contentOfId = new Map<number, string>();
  const problems = new Map<string, AuditFinding>();
  const note = ({ id, content, file }: ListedToken, reason: string): void => {
    const key = `${content}\0${reason}`;
    if (!problems.has(key)) problems.set(key, { id, piece: content, reason: `${reason} (${file})` });
  };
  for (const token of tokens) {
    const { id, content, special, lstrip, rstrip } = token;
    const isPiece = pieces[id] === content;
    if (content === '') note(token, 'empty');
    if (id >= pieces.length) note(token, `id beyond the ${counted(pieces.length, 'piece')}: needs a row of its own`);
    else if (!isPiece) note(token, `takes over id ${id}, which is the piece ${JSON.stringify(pieces[id])}`);
    const pieceId = idOfPiece.get(content) ?? idOfPiece.get(content.replaceAll(' ', SPACE_SYMBOL));
    if (pieceId !== undefined && pieceId !== id) note(token, `shadows piece ${pieceId}, which has the same text`);
    // Added tokens are cut out before anything is merged, so pieces that contain one are out of reach in transformers.
    // SentencePiece does the same with user-defined pieces, and control pieces are in no text.
    if (pieceId === undefined || pieceTypes[pieceId] === PIECE_TYPE.normal) {
      const inside = content === '' ? 0 : countContaining(pieces, content.replaceAll(' ', SPACE_SYMBOL));
      if (inside > 0)
        note(
          token,
          `is cut out of text first: ${counted(inside, 'longer piece that contains it is', 'longer pieces that contain it are')} lost`,
        );
    }
    if (!special && (lstrip || rstrip)) {
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
    what: ['trap among the added tokens', 'traps among the added tokens'],
    fine: tokens.length === 0 ? 'no added tokens' : `${counted(idOfContent.size, 'added token')}, no trap among them`,
  });
}

function countContaining(pieces: readonly string[], part: string): number {
  let count = 0;
  for (const piece of pieces) if (piece.length > part.length && piece.includes(part)) count++;
  return count;
}

interface SizeSources {
  readonly target: AuditSubject;
  readonly tokens: readonly ListedToken[];
  readonly json: TokenizerJson | undefined;
  /** `vocab_size` of config.json, whatever it is. */
  readonly configSize: unknown;
  readonly rows: number | undefined;
}

function checkSizes({ target, tokens, json, configSize, rows }: SizeSources): AuditCheck {
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
        reason: `${where} is ${groupDigits(size)}, ids go up to ${groupDigits(lastId)}: ${counted(missing, 'token has', 'tokens have')} no row`,
      });
    } else if (missing < 0)
      remarks.push(`${where} is ${groupDigits(size)}: ${counted(-missing, 'row', 'rows')} of padding`);
  };
  compare('vocab_size of config.json', configSize);
  compare("the number of the checkpoint's rows", rows);
  if (json !== undefined) comparePieces(pieces, json.model.vocab, findings);
  const declared = target.document?.training.vocabSize;
  if (declared !== undefined && declared !== pieces.length) {
    remarks.push(
      `trainer_spec.vocab_size is ${groupDigits(declared)}, as after training: SentencePiece goes by the ${counted(pieces.length, 'piece')}`,
    );
  }
  const beyond = needed > pieces.length ? `, and ids up to ${groupDigits(lastId)} with the added tokens` : '';
  return buildCheck({
    code: 'vocab-size',
    findings,
    of: pieces.length,
    what: [
      `size does not go with ${counted(pieces.length, 'piece')}${beyond}`,
      `sizes do not go with ${counted(pieces.length, 'piece')}${beyond}`,
    ],
    fine: `${counted(pieces.length, 'piece')}${beyond}`,
    remarks,
  });
}

function comparePieces(pieces: readonly string[], vocab: unknown, findings: AuditFinding[]): void {
  const texts: string[] = [];
  if (Array.isArray(vocab)) for (const entry of vocab) texts.push(String((entry as [unknown])[0]));
  else for (const [piece, id] of Object.entries(vocab as Record<string, number>)) texts[id] = piece;
  if (texts.length !== pieces.length) {
    findings.push({
      reason: `tokenizer.json has ${counted(texts.length, 'piece')}, the model ${groupDigits(pieces.length)}`,
    });
  }
  for (let id = 0; id < Math.min(texts.length, pieces.length); id++) {
    if (texts[id] === pieces[id]) continue;
    const other = texts[id] === undefined ? 'has no piece' : `has ${JSON.stringify(texts[id])}`;
    findings.push({ id, piece: pieces[id]!, reason: `tokenizer.json ${other} at this id` });
  }
}
