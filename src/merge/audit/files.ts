// Checks on the files beside a model: added tokens that hijack ids or text, and sizes that do not agree.
// Spec of the files: https://huggingface.co/docs/transformers/main_classes/tokenizer
import { counted, groupDigits } from '../../core/counted.ts';
import { ABSENT_PIECE, isSentencePieceModel, PIECE_TYPE, SPACE_SYMBOL } from '../../core/model.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import { type ListedToken, parseCompanion, readAddedTokens } from '../../formats/companion-files.ts';
import { PLAIN_CLASS, runsTokenizerJson } from '../../formats/document/tokenizer-classes.ts';
import { engineTokenIds } from '../../formats/tokenizer-json/engine-token-ids.ts';
import { parseCompanionTokenizerJson, type TokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { createTokenMatcher } from '../../tokenize/added-tokens/token-matcher.ts';
import { unitsOf } from '../../tokenize/text/aligned-text.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { buildCheck } from './checks.ts';
import { type AuditContext, type AuditSubject, pieceText, shownPiece } from './subject.ts';

/**
 * `added-tokens` and `vocab-size`; `class` of a tokenizer.json that is no SentencePiece model.
 *
 * @param rows of the checkpoint's embedding, if known
 */
export function checkFiles({ target }: AuditContext, rows: number | undefined): AuditCheck[] {
  const { name, files = new Map() } = target;
  const isSentencePiece = isSentencePieceModel(target.tokenizer.model);
  // What a tokenizer.json says is in the model, where it is read from one.
  const json = isSentencePiece ? parseCompanionTokenizerJson(files, name) : undefined;
  const own = target.tokenizer.model.addedTokens.map((token) => ({ ...token, file: 'the tokenizer' }));
  const tokens = [...readAddedTokens(files, name, json), ...own];
  const configSize = parseCompanion(files, 'config.json', name)?.vocab_size;
  return [
    checkAddedTokens(target, tokens),
    ...(target.json === undefined || isSentencePiece ? [] : [checkClass(target)]),
    checkSizes({ target, tokens, json, configSize, rows }),
  ];
}

// Some classes take only pieces and merges out of a tokenizer.json, and cut and normalize in their own way.
function checkClass({ name, tokenizer, files = new Map() }: AuditSubject): AuditCheck {
  const className = parseCompanion(files, 'tokenizer_config.json', name)?.tokenizer_class;
  const isNamed = typeof className === 'string';
  const isWrong = isNamed && runsTokenizerJson(className, tokenizer.model) === false;
  return buildCheck({
    code: 'class',
    findings: isWrong
      ? [{ reason: `${className} builds steps of its own around the pieces; ${PLAIN_CLASS} runs the file as it is` }]
      : [],
    of: isNamed ? 1 : 0,
    what: 'tokenizer_class of tokenizer_config.json gives other ids than tokenizer.json in transformers 5',
    fine: isNamed ? `transformers 5 gives the ids of tokenizer.json as ${className}` : 'no class is named',
  });
}

function checkAddedTokens(target: AuditSubject, tokens: readonly ListedToken[]): AuditCheck {
  const { tokenizer } = target;
  const { pieceTypes } = tokenizer.model;
  const isSentencePiece = isSentencePieceModel(tokenizer.model);
  const pieces = tokenizer.model.pieces.map((_, id) => textOf(tokenizer, id));
  const idOfPiece = new Map<string, number>();
  // Of equal texts the added token's own piece counts last.
  pieces.forEach((piece, id) => {
    if (piece !== undefined) idOfPiece.set(piece, id);
  });
  const isCut = (_: unknown, id: number): boolean => isSentencePiece || pieceTypes[id] === PIECE_TYPE.normal;
  const countInside = createInsideCounter(pieces.filter(isCut), tokens);
  const engineIds = target.json === undefined ? undefined : engineTokenIds(target.json);
  const idOfContent = new Map<string, number>();
  const contentOfId = new Map<number, string>();
  const problems = new Map<string, AuditFinding>();
  const note = ({ id, content, file }: ListedToken, reason: string): void => {
    const key = `${content}\0${reason}`;
    if (!problems.has(key)) problems.set(key, { id, piece: content, reason: `${reason} (${file})` });
  };
  for (const token of tokens) {
    const { id, content, special, lstrip, rstrip } = token;
    const isPiece = pieces[id] === content || (!isSentencePiece && pieces[id] === spell(content));
    if (content === '') note(token, 'empty');
    if (id >= pieces.length) note(token, `id beyond the ${counted(pieces.length, 'piece')}: needs a row of its own`);
    else if (!isPiece) note(token, `takes over id ${id}, which is ${nameOf(tokenizer, id)}`);
    const pieceId = idOfPiece.get(content) ?? idOfPiece.get(spell(content));
    if (pieceId !== undefined && pieceId !== id) note(token, `shadows piece ${pieceId}, which has the same text`);
    // Added tokens are cut out before anything is merged, so pieces that contain one are out of reach in transformers.
    // SentencePiece does the same with user-defined pieces, and control pieces are in no text.
    if (!isSentencePiece || pieceId === undefined || pieceTypes[pieceId] === PIECE_TYPE.normal) {
      const inside = countInside(content);
      if (inside > 0)
        note(
          token,
          `is cut out of text first: ${counted(inside, 'longer piece that contains it is', 'longer pieces that contain it are')} lost`,
        );
    }
    const engineId = engineIds?.get(content);
    if (engineId !== undefined && engineId !== id) {
      note(token, `has id ${engineId} in the Rust engine and transformers: it is not in "model.vocab"`);
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

/** Text of a piece with `▁` for a space, of a control piece its name; undefined for ids without a piece and parts of characters. */
function textOf(tokenizer: Tokenizer, id: number): string | undefined {
  return tokenizer.model.pieceTypes[id] === ABSENT_PIECE ? undefined : pieceText(tokenizer, id);
}

function nameOf(tokenizer: Tokenizer, id: number): string {
  const isAbsent = tokenizer.model.pieceTypes[id] === ABSENT_PIECE;
  return isAbsent ? 'no piece' : `the piece ${JSON.stringify(shownPiece(tokenizer, id))}`;
}

function spell(content: string): string {
  return content.replaceAll(' ', SPACE_SYMBOL);
}

/** Counts for each token the longer pieces that contain it where no longer token does, in one pass over the pieces. */
function createInsideCounter(
  pieces: readonly (string | undefined)[],
  tokens: readonly ListedToken[],
): (content: string) => number {
  const contents = [...new Set(tokens.map(({ content }) => spell(content)))].filter((content) => content !== '');
  const counts = new Map<string, number>();
  const matcher = createTokenMatcher(contents);
  for (const piece of contents.length === 0 ? [] : pieces) {
    if (piece === undefined) continue;
    const units = unitsOf(piece);
    const places = matcher.match(units, 0, units.length);
    const found = new Set<string>();
    for (let i = 0; i < places; i++) found.add(contents[matcher.strings[i]!]!);
    for (const content of found) {
      if (content.length < piece.length) counts.set(content, (counts.get(content) ?? 0) + 1);
    }
  }
  return (content) => counts.get(spell(content)) ?? 0;
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
