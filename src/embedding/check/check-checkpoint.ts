// Whether a tokenizer, a checkpoint's headers, its configurations and a row map are of one piece: every mismatch that people
// run into, each with the fix. It sees names, shapes and numbers only; weights are not read, and nothing is changed.
import { counted, groupDigits } from '../../core/counted.ts';
import { countRows, describeRows } from '../../core/row-map.ts';
import {
  CHECK_CODES,
  CHECK_FORMAT,
  type CheckFinding,
  type CheckReport,
  type CheckResult,
} from '../../formats/check-report.ts';
import { tensorBytes } from '../../formats/checkpoint/safetensors-header.ts';
import { findCheckpointStage, MOST_PADDING } from '../checkpoint-stage.ts';
import { listVocabularyTensors, type VocabularyTensor } from '../vocabulary-tensors.ts';
import { checkSpecialTokens, checkTied, checkVocabSize } from './check-config.ts';
import { type CheckContext, type CheckpointCheckInput, resultOf, skipped } from './check-context.ts';

/** Sizes that are rounded up to at least this count as padded on purpose. */
const USUAL_PADDING = 8;

/**
 * Runs every check.
 *
 * @example
 * ```ts
 * const report = checkCheckpoint({ tokenizer, tensors, config });
 * report.checks.filter(({ verdict }) => verdict === 'problem');
 * ```
 */
export function checkCheckpoint(input: CheckpointCheckInput): CheckReport {
  const { tokenizer, config, rowMap } = input;
  const vocabulary = withoutSmaller(listVocabularyTensors(input.tensors, input.names));
  const matrices = vocabulary.filter(({ isBias }) => !isBias);
  const main = matrices.find(({ role }) => role === 'input') ?? matrices[0];
  const context: CheckContext = { ...input, vocabulary, rows: main?.rows ?? 0 };
  const results = [
    checkRows(context),
    checkHeads(context),
    checkTied(context),
    checkVocabSize(context),
    checkAddedTokens(context),
    checkSpecialTokens(context),
    checkRowMap(context),
    checkPadding(context),
    checkIndex(context),
    checkTokenizerFiles(context),
  ];
  return {
    format: CHECK_FORMAT,
    version: 1,
    tokenizer: { name: tokenizer.name, pieces: tokenizer.pieces, ids: tokenizer.ids, sha256: tokenizer.sha256 },
    tensors: vocabulary.map(({ name, dtype, shape, rows }) => ({ name, dtype, shape, rows })),
    vocabSize: config?.vocabSizes[0]?.value ?? null,
    tieWordEmbeddings: config?.tieWordEmbeddings ?? null,
    rowMap: rowMap === undefined ? null : { baseRows: rowMap.base.rows, targetRows: rowMap.target.rows },
    checks: results.sort((a, b) => CHECK_CODES.indexOf(a.code) - CHECK_CODES.indexOf(b.code)),
    passed: results.every(({ verdict }) => verdict !== 'problem'),
  };
}

// Positions and token types may share the name of an input embedding and have far fewer rows.
function withoutSmaller(tensors: readonly VocabularyTensor[]): readonly VocabularyTensor[] {
  const inputs = tensors.filter(({ role, isBias }) => role === 'input' && !isBias);
  const most = Math.max(0, ...inputs.map(({ rows }) => rows));
  return tensors.filter(({ role, rows }) => role !== 'input' || rows * 2 > most);
}

function checkRows({ vocabulary, rows, tokenizer, rowMap }: CheckContext): CheckResult {
  if (vocabulary.length === 0) {
    const what = 'the checkpoint has no tensor that looks like an embedding or an output head';
    return resultOf('rows', [{ what, fix: 'Name the tensors that have a row for every token with --tensor.' }], '');
  }
  const { ids } = tokenizer;
  const findings: CheckFinding[] = [];
  for (const { name, rows: has } of vocabulary.filter(({ role }) => role !== 'output' || vocabulary.length === 1)) {
    if (has < ids) {
      const what =
        `${name} has ${counted(has, 'row')}, ${tokenizer.name} has ${counted(ids, 'id')}: ` +
        `${ids - has === 1 ? `id ${ids - 1} has` : `ids ${has} to ${ids - 1} have`} no row`;
      const isPadToken = ids - has === 1 && tokenizer.specialIds.pad_token_id === ids - 1;
      const fix =
        rowMap !== undefined && has >= rowMap.base.idCount && has <= rowMap.base.rows
          ? 'This checkpoint was not resized yet: run vocab-merge resize with the row map.'
          : isPadToken
            ? `Only the pad token is missing (as between 49,953 and 49,954): use the tokenizer without it, or resize to ${counted(ids, 'row')}.`
            : 'Resize the checkpoint with the row map of this tokenizer, or take the tokenizer that it was trained with.';
      findings.push({ what, fix });
    } else if (has > ids) {
      const isPadded =
        (has % USUAL_PADDING === 0 && has - ids <= MOST_PADDING) ||
        (rowMap !== undefined && has === rowMap.target.rows);
      const what = `${name} has ${counted(has, 'row')}, ${tokenizer.name} has ${counted(ids, 'id')}: ${counted(has - ids, 'row belongs', 'rows belong')} to no token`;
      const fix = isPadded
        ? 'They are padding, nothing has to be done; never count rows to learn the number of tokens.'
        : has - ids === 1
          ? 'One token more was there when it was trained, such as [PAD] (49,954 against 49,953): take the tokenizer that has it.'
          : 'Take the tokenizer that the checkpoint was trained with; rows of padding are at most 8,192, and make a multiple of 8.';
      findings.push({ what, fix, ...(isPadded && { isNote: true }) });
    }
  }
  return resultOf('rows', findings, `${counted(rows, 'row')}, ${counted(ids, 'id')}`);
}

function checkHeads({ vocabulary, rows }: CheckContext): CheckResult {
  const main = vocabulary.find(({ rows: has, isBias }) => has === rows && !isBias);
  const others = vocabulary.filter((tensor) => tensor !== main);
  if (main === undefined || others.length === 0) return skipped('heads', 'one matrix only');
  const findings = others
    .filter((tensor) => tensor.rows !== rows)
    .map(({ name, shape, isBias }) => ({
      what: `${name} has the shape [${shape.join(', ')}], ${main.name} has ${counted(rows, 'row')}`,
      fix: isBias
        ? 'Only the matrix was resized: start from the checkpoint before that, vocab-merge resize takes both.'
        : shape.at(-1) === rows
          ? 'It has a column for every token: transpose it.'
          : 'One of them was resized without the other: start from the checkpoint before that, vocab-merge resize takes both.',
    }));
  return resultOf('heads', findings, `all ${others.length + 1} tensors have ${counted(rows, 'row')}`);
}

function checkAddedTokens({ tokenizer, rows, vocabulary }: CheckContext): CheckResult {
  const { addedTokens, pieces, pieceOf } = tokenizer;
  if (vocabulary.length === 0) return skipped('added-tokens', 'no rows to compare with');
  const findings: CheckFinding[] = [];
  for (const [id, text] of [...addedTokens].sort(([a], [b]) => a - b)) {
    const token = `added token ${JSON.stringify(text)}`;
    if (id >= rows) {
      findings.push({
        what: `${token} has id ${id}, the last row is ${rows - 1}`,
        fix: 'A lookup there fails or reads foreign memory: make it a piece (merge --add-token) and resize, or remove it.',
      });
    } else if (id < pieces && pieceOf !== undefined && pieceOf(id) !== text) {
      findings.push({
        what: `${token} takes over id ${id}, which is the piece ${JSON.stringify(pieceOf(id))}`,
        fix: 'Remove it from added_tokens.json and tokenizer_config.json, or give it an id of its own.',
      });
    }
  }
  const fine =
    addedTokens.size === 0
      ? 'none'
      : addedTokens.size === 1
        ? 'the only one has a row'
        : `all ${addedTokens.size} have a row`;
  return resultOf('added-tokens', findings, fine);
}

function checkRowMap({ rowMap, tokenizer, rows, evidence = { tokenizers: [] } }: CheckContext): CheckResult {
  if (rowMap === undefined) return skipped('row-map', 'needs --row-map');
  const { base, target } = rowMap;
  const { stage, checked } = findCheckpointStage(rows, rowMap, evidence);
  const isBase = tokenizer.sha256 === base.sha256 && base.sha256 !== target.sha256;
  const counts = describeRows(countRows(rowMap));
  const isPossible = rows >= base.idCount && rows - Math.max(base.idCount, base.rows) <= MOST_PADDING;
  if (isBase && stage !== 'target' && isPossible) {
    const state = stage === 'base' ? 'was not applied yet' : 'whether it was applied before cannot be told';
    return resultOf('row-map', [], `fits, ${state}: resize makes ${counted(target.rows, 'row')} (${counts})`);
  }
  const findings: CheckFinding[] = [];
  if (isBase) {
    findings.push({
      what: `${tokenizer.name} is the tokenizer that the row map starts from, not the one it leads to`,
      fix:
        stage === 'target'
          ? `The checkpoint was resized by this row map already (${checked.join('; ')}): give the merged tokenizer, and do not resize again.`
          : 'Give the merged tokenizer, which lies beside the row map.',
    });
  } else if (tokenizer.sha256 !== target.sha256) {
    findings.push({
      what: `the row map leads to a tokenizer with SHA-256 ${target.sha256}, ${tokenizer.name} has ${tokenizer.sha256}`,
      fix: 'Give the tokenizer that was written together with the row map: ids may stand for other pieces.',
    });
  }
  if (tokenizer.ids > target.rows) {
    findings.push({
      what: `${tokenizer.name} has ${counted(tokenizer.ids, 'id')}, the row map makes ${counted(target.rows, 'row')}`,
      fix: 'Tokens were added behind the merge: merge again with --add-token, so that they get rows.',
    });
  }
  if (rows !== 0 && rows !== target.rows) {
    findings.push({
      what: `the checkpoint has ${counted(rows, 'row')}, the row map makes ${groupDigits(target.rows)} of ${groupDigits(base.rows)}`,
      fix:
        stage === 'target'
          ? 'It was resized with --pad-to-multiple-of or --fill-padding: give the row map of its own folder, which fits it.'
          : rows === base.rows || rows === base.idCount
            ? 'The checkpoint was not resized yet: run vocab-merge resize.'
            : rows > target.rows && rows - target.rows < 1024
              ? 'If it was resized with --pad-to-multiple-of or --fill-padding, give the row map of its own folder.'
              : 'Row map and checkpoint are of different models.',
    });
  }
  return resultOf(
    'row-map',
    findings,
    `the checkpoint has the ${counted(target.rows, 'row')} that the row map makes (${counts}); resize will not do it again`,
  );
}

function checkPadding({ rows, multipleOf }: CheckContext): CheckResult {
  if (rows === 0) return skipped('multiple', 'no rows');
  const wanted = multipleOf ?? USUAL_PADDING;
  if (rows % wanted === 0) return resultOf('multiple', [], `${groupDigits(rows)} is a multiple of ${wanted}`);
  const finding: CheckFinding = {
    what: `${counted(rows, 'row is', 'rows are')} not a multiple of ${wanted}; ${groupDigits(Math.ceil(rows / wanted) * wanted)} would be`,
    fix: `Resize with --pad-to-multiple-of ${multipleOf ?? 64}: tensor parallelism splits rows evenly, and matrix units prefer round sizes.`,
    ...(multipleOf === undefined && { isNote: true }),
  };
  return resultOf('multiple', [finding], '');
}

function checkIndex({ tensors, indexTotalSize }: CheckContext): CheckResult {
  if (indexTotalSize === undefined) return skipped('index', 'there is no shard index with a total_size');
  const bytes = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  const findings: CheckFinding[] = [];
  if (bytes !== indexTotalSize) {
    findings.push({
      what: `the shard index has total_size ${groupDigits(indexTotalSize)}, the tensors have ${counted(bytes, 'byte')}`,
      fix: `Set metadata.total_size to ${bytes}; loaders plan memory by it.`,
    });
  }
  return resultOf('index', findings, `total_size is right`);
}

function checkTokenizerFiles({ tokenizer, ownTokenizerSha256: own }: CheckContext): CheckResult {
  if (own === undefined) return skipped('tokenizer-files', 'the checkpoint has no tokenizer of its own to compare');
  const findings: CheckFinding[] = [];
  if (own !== tokenizer.sha256) {
    findings.push({
      what: `the tokenizer in the checkpoint's folder is another one (SHA-256 ${own})`,
      fix: `Loaders take that one: copy the files of ${tokenizer.name} over it.`,
    });
  }
  return resultOf('tokenizer-files', findings, 'the same tokenizer lies in the checkpoint');
}
