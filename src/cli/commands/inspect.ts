// vocab-merge inspect: what is inside a tokenizer.
import { counted } from '../../core/counted.ts';
import { ABSENT_PIECE } from '../../core/model.ts';
import { inspectModel, type ModelFacts } from '../../report/measure/inspect-model.ts';
import { readablePieces } from '../../tokenize/vocabulary.ts';
import { type LoadedTokenizer, loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { formatBytes, formatCount } from '../output/command-output.ts';

/** Special pieces that are shown of a kind. */
const SHOWN_PIECES = 24;

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
      const all = readablePieces(model).map((piece, id) => ({
        id,
        type: model.pieceTypes[id]!,
        score: model.pieceScores[id]!,
        piece,
      }));
      const rows = all.filter(({ type }) => type !== ABSENT_PIECE);
      output.printJson(rows);
      output.print(
        rows.map(({ id, type, score, piece }) => `${id}\t${type}\t${score}\t${quoteUnprintable(piece)}`).join('\n'),
      );
      return;
    }
    const facts = inspectModel(model, loaded.tokenizer);
    const bytes = loaded.bytes?.length;
    // A tokenizer.json that is a SentencePiece model in disguise is one.
    const kind = bytes === undefined ? loaded.kind : 'sentencepiece';
    output.printJson({ name: loaded.name, kind, sha256: loaded.sha256, bytes, ...facts });
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
  const { normalizer, specials } = facts;
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
  const missing = facts.vocabSize - facts.pieces;
  const holes = missing === 0 ? '' : `, ids up to ${formatCount(facts.vocabSize - 1)}`;
  const special = Object.entries(specials)
    .map(([key, { id, piece }]) => (id < 0 ? `${key} none` : `${key} ${id} ${quoteUnprintable(piece)}`))
    .join(', ');
  return [
    row('name', name),
    row('sha256', sha256),
    ...(bytes === undefined ? [] : [row('size', `${formatBytes(bytes)} as .model`)]),
    row(
      'model',
      `${facts.modelType}${facts.units === 'byte' ? ' of bytes' : ''}, ${counted(facts.pieces, 'piece')}${holes}`,
    ),
    ...(facts.merges === undefined ? [] : [row('merges', `${formatCount(facts.merges)} listed`)]),
    row('types', counts(facts.types as Record<string, number>)),
    row('scripts', counts(facts.scripts)),
    row('characters', counts(facts.lengths)),
    ...(facts.merges === undefined ? [row('scores', describeScores(facts))] : []),
    row('specials', special),
    row('control', listed(facts.controlPieces)),
    row('user-defined', listed(facts.userDefinedPieces)),
    ...describePipeline(facts, flags),
  ].join('\n');
}

function describeScores({ scores }: ModelFacts): string {
  if (scores === undefined) return 'none';
  const { min, max, distinct, tied } = scores;
  return `${min} to ${max}, ${formatCount(distinct)} distinct, ${counted(tied, 'piece')} tied`;
}

// SentencePiece's rules, or the steps of other kinds.
function describePipeline(facts: ModelFacts, flags: readonly string[]): string[] {
  const { normalizer, normalizers, preTokenizers, addedTokens } = facts;
  if (addedTokens + normalizers.length + preTokenizers.length === 0 && facts.units === 'utf16') {
    const rules = `${normalizer.name || 'unnamed'} (${formatBytes(normalizer.charsmapBytes)} of rules)`;
    return [row('normalizer', `${rules}, ${flags.join(', ')}`)];
  }
  return [
    row('normalizer', [...normalizers, ...flags].join(', ') || 'none'),
    row(
      'pre-tokens',
      [...preTokenizers, ...(facts.wholePieceFirst ? ['whole pieces first'] : [])].join(', ') || 'none',
    ),
    row('added', counted(addedTokens, 'token')),
  ];
}

function row(name: string, value: string): string {
  return `${name.padEnd(13)} ${value}`;
}

// Llama 3 has 256 of them: the first ones tell enough, and --json has all.
function listed(pieces: readonly string[]): string {
  const shown = pieces.slice(0, SHOWN_PIECES).map(quoteUnprintable).join(' ') || 'none';
  return pieces.length > SHOWN_PIECES ? `${shown} … (${formatCount(pieces.length)})` : shown;
}

// Control characters would garble a terminal.
function quoteUnprintable(piece: string): string {
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(piece) ? JSON.stringify(piece) : piece;
}
