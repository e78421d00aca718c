// LLaMA's vocabulary, opened once for all test files of a worker, with what is asked of it most.
import { LLAMA2_ZH_DEFAULT, readLlama2ZhPieces } from '../src/vocab/llama2-zh.ts';
import { loadTokenizer, requireExtendable } from '../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../src/vocab/sample-texts.ts';

/** The built-in vocabulary. */
export const llama2 = requireExtendable(await loadTokenizer('llama2'));

/** The Chinese pieces that come with the package, the most useful first. */
export const zhPieces = (await readLlama2ZhPieces()).slice(0, LLAMA2_ZH_DEFAULT);

/** Lines of the texts that come with the package. */
export const sampleLines = (await sampleTexts()).flatMap(({ lines }) => lines.split('\n'));
