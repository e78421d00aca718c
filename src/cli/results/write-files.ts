// Puts the files of a result into their place, all or none, by the rules of pipeline/io/output-rules.ts: into a folder, into
// single files, or to standard output.
import { fstatSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { checkFile, type FileData, writeFilesAtomic } from '../../pipeline/io/atomic-write.ts';
import { describeFiles, manifestHead } from '../../pipeline/io/manifest.ts';
import { withOutputFolder } from '../../pipeline/io/output-folder.ts';
import type { OutputRules } from '../../pipeline/io/output-rules.ts';
import type { CommandContext } from '../declare/command.ts';
import { defineGroup } from '../declare/flag.ts';
import type { CommandOutput } from '../output/command-output.ts';

/** `--force`, for every command that writes. */
export const FORCE_FLAGS = defineGroup('Output', {
  force: {
    type: 'boolean',
    help: 'Write although other files are there: those of the same names are replaced. Inputs never are',
  },
});

/** What of a running command writing has to do with. */
export type WritingContext = Pick<CommandContext<typeof FORCE_FLAGS>, 'inputs' | 'output'> & {
  readonly flags: { readonly force: boolean | undefined };
};

/** The rules for what a command writes: what it reads, and whether --force was given. */
export function outputRulesOf({ flags, inputs, output }: WritingContext): OutputRules {
  return { inputs, force: flags.force, onNote: (note) => output.warn(note) };
}

/** What a command makes for its output folder. */
export interface FolderResult<T> {
  /** Contents by file name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly result: T;
}

/**
 * Lets `make` work and writes its files into `folder`. That the folder can be written is checked before `make` starts,
 * so that nobody waits for a result that has no place.
 *
 * @throws OutputError when the folder cannot be written, or must not be; nothing is left behind then
 */
export async function writeFolder<T>(
  folder: string,
  context: WritingContext,
  make: () => Promise<FolderResult<T>>,
): Promise<T> {
  return withOutputFolder(
    folder,
    async (temporary) => {
      const { files, result } = await make();
      for (const [name, data] of withManifest(files)) {
        await mkdir(dirname(join(temporary, name)), { recursive: true });
        await writeFile(join(temporary, name), data);
      }
      return result;
    },
    outputRulesOf(context),
  );
}

// The manifest lists every file: by it, the next run into the same folder knows that all of them are its own to replace.
function withManifest(files: FolderResult<unknown>['files']): Map<string, string | Uint8Array> {
  const text = files.get('manifest.json');
  const manifest =
    typeof text === 'string'
      ? (JSON.parse(text) as { files: Record<string, unknown> })
      : { ...manifestHead(), files: {} };
  const listed = new Map([...files].filter(([name]) => name !== 'manifest.json'));
  if ([...listed.keys()].every((name) => Object.hasOwn(manifest.files, name))) return new Map(files);
  const whole = { ...manifest, files: { ...manifest.files, ...describeFiles(listed) } };
  return new Map([...listed, ['manifest.json', `${JSON.stringify(whole, null, 2)}\n`]]);
}

/** A way to write single files, opened before the work that makes them. */
export interface FileOutput {
  /** True when the file is standard output: then nothing else may go there. */
  readonly isStdout: boolean;
  /** Writes all of them, or none. */
  write(files: ReadonlyMap<string, FileData>): Promise<void>;
  /** Tells the result: on stdout, or, where that is taken by the file, on stderr. */
  print(text: string): void;
}

/**
 * Checks that `paths` may be written; `-` is standard output.
 *
 * @param isOwn as in {@link OutputRules}
 * @throws OutputError
 */
export async function openFileOutput(
  paths: readonly string[],
  context: WritingContext,
  isOwn?: OutputRules['isOwn'],
): Promise<FileOutput> {
  const rules = { ...outputRulesOf(context), isOwn };
  const { output } = context;
  const isStdout = paths.some(leadsToStdout);
  if (isStdout && output.json) {
    throw new UsageError('--json and the result both go to standard output', {
      hint: 'Leave out --json, or write the result to a file.',
    });
  }
  for (const path of paths) if (!leadsToStdout(path)) await checkFile(path, rules);
  return {
    isStdout,
    async write(files) {
      const rest = new Map<string, FileData>();
      for (const [path, data] of files) {
        if (leadsToStdout(path)) await writeToStdout(data, output);
        else rest.set(path, data);
      }
      await writeFilesAtomic(rest, rules);
    },
    print: (text) => (isStdout ? output.message(text) : output.print(text)),
  };
}

// A link to it, or a pipe by another name, counts too: replaced by a file, nothing would come out.
function leadsToStdout(path: string): boolean {
  if (path === '-') return true;
  if (!/^\/(dev|proc)\//.test(path)) return false;
  try {
    const [place, stdout] = [statSync(path), fstatSync(1)];
    return place.dev === stdout.dev && place.ino === stdout.ino;
  } catch {
    return false;
  }
}

async function writeToStdout(data: FileData, output: CommandOutput): Promise<void> {
  const chunks = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  for await (const chunk of chunks) output.write(chunk);
}
