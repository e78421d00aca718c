// Counts with sentencepiece-js, SentencePiece's C++ code compiled to WebAssembly: a second engine that shares nothing
// with ours. It is loaded only when asked for. The model is handed over in memory; nothing is written to disk.
// Its module registers handlers on the process that would change how the whole program fails. They are told by their source
// text, because nothing else tells them: they are registered after the module has awaited something, so that a comparison of
// before and after would take handlers of others away too, and the module has no switch for them.
import type { TokenizerModel } from '../../core/model.ts';
import { FormatError, InputError } from '../../errors.ts';
import { modelTokenKinds, type TokenCounter } from './token-counter.ts';

/**
 * Longest line, in UTF-16 units, that is handed to the module. Its memory ends at 2 GiB and a BPE encode takes more
 * than 100 bytes a character; past the end it aborts for good.
 */
const MAX_LINE_UNITS = 4_000_000;

/** A model for {@link createSentencePieceJsCounter}. */
export interface SentencePieceJsModel {
  /** Name for error messages. */
  readonly name: string;
  /** The `.model` file. */
  readonly bytes: Uint8Array;
  /** The same model, parsed; it tells the kinds of the pieces. */
  readonly model: TokenizerModel;
}

/**
 * Opens a `.model` in sentencepiece-js.
 *
 * @throws FormatError when sentencepiece-js refuses the model
 */
export async function createSentencePieceJsCounter(options: SentencePieceJsModel): Promise<TokenCounter> {
  const { name, bytes, model } = options;
  const { SentencePieceProcessor } = await import('sentencepiece-js');
  const processor = new SentencePieceProcessor();
  // load() starts the module and then reads a file by path. The path is this file's: it is always there, is refused as
  // a model, and leaves a running module to give the bytes to.
  await withoutProcessHandlers(() => processor.load(new URL(import.meta.url)));
  const { sentencepiece } = processor;
  const path = 'tokenizer.model';
  sentencepiece.FS.writeFile(path, bytes);
  const view = new sentencepiece.StringView(path);
  const pathView = view.getView();
  const native = new sentencepiece.SentencePieceProcessor();
  const status = native.Load(pathView);
  const message = status.ToString();
  for (const handle of [status, pathView, view, processor.processor]) handle.delete();
  sentencepiece.FS.unlink(path);
  if (message !== 'OK') {
    native.delete();
    throw new FormatError(`${name}: sentencepiece-js cannot load the model: ${message}`, {
      hint: 'Check the file with `vocab-merge inspect`.',
    });
  }
  processor.processor = native;

  const { pieces } = model;
  return {
    engine: 'sentencepiece-js',
    vocabSize: pieces.length,
    tokenKinds: modelTokenKinds(model),
    forEachId(text, visit) {
      if (text.length > MAX_LINE_UNITS) {
        throw new InputError(
          `a line of ${text.length} UTF-16 units is more than sentencepiece-js can encode, at most ${MAX_LINE_UNITS}`,
          { hint: 'Split the line, or count with the engine vocab-merge.' },
        );
      }
      // Its own conversion to UTF-8 joins a lone surrogate with whatever follows.
      const ids = processor.encodeIds(text.isWellFormed() ? text : text.toWellFormed());
      for (let i = 0; i < ids.length; i++) visit(ids[i]!);
    },
    idToPiece: (id) => pieces[id],
  };
}

/** The handlers of the module, which rethrow what they are given. */
const MODULE_HANDLERS = {
  uncaughtException: /instanceof ExitStatus/,
  unhandledRejection: /^function ?\(reason\) ?\{ ?throw reason;? ?\}$/,
} as const;

interface ListenerTarget {
  rawListeners(event: string): readonly unknown[];
  removeListener(event: string, listener: unknown): void;
}

/** Runs `load` and removes the process-wide handlers that it registered. */
async function withoutProcessHandlers(load: () => Promise<void>): Promise<void> {
  const target = (globalThis as { process?: ListenerTarget }).process;
  const before = new Map(Object.keys(MODULE_HANDLERS).map((event) => [event, target?.rawListeners(event) ?? []]));
  await load();
  for (const [event, code] of Object.entries(MODULE_HANDLERS)) {
    for (const handler of target?.rawListeners(event) ?? []) {
      if (!before.get(event)!.includes(handler) && code.test(String(handler))) target!.removeListener(event, handler);
    }
  }
}
