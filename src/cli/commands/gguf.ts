// vocab-merge gguf: a tokenizer as a GGUF file with a vocabulary and no tensors, which llama.cpp loads.
import { InputError } from '../../errors.ts';
import { parseCompanion } from '../../formats/companion-files.ts';
import { type BuildGgufOptions, buildGguf } from '../../formats/gguf/build-gguf.ts';
import { type LoadedTokenizer, loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { formatBytes, formatCount } from '../output/command-output.ts';
import { FORCE_FLAGS, openFileOutput } from '../results/write-files.ts';

export const ggufCommand = defineCommand({
  name: 'gguf',
  summary: 'A vocabulary-only GGUF file that llama.cpp loads',
  description: `Writes the vocabulary as tokenizer.ggml.* entries, without tensors: for llama.cpp's vocab_only, for tests, and to learn the name
of the pre-tokenizer (tokenizer.ggml.pre). llama.cpp's converter finds that name by a hash of ids, which an extended vocabulary
changes ("BPE pre-tokenizer was not recognized"): the name that this command prints is the one to give it.`,
  positionals: { name: 'TOKENIZER', min: 1, max: 1 },
  flags: {
    out: { type: 'string', required: true, placeholder: 'FILE', help: 'Where the GGUF file is written' },
    ...FORCE_FLAGS,
  },
  examples: [
    ['vocab-merge gguf ./merged --out vocab.gguf', 'For llama.cpp with vocab_only'],
    ['vocab-merge gguf llama3 --out llama3.gguf', 'The built-in Llama 3: pre-tokenizer llama-bpe'],
  ],
  async run(context) {
    const { flags, positionals, output } = context;
    const file = await openFileOutput([flags.out], context);
    const loaded = await loadTokenizer(positionals[0]!);
    const { model, name } = loaded;
    if (model === undefined) {
      throw new InputError(`${name}: cannot be written as GGUF: ${loaded.reason}`, {
        hint: 'BPE and Unigram vocabularies can be written.',
      });
    }
    const { bytes, preTokenizer, differences } = buildGguf(model, { name, ...optionsFrom(loaded) });
    await file.write(new Map([[flags.out, bytes]]));
    for (const difference of differences) output.warn(difference);
    const pre = preTokenizer === undefined ? '' : `, pre-tokenizer ${preTokenizer}`;
    file.print(
      `${formatCount(model.pieces.length)} tokens, ${formatBytes(bytes.length)}${pre}: written to ${flags.out}`,
    );
    output.printJson({
      out: flags.out,
      bytes: bytes.length,
      tokens: model.pieces.length,
      preTokenizer: preTokenizer ?? null,
      differences,
    });
  },
});

// What the files beside the vocabulary say: bos and eos by default, and the chat template.
function optionsFrom({ files, name, model, json }: LoadedTokenizer): BuildGgufOptions {
  const config = parseCompanion(files, 'tokenizer_config.json', name) ?? {};
  const { add_bos_token: addBos, add_eos_token: addEos, chat_template: template } = config;
  const chatTemplate = files.get('chat_template.jinja') ?? template;
  // Newer files say it in the post-processor only.
  const isPutInFront =
    json === undefined || JSON.stringify(json.post_processor).includes(JSON.stringify(model?.bosPiece));
  return {
    addBos: typeof addBos === 'boolean' ? addBos : isPutInFront,
    ...(typeof addEos === 'boolean' && { addEos }),
    ...(typeof chatTemplate === 'string' && { chatTemplate }),
  };
}
