// The normalizer of a pipeline: its steps one after the other. Most text is left as it is, or needs one unit in place of
// another, and is told so from its units alone.
import { type NormalizerStep, SPACE_SYMBOL, type TokenizerModel } from '../core/model.ts';
import { FormatError } from '../errors.ts';
import { type AlignedText, characterLength } from './aligned-text.ts';
import { createNormalizer } from './normalizer.ts';

/** Normalizes parts of a text. */
export interface PipelineNormalizer {
  /**
   * True when `units[start..end)` are normalized afterwards: they were before, or some were replaced in place. False when
   * normalizing takes more; nothing is changed then.
   */
  settle(units: Uint16Array, start: number, end: number): boolean;
  normalize(text: AlignedText): AlignedText;
}

/** The normalizer of a model, `undefined` when it has none. */
export function createPipelineNormalizer(model: TokenizerModel): PipelineNormalizer | undefined {
  const steps = [...model.normalizers.map(createStep), ...createSpecStep(model)];
  if (steps.length === 0) return undefined;
  return {
    settle: (units, start, end) => steps.every((step) => step.settle(units, start, end)),
    normalize: (text) => steps.reduce((aligned, step) => step.normalize(aligned), text),
  };
}

function createStep(step: NormalizerStep): PipelineNormalizer {
  if (step.type === 'nfc') return NFC;
  if (step.type === 'replace' && 'text' in step.pattern) {
    const { text } = step.pattern;
    if (text.length === 1 && step.content.length === 1) return replaceUnit(text, step.content);
  }
  throw new FormatError(`normalizer: the step ${step.type} is not supported`);
}

/** SentencePiece's own rules as a step, or none where they change nothing. */
function createSpecStep({ normalizer: spec, treatWhitespaceAsSuffix }: TokenizerModel): PipelineNormalizer[] {
  const { precompiledCharsmap, addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = spec;
  if (precompiledCharsmap.length === 0 && !addDummyPrefix && !removeExtraWhitespaces) {
    return escapeWhitespaces ? [replaceUnit(' ', SPACE_SYMBOL)] : [];
  }
  const normalizer = createNormalizer(spec, { treatWhitespaceAsSuffix });
  return [
    {
      settle: (_units, start, end) => start === end,
      normalize(aligned) {
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

function replaceUnit(from: string, to: string): PipelineNormalizer {
  const fromUnit = from.charCodeAt(0);
  const toUnit = to.charCodeAt(0);
  return {
    settle(units, start, end) {
      for (let i = start; i < end; i++) if (units[i] === fromUnit) units[i] = toUnit;
      return true;
    },
    normalize: (aligned) => ({ ...aligned, text: aligned.text.replaceAll(from, to) }),
  };
}

/** What may compose with a character before it, or is composed or reordered itself; surrogates to be sure. */
const MAY_CHANGE = /[\p{M}\p{Cs}\u1160-\u11ff]/u;
let changesInNfc: Uint8Array | undefined;

const NFC: PipelineNormalizer = {
  settle(units, start, end) {
    changesInNfc ??= Uint8Array.from({ length: 0x10000 }, (_, unit) => {
      const character = String.fromCharCode(unit);
      return MAY_CHANGE.test(character) || character.normalize('NFC') !== character ? 1 : 0;
    });
    for (let i = start; i < end; i++) if (changesInNfc[units[i]!] === 1) return false;
    return true;
  },
  normalize(aligned) {
    const { text } = aligned;
    const normalized = text.normalize('NFC');
    if (normalized === text) return aligned;
    const parts: string[] = [];
    const unitStarts: number[] = [];
    const unitEnds: number[] = [];
    // A character and what may change with it.
    for (const { 0: cluster, index } of text.matchAll(/.[\p{M}\u1160-\u11ff]*/gsu)) {
      const composed = cluster.normalize('NFC');
      parts.push(composed);
      const before = [...cluster];
      const after = [...composed];
      // What composes goes into the first character; those behind it keep their places, counted from the end.
      after.forEach((character, i) => {
        const place = i === 0 ? 0 : Math.max(0, before.length - after.length + i);
        const start = index + before.slice(0, place).join('').length;
        for (let unit = 0; unit < character.length; unit++) {
          unitStarts.push(aligned.unitStarts[start]!);
          unitEnds.push(aligned.unitEnds[start + characterLength(text, start) - 1]!);
        }
      });
    }
    return {
      text: parts.join(''),
      unitStarts: Int32Array.from(unitStarts),
      unitEnds: Int32Array.from(unitEnds),
      origin: aligned.origin,
    };
  },
};
