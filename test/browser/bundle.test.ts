// What a bundler takes along when a program imports one name from one part of the package: that part, not the rest.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));

interface Bundle {
  /** Files of src/ with code in the bundle. */
  readonly files: readonly string[];
  readonly rooms: readonly string[];
  readonly gzipBytes: number;
}

describe('a bundle of one name', () => {
  it.each([
    { name: 'parseRowMap', part: 'formats', rooms: ['core', 'formats'], maxGzipBytes: 6_000 },
    { name: 'parseTokenizerModel', part: 'formats', rooms: ['core', 'formats'], maxGzipBytes: 12_000 },
    { name: 'createTokenizer', part: 'tokenize', rooms: ['core', 'tokenize'], maxGzipBytes: 45_000 },
    { name: 'composeRowMaps', part: 'merge', rooms: ['core', 'formats', 'merge'], maxGzipBytes: 6_000 },
  ])('$name of vocab-merge/$part holds no more than it needs', async ({ name, part, rooms, maxGzipBytes }) => {
    const bundle = await bundleOf(name, part);
    console.log(`${name}: ${bundle.files.length} files, ${bundle.gzipBytes} bytes gzipped`);
    expect(bundle.rooms.filter((room) => !rooms.includes(room))).toEqual([]);
    expect(bundle.files.length).toBeGreaterThan(0);
    expect(bundle.gzipBytes).toBeLessThan(maxGzipBytes);
    // The same name from the entry of everything for browsers brings nothing else.
    expect((await bundleOf(name, 'browser')).files).toEqual(bundle.files);
  });
});

async function bundleOf(name: string, part: string): Promise<Bundle> {
  const build = await rolldown({
    input: 'program',
    platform: 'browser',
    plugins: [
      {
        name: 'program',
        resolveId: (id) => (id === 'program' ? id : undefined),
        load: (id) =>
          id === 'program' ? `import { ${name} } from '${src}/${part}.ts'; console.log(${name});` : undefined,
      },
    ],
    onLog: (_, log) => {
      throw new Error(log.message);
    },
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const [chunk] = output;
  const files = Object.entries(chunk.modules)
    .filter(([id, module]) => id.startsWith(src) && module.renderedLength > 0)
    .map(([id]) => relative(src, id))
    .sort();
  const rooms = [...new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!))];
  return { files, rooms, gzipBytes: gzipSync(chunk.code, { level: 9 }).length };
}
