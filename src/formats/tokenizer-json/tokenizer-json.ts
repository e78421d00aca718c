// Text of tokenizer.json <-> its object, and the door to the two conversions from and to the neutral model.
// Parsing checks only what every reader needs: an object with a model and a list of added tokens. Whether this project
// can encode with it is modelFromTokenizerJson's question. Spec: https://huggingface.co/docs/tokenizers
import { isObject } from '../../core/json-object.ts';
import type { CompanionFiles } from '../companion-files.ts';
import { parseTokenizerJson } from './read/parse-tokenizer-json.ts';
import type { TokenizerJson } from './read/types.ts';

export { type BuildTokenizerJsonOptions, buildTokenizerJson } from './build-tokenizer-json.ts';
export { type Gpt2Files, parseGpt2Model } from './read/gpt2-files.ts';
export { modelFromTokenizerJson, parseTokenizerJsonModel } from './read/model-from-tokenizer-json.ts';
export { parseTokenizerJson } from './read/parse-tokenizer-json.ts';
export {
  type ModelFromTokenizerJsonOptions,
  sentencePieceFromTokenizerJson,
} from './read/sentencepiece-from-tokenizer-json.ts';
export type {
  AddedTokenJson,
  BpeModelJson,
  TokenizerJson,
  UnigramModelJson,
} from './read/types.ts';

/**
 * The tokenizer.json among the files beside a tokenizer; `undefined` when it is not there.
 *
 * @param source the tokenizer or its vocabulary file, for error messages
 * @throws FormatError when it is none
 */
export function parseCompanionTokenizerJson(files: CompanionFiles, source: string): TokenizerJson | undefined {
  const text = files.get('tokenizer.json');
  return text === undefined ? undefined : parseTokenizerJson(text, { source: `tokenizer.json beside ${source}` });
}

/**
 * Text of a tokenizer.json as the Hugging Face tools lay it out: two spaces of indent, pieces in id order.
 *
 * @example
 * ```ts
 * await writeFile('tokenizer.json', serializeTokenizerJson(buildTokenizerJson(model)));
 * ```
 */
export function serializeTokenizerJson(json: TokenizerJson): string {
  const { model } = json;
  const fields = Object.entries(json).map(([key, value]) => {
    const text = key === 'model' ? printModel(model) : indent(JSON.stringify(value, null, 2) ?? 'null', '  ');
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

// By hand, because JavaScript moves keys such as "7" to the front of an object, and for one line a Unigram piece.
function printModel(model: TokenizerJson['model']): string {
  const fields = Object.entries(model).map(([key, value]) => {
    let text: string;
    if (key === 'vocab' && isObject(value)) {
      const pieces = Object.entries(value).sort((a, b) => Number(a[1]) - Number(b[1]));
      text = printLines(
        '{',
        '}',
        pieces.map(([piece, id]) => `${JSON.stringify(piece)}: ${JSON.stringify(id)}`),
      );
    } else if ((key === 'vocab' || key === 'merges') && Array.isArray(value)) {
      text = printLines(
        '[',
        ']',
        value.map((item) => JSON.stringify(item)),
      );
    } else text = indent(JSON.stringify(value, null, 2) ?? 'null', '    ');
    return `    ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${fields.join(',\n')}\n  }`;
}

function printLines(open: string, close: string, lines: readonly string[]): string {
  return lines.length === 0 ? open + close : `${open}\n      ${lines.join(',\n      ')}\n    ${close}`;
}

function indent(text: string, by: string): string {
  return text.replaceAll('\n', `\n${by}`);
}
