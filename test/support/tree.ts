/** The files of this repository, and what is written in its pages: for tests of the tree itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

const SKIPPED = new Set(['node_modules', 'dist', 'data', '.git']);

/** Paths from the root with `/`, sorted, of all files below a folder whose names end so. Empty for a folder that is not there. */
export function filesOf(folder: string, ending = '.ts'): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(join(ROOT, path), { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue;
      const below = path === '.' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(below);
      else if (entry.name.endsWith(ending)) found.push(below);
    }
  };
  if (readdirSync(join(ROOT, folder, '..')).includes(folder.split('/').at(-1) ?? '') || folder === '.') walk(folder);
  return found.toSorted();
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A program without its comments; strings stay. Good for this tree, where no string holds a comment's beginning after a blank. */
export function withoutComments(program: string): string {
  return program.replace(/(^|\s)\/\*[\s\S]*?\*\//g, '$1').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** The contents of a page's fenced blocks of a language, in order. */
export function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, of]) => of === language).map(([, , content]) => content ?? '');
}

/** The rows of the table whose first column has this name, each as its cells, without the header. */
export function tableOf(page: string, firstColumn: string): string[][] {
  const cells = (line: string): string[] => line.split('|').slice(1, -1).map((cell) => cell.trim());
  const lines = page.split('\n');
  const header = lines.findIndex((line) => line.startsWith('|') && cells(line)[0] === firstColumn);
  if (header === -1) throw new Error(`no table with a first column ${firstColumn}`);
  const after = lines.slice(header + 2);
  const end = after.findIndex((line) => !line.startsWith('|'));
  return (end === -1 ? after : after.slice(0, end)).map(cells);
}
