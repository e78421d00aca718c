// Types of the parts of sentencepiece-js 1.1 that this project uses; the package ships none.
declare module 'sentencepiece-js' {
  /** A C++ object behind an embind handle; freed by hand. */
  interface Handle {
    delete(): void;
  }

  interface Status extends Handle {
    ToString(): string;
  }

  interface StringView extends Handle {
    getView(): Handle;
  }

  interface NativeProcessor extends Handle {
    Load(path: Handle): Status;
  }

  /** The WebAssembly module; its file system lies in memory. */
  interface NativeModule {
    readonly FS: { writeFile(path: string, data: Uint8Array): void; unlink(path: string): void };
    readonly StringView: new (text: string) => StringView;
    readonly SentencePieceProcessor: new () => NativeProcessor;
  }

  export class SentencePieceProcessor {
    sentencepiece: NativeModule;
    processor: NativeProcessor;
    load(path: string | URL): Promise<void>;
    encodeIds(text: string): number[];
    encodePieces(text: string): string[];
  }
}
