// The normalizer of a model: the steps that tokenizer.json names, and SentencePiece's own rules behind them.
import { SPACE_SYMBOL, type TokenizerModel } from '../core/model.ts';
import { createNormalizer } from './normalizer.ts';
import { createNormalizerStage, createUnitReplacement } from './normalizer-steps/normalizer-steps.ts';
import { composeStages, type NormalizerStage, type TextNormalizer } from './normalizer-steps/stage.ts';

/**
 * The normalizer of a model, `undefined` when it has none.
 *
 * @throws FormatError for a regular expression that cannot be done exactly; it says which construct and where
 */
export function createPipelineNormalizer(model: TokenizerModel): TextNormalizer | undefined {
  const stages = [...model.normalizers.map(createNormalizerStage), ...createSpecStages(model)];
  return stages.length === 0 ? undefined : composeStages(stages);
}

/** The text that each added token is found by and decodes to: normalized, where it is looked for in normalized text. */
export function contentsById(model: TokenizerModel): Map<number, string> {
  const isAnyNormalized = model.addedTokens.some(({ normalized }) => normalized);
  const normalizer = isAnyNormalized ? createPipelineNormalizer(model) : undefined;
  return new Map(
    model.addedTokens.map(({ id, content, normalized }) => [
      id,
      normalized && normalizer ? normalizer.normalize(content) : content,
    ]),
  );
}

/** SentencePiece's own rules as a stage, or none where they change nothing. */
function createSpecStages({ normalizer: spec, treatWhitespaceAsSuffix }: TokenizerModel): NormalizerStage[] {
  const { precompiledCharsmap, addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = spec;
  if (precompiledCharsmap.length === 0 && !addDummyPrefix && !removeExtraWhitespaces) {
    return escapeWhitespaces ? [createUnitReplacement(' ', SPACE_SYMBOL)] : [];
  }
  const normalizer = createNormalizer(spec, { treatWhitespaceAsSuffix });
  return [
    {
      isIdentity: (_units, start, end) => start === end,
      normalize: (text) => normalizer.normalize(text),
      normalizeAligned(aligned) {
        const { text, offsets } = normalizer.normalizeWithOffsets(aligned.text);
        // A unit that was put in has no place: it ends where it starts.
        const placeOf = (offset: number): number => aligned.unitStarts[offset] ?? aligned.unitEnds.at(-1)!;
        return {
          text,
          unitStarts: Int32Array.from({ length: text.length }, (_, i) => placeOf(offsets[i]!)),
          unitEnds: Int32Array.from({ length: text.length }, (_, i) => placeOf(offsets[i + 1]!)),
          origin: aligned.origin,
        };
      },
    },
  ];
}
