// A repaired tokenizer with all its files, in memory: what `audit --repair` writes. Ids and rows stay, scores change; with `drop`
// the new pieces that stay dead leave, which changes the ids of no text but moves rows: a row map says which. Files that know
// nothing of scores are carried over; tokenizer.json is built anew, since its merges follow the scores.
import type { TokenizerModel } from '../../core/model.ts';
import type { RowMap } from '../../core/row-map.ts';
import { OptionError } from '../../errors.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import { type RepairResult, repairScores } from '../../merge/audit/repair.ts';
import { type AuditSubject, buildAuditContext } from '../../merge/audit/subject.ts';
import { findDeadPieces } from '../../merge/choice/dead-pieces.ts';
import { buildPrunedRowMap } from '../../merge/row-map/build-row-map.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { sha256Of } from '../io/sha256.ts';
import { cannotPrune } from './prune-vocabulary.ts';

/** Input of {@link repairTokenizer}. */
export interface RepairTokenizerOptions {
  readonly target: ExtendableTokenizer;
  readonly base: ExtendableTokenizer;
  /** Leave out the new pieces that are dead whatever their scores. Default false. */
  readonly drop?: boolean | undefined;
  /** Rows of the checkpoint's embedding, when it has more than pieces; for the row map. */
  readonly rows?: number | undefined;
}

/** Result of {@link repairTokenizer}. */
export interface RepairedTokenizer {
  readonly repair: RepairResult;
  /** From the rows of the old tokenizer to those that are left; undefined where nothing left. */
  readonly rowMap: RowMap | undefined;
  /** The repaired tokenizer, ready to be audited. */
  readonly subject: AuditSubject;
  /** Every file of the result by name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/**
 * Repairs the scores of a merged tokenizer and derives its files.
 *
 * @throws OptionError, InputError as `repairScores` does, and with `drop` for a format that cannot leave pieces out
 * @example
 * ```ts
 * const target = requireExtendable(await loadTokenizer('./merged'));
 * const base = requireExtendable(await loadTokenizer('llama2'));
 * const { files } = repairTokenizer({ target, base });
 * ```
 */
export function repairTokenizer(options: RepairTokenizerOptions): RepairedTokenizer {
  const { target, base, drop = false, rows } = options;
  const repair = repairScores({ target: target.model, base: base.model });
  const rescored = target.document.rescore?.(repair.pieceScores);
  if (rescored === undefined) throw new OptionError(`repair: ${target.name} has no scores that could be changed`);
  const dead = drop ? deadNewPieces(rescored.model, { target, base }) : [];
  if (dead.length > 0 && rescored.keep === undefined) throw cannotPrune(target);
  const isDead = new Set(dead);
  const ids = [...target.model.pieces.keys()].filter((id) => !isDead.has(id));
  const document = dead.length > 0 ? rescored.keep!(ids) : rescored;
  const files = new Map<string, string | Uint8Array>([...target.files, ...document.files()]);
  for (const { file } of document.skipped) files.delete(file);
  const texts = new Map([...files].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const subject = {
    name: `${target.name}, repaired`,
    tokenizer: createTokenizer(document.model),
    document,
    sha256: sha256Of(document.vocabularyFile.bytes),
    files: texts,
  };
  if (dead.length === 0) return { repair, rowMap: undefined, subject, files };
  const { pieces, pieceTypes } = target.model;
  const rowMap = buildPrunedRowMap({
    base: { idCount: pieces.length, rows, sha256: target.sha256, pieceTypes },
    target: { sha256: subject.sha256 },
    ids,
  });
  files.set('row-map.json', serializeRowMap(rowMap));
  return { repair, rowMap, subject, files };
}

// A piece that no text yields is no step to another one either: whatever leads to it inside a longer text would lead to it in
// its own text. So leaving it out changes no encoding.
function deadNewPieces(model: TokenizerModel, { target, base }: RepairTokenizerOptions): number[] {
  const isNew = new Set(buildAuditContext(target, base).newIds);
  return findDeadPieces(createTokenizer(model))
    .map(({ id }) => id)
    .filter((id) => isNew.has(id));
}
