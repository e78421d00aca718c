// The commands of README and docs/ that need nothing but the package are run, one after another in one folder, and print what is
// shown: a block ```console has commands behind `$ ` and their output, in which `…` stands for any lines.
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface ShownCommand {
  readonly commandLine: string;
  readonly output: readonly string[];
}

describe('the commands of README', () => {
  const folder = temporaryFolder();
  beforeAll(() => {
    symlinkSync(join(root, 'corpus-samples'), join(folder, 'corpus-samples'), 'junction');
  });

  const commands = shownCommands(readFileSync(join(root, 'README.md'), 'utf8'));

  it('are there', () => {
    expect(commands.map(({ commandLine }) => commandLine.split(' ')[2])).toEqual(['build', 'compare', 'audit']);
  });

  for (const { commandLine, output } of commands) {
    it(`${commandLine.slice(0, 60)} prints what is shown`, () => {
      const [npx, program, ...args] = commandLine.split(/\s+/);
      expect([npx, program]).toEqual(['npx', 'vocab-merge']);
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
      const printed = stdout.trimEnd().split('\n');
      let at = 0;
      let skips = false;
      for (const line of output) {
        if (line === '…') {
          skips = true;
          continue;
        }
        const found = skips ? printed.indexOf(line, at) : at;
        expect(printed[found], `line ${at + 1} of the output`).toBe(line);
        at = found + 1;
        skips = false;
      }
    });
  }
});

function shownCommands(markdown: string): ShownCommand[] {
  return [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block!
      .replaceAll('\\\n', '')
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [commandLine, ...output] = text.trimEnd().split('\n');
        return { commandLine: commandLine!, output };
      }),
  );
}
