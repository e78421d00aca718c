// Finds the `@example` blocks of src/ and makes a module of each that runs it. A comment behind a statement that is an
// expression is its value; what an example names without declaring it is imported from where it is exported, or comes from
// setting.ts. Neither reads nor checks anything else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

export const srcRoot: string = fileURLToPath(new URL('../../src/', import.meta.url));
const CHECK = fileURLToPath(new URL('./check.ts', import.meta.url));
const SETTING = fileURLToPath(new URL('./setting.ts', import.meta.url));

/** Where examples find functions of Node. */
const NODE_NAMES: Readonly<Record<string, string>> = {
  join: 'node:path',
  readFile: 'node:fs/promises',
  writeFile: 'node:fs/promises',
};

export interface Example {
  /** Path below src/. */
  readonly file: string;
  /** Of the `@example` in that file. */
  readonly line: number;
  readonly code: string;
}

type Exports = ReadonlyMap<string, string>;

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const sources: readonly (readonly [file: string, text: string])[] = readdirSync(srcRoot, {
  recursive: true,
  encoding: 'utf8',
})
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(srcRoot, file), 'utf8')]);

/** All examples, in the order of the files. */
export function findExamples(): Example[] {
  return sources.flatMap(([file, text]) =>
    Array.from(text.matchAll(/^ *\* @example\n((?: *\*.*\n)*?) *\*\/$/gm), (match) => ({
      file,
      line: text.slice(0, match.index).split('\n').length,
      code: match[1]!
        .replace(/^ *\* ?/gm, '')
        .replace(/^```(ts)?$/gm, '')
        .replaceAll('*\\/', '*/'),
    })),
  );
}

/** By name, the file below src/ that declares it. */
export function findExports(): Exports {
  const found = new Map<string, string>();
  for (const [file, text] of sources) {
    const names = text.matchAll(
      /^export (?:declare )?(?:async )?(?:function\*?|const|class|interface|type) ([A-Za-z_$][\w$]*)/gm,
    );
    for (const [, name] of names) found.set(name!, file);
  }
  return found;
}

/**
 * The module that runs an example: it exports `run`.
 *
 * @param settings what setting.ts has, by name or by `file#name`
 * @throws Error when the example names something that is nowhere
 */
export function buildModule(example: Example, exports: Exports, settings: ReadonlySet<string>): string {
  const { file, code } = example;
  const program = parseAst(code, { lang: 'ts', sourceType: 'module' }) as unknown as { readonly body: readonly Node[] };
  const declared = new Set<string>();
  const named = new Set<string>();
  for (const statement of program.body) collectNames(statement, declared, named);
  const own = sources.find(([name]) => name === file)![1];
  const head = new Map<string, Set<string>>();
  const addImport = (from: string, name: string): void => {
    head.set(from, (head.get(from) ?? new Set()).add(name));
  };
  const values: string[] = [];
  for (const name of [...named].sort()) {
    const isOwn = settings.has(`${file}#${name}`);
    const isKnown = (name in globalThis && !isOwn) || TYPES_OF_THE_LANGUAGE.has(name);
    if (declared.has(name) || isKnown) continue;
    const key = [`${file}#${name}`, name].find((wanted) => settings.has(wanted));
    if (new RegExp(`^export (async )?(function\\*?|const|class|interface|type) ${name}\\b`, 'm').test(own)) {
      addImport(srcRoot + file, name);
    } else if (exports.has(name) && !isOwn) addImport(srcRoot + exports.get(name), name);
    else if (key !== undefined) values.push(`const ${name} = await setting[${JSON.stringify(key)}]();`);
    else if (name in NODE_NAMES) addImport(NODE_NAMES[name]!, name);
    else throw new Error(`the example names ${name}, which is neither declared nor exported nor in setting.ts`);
  }
  return [
    `import { check } from ${JSON.stringify(CHECK)};`,
    `import { setting } from ${JSON.stringify(SETTING)};`,
    ...Array.from(head, ([from, names]) => `import { ${[...names].join(', ')} } from ${JSON.stringify(from)};`),
    'void check, setting;',
    'export async function run(): Promise<void> {',
    ...values,
    withChecks(code, program.body),
    '}',
  ].join('\n');
}

const TYPES_OF_THE_LANGUAGE = new Set(['Promise', 'Readonly', 'const', 'undefined']);

/** The code with every expression that has a comment behind it compared with the comment. */
function withChecks(code: string, body: readonly Node[]): string {
  let result = '';
  let done = 0;
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement') continue;
    const comment = /^[ \t]*(\n?[ \t]*\/\/ .*(?:\n[ \t]*\/\/ .*)*)/.exec(code.slice(statement.end))?.[1];
    if (comment === undefined) continue;
    const expected = comment.trim().replace(/^[ \t]*\/\/ ?/gm, '');
    const expression = code.slice(statement.start, statement.end).replace(/;$/, '');
    result += `${code.slice(done, statement.start)}await check(async () => (${expression}), ${JSON.stringify(expected)});`;
    done = statement.end;
  }
  return result + code.slice(done);
}

/** Names that the syntax tree declares anywhere, and names that it uses. */
function collectNames(node: unknown, declared: Set<string>, named: Set<string>): void {
  if (Array.isArray(node)) for (const item of node) collectNames(item, declared, named);
  if (!isNode(node)) return;
  if (node.type === 'Identifier') named.add(String(node.name));
  if (node.type === 'VariableDeclarator') collectPattern(node.id, declared);
  if (node.type === 'ArrowFunctionExpression' || node.type === 'FunctionDeclaration') {
    for (const parameter of node.params as unknown[]) collectPattern(parameter, declared);
  }
  if (node.type === 'CatchClause') collectPattern(node.param, declared);
  for (const [key, value] of Object.entries(node)) {
    const isName =
      (node.type === 'MemberExpression' && key === 'property' && node.computed === false) ||
      (node.type === 'Property' && key === 'key' && node.computed === false && node.shorthand === false);
    if (!isName) collectNames(value, declared, named);
  }
}

function collectPattern(pattern: unknown, declared: Set<string>): void {
  if (!isNode(pattern)) return;
  if (pattern.type === 'Identifier') declared.add(String(pattern.name));
  for (const part of [pattern.properties, pattern.elements].flat()) {
    if (isNode(part)) collectPattern(part.type === 'Property' ? part.value : (part.argument ?? part), declared);
  }
  collectPattern(pattern.left, declared);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}
