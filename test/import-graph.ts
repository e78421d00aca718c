// Which files import which, as a graph, and the circles in it. Types count: `import type` and `export … from` are arrows
// like any other. Sources are read as text; what is computed at run time (worker files) is not seen.
import { posix } from 'node:path';

/** Arrows from each node to the nodes it needs. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Specifiers of everything that a source imports or passes on. */
export function importsOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '');
  return [...code.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
}

/**
 * The arrows between files.
 *
 * @param sources text of each file, by its path
 */
export function fileGraph(sources: ReadonlyMap<string, string>): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    const targets = importsOf(source)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.join(posix.dirname(path), specifier));
    graph.set(path, new Set(targets.filter((target) => sources.has(target))));
  }
  return graph;
}

/** The arrows between folders: the files of a folder are one node, those of its subfolders are others. */
export function folderGraph(files: Graph): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [path, targets] of files) {
    const folder = posix.dirname(path);
    const others = [...targets].map((target) => posix.dirname(target)).filter((other) => other !== folder);
    graph.set(folder, new Set([...(graph.get(folder) ?? []), ...others]));
  }
  return graph;
}

/** The strongly connected components of more than one node, each sorted, by Tarjan's algorithm. */
export function circlesOf(graph: Graph): string[][] {
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): void => {
    const number = numbers.size;
    numbers.set(node, number);
    lowest.set(node, number);
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!numbers.has(next)) visit(next);
      // What is no longer open belongs to a component that is complete.
      if (open.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!));
    }
    if (lowest.get(node) !== number) return;
    const component = open.splice(open.indexOf(node));
    if (component.length > 1) circles.push(component.sort());
  };
  for (const node of graph.keys()) if (!numbers.has(node)) visit(node);
  return circles;
}
