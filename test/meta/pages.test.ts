/** The pages hang together: every link leads somewhere, every page is linked, and the commands that they name exist. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { filesOf, read, ROOT } from '../support/tree.ts';

const pages = filesOf('.', '.md');

/** A page's links within the repository, without what they say. */
function linksOf(page: string): { to: string; anchor: string | undefined }[] {
  const text = read(page).replace(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { to: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

/** The anchors of a page's headings, as they are made of them on the web. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
}

test('there is a first page', () => {
  expect(pages).toContain('README.md');
});

describe.each(pages)('%s', (page) => {
  test('its links lead to files and headings that are there', () => {
    const broken = linksOf(page).filter(({ to, anchor }) => !existsSync(join(ROOT, to)) || (anchor !== undefined && !anchorsOf(to).includes(anchor)));
    expect(broken).toEqual([]);
  });

  test('opens with its name and what it is for', () => {
    expect(read(page)).toMatch(/^# \S.*\n\n[A-Z][^\n]{20,}/);
  });
});

test('every page can be reached from the first', () => {
  const reached = new Set<string>();
  const visit = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    for (const { to } of linksOf(page)) if (to.endsWith('.md') && existsSync(join(ROOT, to))) visit(to);
  };
  visit('README.md');
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

test('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) => [...read(page).matchAll(/\bnpm (?:run ([a-z:-]+)|(start|test)\b)/g)].map(([, run, short]) => run ?? short ?? ''));
  expect(named).not.toEqual([]);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('files and folders that a page names in code exist', () => {
  const missing = pages.flatMap((page) => [...read(page).matchAll(/`((?:src|rules|workers|stand-ins|demo|test|docs|scripts)\/[\w./-]*)`/g)].map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)) || path.endsWith('/') !== statSync(join(ROOT, path)).isDirectory()).map((path) => `${page}: ${path}`));
  expect(missing).toEqual([]);
});

test('rules/README.md names every rule, and no other', () => {
  const named = new Set([...read('rules/README.md').matchAll(/`([\w/-]+\.ts)`/g)].map(([, name]) => `rules/${name}`));
  expect([...named].toSorted()).toEqual(filesOf('rules'));
});

test('CHANGELOG.md begins with what is not released yet', () => {
  const [, first = '', content = ''] = /^## (.+)$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(read('CHANGELOG.md')) ?? [];
  expect(first).toBe('Unreleased');
  expect(content).toMatch(/^- \S/m);
});
