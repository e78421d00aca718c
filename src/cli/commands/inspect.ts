// vocab-merge inspect: what is inside a tokenizer.
import { counted } from '../../core/counted.ts';
import { inspectModel, type ModelFacts } from '../../report/measure/inspect-model.ts';
import { type LoadedTokenizer, loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { formatBytes, formatCount } from '../output/command-output.ts';

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'What is inside a tokenizer: sizes, types, scripts, specials, hashes',
  positionals: { name: 'TOKENIZER', min: 1, max: 1 },
  flags: { pieces: { type: 'boolean', help: 'List every piece instead: id, type, score, text, one a line' } },
  examples: [
    ['vocab-merge inspect llama2', 'The built-in LLaMA 2 vocabulary'],
    ['vocab-merge inspect ./merged --json', 'The same facts for a program'],
    ['vocab-merge inspect ./merged --pieces | tail -n 20', 'The last pieces of a merge'],
  ],
  async run({ flags, positionals, output }) {
    const loaded = await loadTokenizer(positionals[0]!);
    const { model } = loaded;
    if (model === undefined) {
      const facts = jsonFacts(loaded);
      output.printJson(facts);
      output.print(
        Object.entries(facts)
          .map(([name, value]) => row(name, String(value)))
          .join('\n'),
      );
      return;
    }
    if (flags.pieces) {
      const rows = model.pieces.map((piece, id) => ({
        id,
        type: model.pieceTypes[id]!,
        score: model.pieceScores[id]!,
        piece,
      }));
      output.printJson(rows);
      output.print(
        rows.map(({ id, type, score, piece }) => `${id}\t${type}\t${score}\t${quoteUnprintable(piece)}`).join('\n'),
      );
      return;
    }
    const facts = inspectModel(model, loaded.tokenizer);
    const bytes = loaded.bytes?.length;
    output.printJson({ name: loaded.name, kind: 'sentencepiece', sha256: loaded.sha256, bytes, ...facts });
    output.print(describeModel(loaded.name, loaded.sha256, bytes, facts));
  },
});

function jsonFacts(loaded: LoadedTokenizer): Record<string, unknown> {
  const json = loaded.json!;
  const vocab = (json.model as { vocab?: object }).vocab ?? {};
  return {
    name: loaded.name,
    kind: 'hugging-face',
    sha256: loaded.sha256,
    model: json.model.type,
    vocabSize: Object.keys(vocab).length,
    addedTokens: json.added_tokens.length,
    normalizer: json.normalizer?.type ?? 'none',
    preTokenizer: json.pre_tokenizer?.type ?? 'none',
    decoder: json.decoder?.type ?? 'none',
    reason: loaded.reason,
  };
}

function describeModel(name: string, sha256: string, bytes: number | undefined, facts: ModelFacts): string {
  const { normalizer, scores, specials } = facts;
  const counts = (record: Record<string, number>): string =>
    Object.entries(record)
      .map(([key, count]) => `${key} ${formatCount(count)}`)
      .join(', ');
  const flags = [
    normalizer.addDummyPrefix && 'dummy prefix',
    normalizer.removeExtraWhitespaces && 'extra spaces removed',
    normalizer.escapeWhitespaces && 'spaces as ▁',
    normalizer.treatWhitespaceAsSuffix && '▁ as suffix',
    facts.byteFallback && 'byte fallback',
  ].filter((flag) => flag !== false);
  const special = Object.entries(specials)
    .map(([key, { id, piece }]) => (id < 0 ? `${key} none` : `${key} ${id} ${quoteUnprintable(piece)}`))
    .join(', ');
  return [
    row('name', name),
    row('sha256', sha256),
    ...(bytes === undefined ? [] : [row('size', `${formatBytes(bytes)} as .model`)]),
    row('model', `${facts.modelType}, ${counted(facts.vocabSize, 'piece')}`),
    row('types', counts(facts.types as Record<string, number>)),
    row('scripts', counts(facts.scripts)),
    row('characters', counts(facts.lengths)),
    row(
      'scores',
      scores
        ? `${scores.min} to ${scores.max}, ${formatCount(scores.distinct)} distinct, ${counted(scores.tied, 'piece')} tied`
        : 'none',
    ),
    row('specials', special),
    row('control', facts.controlPieces.map(quoteUnprintable).join(' ') || 'none'),
    row('user-defined', facts.userDefinedPieces.map(quoteUnprintable).join(' ') || 'none'),
    row(
      'normalizer',
      `${normalizer.name || 'unnamed'} (${formatBytes(normalizer.charsmapBytes)} of rules), ${flags.join(', ')}`,
    ),
  ].join('\n');
}

function row(name: string, value: string): string {
  return `${name.padEnd(13)} ${value}`;
}

// Control characters would garble a terminal.
function quoteUnprintable(piece: string): string {
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(piece) ? JSON.stringify(piece) : piece;
}
