// Names of the special pieces that a tokenizer.json and its tokenizer_config.json give. It does not say whether they are
// put around a text by default.
import { isObject } from '../../../core/json-object.ts';
import type { TokenizerModel } from '../../../core/model.ts';
import { namedToken } from '../../added-token.ts';
import type { TokenizerJson } from './types.ts';

/** The names that are given. */
export type SpecialNames = Partial<Pick<TokenizerModel, 'bosPiece' | 'eosPiece' | 'padPiece'>>;

/** From tokenizer_config.json, else from what the post-processor puts around a single text. */
export function readSpecialNames(json: TokenizerJson, config: unknown): SpecialNames {
  const configured = (key: string): string | undefined => {
    const content = namedToken((config as Record<string, unknown> | null | undefined)?.[key]);
    return content === '' ? undefined : content;
  };
  const { bosPiece, eosPiece } = readPostProcessor(json);
  const names = {
    bosPiece: configured('bos_token') ?? bosPiece,
    eosPiece: configured('eos_token') ?? eosPiece,
    padPiece: configured('pad_token'),
  };
  return Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined));
}

function readPostProcessor({ post_processor: processor }: TokenizerJson): SpecialNames {
  const parts =
    processor?.type === 'Sequence' && Array.isArray(processor.processors) ? processor.processors : [processor];
  for (const part of parts.filter(isObject)) {
    if (part.type === 'TemplateProcessing' && Array.isArray(part.single)) {
      const parts = part.single as ({ Sequence?: unknown; SpecialToken?: { id?: unknown } } | null)[];
      const text = parts.findIndex((entry) => entry?.Sequence !== undefined);
      const nameOf = (at: number): string | undefined => {
        const id = parts[at]?.SpecialToken?.id;
        return typeof id === 'string' ? id : undefined;
      };
      const bosPiece = text > 0 ? nameOf(0) : undefined;
      const eosPiece = text >= 0 ? nameOf(text + 1) : undefined;
      return { ...(bosPiece !== undefined && { bosPiece }), ...(eosPiece !== undefined && { eosPiece }) };
    }
    // RoBERTa's and BERT's: [token, id] each.
    if (Array.isArray(part.cls) && Array.isArray(part.sep)) {
      return { bosPiece: String(part.cls[0]), eosPiece: String(part.sep[0]) };
    }
  }
  return {};
}
