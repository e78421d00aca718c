// Writes ids into the files that trainers read: which files a format has, what is in them, and the manifest that says what they
// are of. All files of a run are put into their places together, so that ids are never there without their index. What the
// bytes mean is in formats/ids/; encoding is done by pipeline/threads.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isObject } from '../../core/json-object.ts';
import type { InputHash } from '../../corpus/read/input-hash.ts';
import type { WorkPart } from '../../corpus/shards/part-record.ts';
import { FormatError, OutputError } from '../../errors.ts';
import { type IdForm, idTypeOf } from '../../formats/ids/id-form.ts';
import { type MegatronType, megatronIndex, megatronTypeOf, offsetsOf } from '../../formats/ids/megatron-index.ts';
import { NPY_HEADER_BYTES, type NpyIdType, npyHeader } from '../../formats/ids/npy.ts';
import { type FileWriter, writeFilesAtomic } from '../io/atomic-write.ts';
import { type ManifestModel, manifestHead } from '../io/manifest.ts';
import type { OutputRules } from '../io/output-rules.ts';
import { sha256OfChunks } from '../io/sha256.ts';
import type { EncodedTexts } from '../threads/encode-batch-thread.ts';
import { parquetChunks } from './parquet-ids.ts';

/** Formats of files of ids. */
export const ID_FORMATS = ['jsonl', 'npy', 'bin', 'megatron', 'parquet'] as const;

/** One of {@link ID_FORMATS}. */
export type IdFormat = (typeof ID_FORMATS)[number];

/** Ends of the names of each format's files, behind the prefix; the ids are in the first. */
const SUFFIXES: Readonly<Record<IdFormat, readonly string[]>> = {
  jsonl: ['.jsonl'],
  npy: ['.npy', '.starts.npy'],
  bin: ['.bin'],
  megatron: ['.bin', '.idx'],
  parquet: ['.parquet'],
};

/** What a run encodes. */
export interface IdWork {
  readonly format: IdFormat;
  readonly tokenizer: ManifestModel;
  /** What shapes the files, and which part of what they are: see part-record.ts. */
  readonly header: WorkPart['header'];
}

/** What has been written. */
export interface IdFilesResult {
  readonly documents: number;
  readonly tokens: number;
  /** Type of the ids; undefined in text. */
  readonly dtype: string | undefined;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** The form in which threads give the ids for a format; undefined for plain ids. */
export function formOfFormat(format: IdFormat, vocabSize: number): IdForm | undefined {
  if (format === 'jsonl') return 'json';
  if (format === 'parquet') return undefined;
  return format === 'megatron' ? megatronTypeOf(vocabSize) : idTypeOf(vocabSize);
}

/** Paths of the files of a format, the manifest last. */
export function idFilePaths(prefix: string, format: IdFormat): string[] {
  return [...SUFFIXES[format], '.manifest.json'].map((suffix) => prefix + suffix);
}

/**
 * Writes the files of a run.
 *
 * @param blocks ids in the form of {@link formOfFormat}, in order
 * @param readInputs hashes of what has been read, asked for at the end
 * @throws OutputError as `writeFilesAtomic`; nothing is left behind then
 */
export async function writeIdFiles(
  prefix: string,
  blocks: AsyncIterable<EncodedTexts>,
  work: IdWork,
  { rules, readInputs }: { readonly rules: OutputRules; readonly readInputs: () => readonly InputHash[] },
): Promise<IdFilesResult> {
  const { format } = work;
  const form = formOfFormat(format, work.tokenizer.vocabSize);
  const keepsLengths = SUFFIXES[format].length > 1;
  const lengths: Uint32Array[] = [];
  let documents = 0;
  let tokens = 0;
  async function* counted(): AsyncGenerator<EncodedTexts> {
    for await (const block of blocks) {
      const { idStarts } = block;
      documents += idStarts.length - 1;
      tokens += idStarts.at(-1)!;
      if (keepsLengths) lengths.push(idStarts.subarray(1).map((end, i) => end - idStarts[i]!));
      yield block;
    }
  }
  const described: Record<string, { bytes: number; sha256: string }> = {};
  const files = new Map<string, FileWriter>();
  const add = (
    suffix: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    head?: () => Uint8Array,
  ): void => {
    files.set(prefix + suffix, async (file) => {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of chunks) {
        if (head === undefined) hash.update(chunk);
        bytes += chunk.length;
        await file.write(chunk);
      }
      if (head !== undefined) {
        await file.writeAt(0, head());
        for await (const chunk of file.read()) hash.update(chunk);
      }
      described[basename(prefix) + suffix] = { bytes, sha256: hash.digest('hex') };
    });
  };
  if (format === 'parquet') add('.parquet', parquetChunks(counted()));
  else if (format === 'npy') {
    // The number of ids is known at the end.
    add('.npy', withData(counted(), new Uint8Array(NPY_HEADER_BYTES)), () => npyHeader(form as NpyIdType, tokens));
    add('.starts.npy', startsOf(lengths));
  } else {
    add(SUFFIXES[format][0]!, withData(counted()));
    if (format === 'megatron') add('.idx', megatronIndex(form as MegatronType, lengths));
  }
  const dtype = form === 'json' ? undefined : (form ?? 'int32');
  files.set(`${prefix}.manifest.json`, async (file) => {
    const { tokenizer, header } = work;
    const kind = { ...manifestHead(), command: 'encode' };
    const manifest = { ...kind, tokenizer, header, dtype, documents, tokens, read: readInputs(), files: described };
    await file.write(`${JSON.stringify(manifest, null, 2)}\n`);
  });
  await writeFilesAtomic(files, rules);
  return { documents, tokens, dtype, files: described };
}

async function* withData(blocks: AsyncIterable<EncodedTexts>, head?: Uint8Array): AsyncGenerator<Uint8Array> {
  if (head !== undefined) yield head;
  for await (const { data } of blocks) yield data!;
}

// Read when the ids have been written, and all lengths are there.
function* startsOf(lengths: readonly Uint32Array[]): Generator<Uint8Array> {
  yield npyHeader(
    'int64',
    lengths.reduce((sum, run) => sum + run.length, 1),
  );
  yield* offsetsOf(lengths, 1);
  const end = lengths.reduce((sum, run) => run.reduce((total, length) => total + length, sum), 0);
  yield new Uint8Array(BigInt64Array.of(BigInt(end)).buffer);
}

/** What an earlier run has written there, as its manifest says. @throws where there is none of this command */
async function readIdManifest(prefix: string): Promise<{ header: WorkPart['header']; files: Record<string, unknown> }> {
  const manifest: unknown = JSON.parse(await readFile(`${prefix}.manifest.json`, 'utf8'));
  if (isObject(manifest) && manifest.command === 'encode' && isObject(manifest.header) && isObject(manifest.files)) {
    return { header: manifest.header, files: manifest.files };
  }
  throw new FormatError(`${prefix}.manifest.json: does not say what the files are of`);
}

async function hasItsHash(path: string, files: Record<string, unknown>): Promise<boolean> {
  const entry = files[basename(path)];
  return isObject(entry) && entry.sha256 === (await sha256OfChunks(createReadStream(path)));
}

/** The files of an earlier run, looked at from end to end. @throws FormatError when they are not whole */
export async function readIdPart(prefix: string, format: IdFormat): Promise<WorkPart> {
  const { header, files } = await readIdManifest(prefix);
  for (const suffix of SUFFIXES[format]) {
    if (await hasItsHash(prefix + suffix, files)) continue;
    throw new FormatError(`${prefix}${suffix}: has another hash than ${basename(prefix)}.manifest.json says`);
  }
  return { path: prefix + SUFFIXES[format][0]!, header, sha256: '' };
}

/**
 * True for a file that an earlier run into the same prefix has written, as its manifest says.
 *
 * @param format what is written now
 * @throws OutputError when files of another format would be left behind without their manifest, or an index without its ids
 */
export async function isOwnIdFile(prefix: string, path: string, format: IdFormat): Promise<boolean> {
  const manifest = await readIdManifest(prefix).catch(() => undefined);
  if (manifest === undefined) return false;
  const replaced = idFilePaths(basename(prefix), format);
  for (const name of Object.keys(manifest.files)) {
    const other = join(dirname(prefix), name);
    if (replaced.includes(name) || !(await isThere(other))) continue;
    throw new OutputError(
      `${other}: is there already, of a run with another --format, and belongs to ${prefix}.manifest.json`,
      {
        hint: 'Give each format a PREFIX of its own, or remove the files of the earlier run.',
      },
    );
  }
  return path === `${prefix}.manifest.json` || hasItsHash(path, manifest.files);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
