// The checks of config.json and generation_config.json: vocab_size, the tied flag, and ids of special tokens.
import { counted, groupDigits } from '../../core/counted.ts';
import type { CheckFinding, CheckResult } from '../../formats/check-report.ts';
import type { VocabularyConfig } from '../../formats/checkpoint/model-config.ts';
import { type CheckContext, resultOf, skipped } from './check-context.ts';

/** `tied`: does tie_word_embeddings say what the tensors say? */
export function checkTied({ config, vocabulary }: CheckContext): CheckResult {
  if (config === undefined) return skipped('tied', 'there is no config.json');
  const matrices = vocabulary.filter(({ isBias }) => !isBias);
  const inputs = matrices.filter(({ role }) => role === 'input');
  const heads = matrices.filter(({ role }) => role === 'output');
  if (inputs.length === 0) return skipped('tied', 'there is no input embedding');
  const tied = config.tieWordEmbeddings;
  const findings: CheckFinding[] = [];
  if (tied === false && heads.length === 0) {
    findings.push({
      what: 'tie_word_embeddings is false, but the checkpoint has no head (lm_head.weight)',
      fix: 'Loaders fill the head with random numbers: set tie_word_embeddings to true in config.json.',
    });
  } else if (tied === true && heads.length > 0) {
    findings.push({
      what: `tie_word_embeddings is true, but the checkpoint has ${heads[0]!.name} too`,
      fix: 'Loaders use the embedding and ignore the head: set it to false if the two are different, as after training them apart.',
      isNote: true,
    });
  } else if (tied === undefined && heads.length === 0) {
    findings.push({
      what: 'config.json does not say tie_word_embeddings, and the checkpoint has no head',
      fix: 'What is taken then depends on the architecture and the version of the loader: write true.',
      isNote: true,
    });
  }
  return resultOf('tied', findings, heads.length > 0 ? 'input and output apart' : 'one matrix for both');
}

/** `vocab-size`: is it the number of rows? */
export function checkVocabSize({ config, rows, tokenizer }: CheckContext): CheckResult {
  if (config === undefined) {
    const what = 'the checkpoint has no config.json';
    return resultOf('vocab-size', [{ what, fix: 'Copy it from the model; loaders need it.' }], '');
  }
  if (rows === 0) return skipped('vocab-size', 'no rows to compare with');
  const findings: CheckFinding[] = [];
  const top = config.vocabSizes.filter(({ path }) => path.length === 1);
  const sizes = top.length > 0 ? top : config.vocabSizes;
  if (sizes.length === 0) {
    findings.push({
      what: 'config.json has no vocab_size',
      fix: `Add "vocab_size": ${rows}; loaders take their own default otherwise.`,
    });
  }
  for (const { path, value } of sizes) {
    if (value === rows) continue;
    const key = path.join('.');
    const why = value === tokenizer.ids ? ', which is the number of ids' : '';
    findings.push({
      what: `config.json: ${key} is ${groupDigits(value)}${why}, the matrices have ${counted(rows, 'row')}`,
      fix: `Set ${key} to ${rows}: it is the number of rows, and loaders refuse the weights otherwise.`,
    });
  }
  return resultOf('vocab-size', findings, `vocab_size is ${groupDigits(rows)}`);
}

/** `special-tokens`: ids that exist, and that are those of the tokenizer. */
export function checkSpecialTokens(context: CheckContext): CheckResult {
  const { config, generationConfig } = context;
  if (config === undefined && generationConfig === undefined) {
    return skipped('special-tokens', 'there are no configurations');
  }
  const findings = [
    ...(config === undefined ? [] : compareIds('config.json', config, context)),
    ...(generationConfig === undefined ? [] : compareIds('generation_config.json', generationConfig, context)),
  ];
  return resultOf('special-tokens', findings, 'ids exist and are those of the tokenizer');
}

function compareIds(file: string, config: VocabularyConfig, { rows, tokenizer }: CheckContext): CheckFinding[] {
  const findings: CheckFinding[] = [];
  for (const { path, value } of config.tokenIds) {
    const key = path.join('.');
    const ids = value === null ? [] : typeof value === 'number' ? [value] : value;
    // Multimodal and encoder-decoder models use -1 for "none".
    const outside = ids.filter((id) => id >= rows || (id < 0 && id !== -1));
    if (rows > 0 && outside.length > 0) {
      findings.push({
        what: `${file}: ${key} is ${outside[0]}, the last row is ${rows - 1}`,
        fix: 'Set it to an id of the tokenizer, or to null.',
      });
      continue;
    }
    const expected = tokenizer.specialIds[path.at(-1)!];
    // A token without a row is a finding of `rows`; naming it here would make the loader fail too.
    if (expected === undefined || ids.includes(expected) || (rows > 0 && expected >= rows)) continue;
    const isMissing = value === null || (ids.length === 1 && ids[0]! < 0);
    findings.push({
      what: `${file}: ${key} is ${JSON.stringify(value)}, the tokenizer's is ${expected}`,
      fix: `Set it to ${expected}.`,
      ...((isMissing || !/^(bos|eos|pad)_/.test(path.at(-1)!)) && { isNote: true }),
    });
  }
  const pad = tokenizer.specialIds.pad_token_id;
  const hasPad = config.tokenIds.some(({ path }) => path.at(-1) === 'pad_token_id');
  if (pad !== undefined && !hasPad && file === 'config.json' && (rows === 0 || pad < rows)) {
    findings.push({
      what: `config.json has no pad_token_id, the tokenizer's is ${pad}`,
      fix: `Add "pad_token_id": ${pad}.`,
      isNote: true,
    });
  }
  return findings;
}
