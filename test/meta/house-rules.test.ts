/** The rules of the house that no compiler holds: sizes, first lines, constant log messages, names of tests, no fixed ports. */
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';
import { filesOf, read, withoutComments } from '../support/tree.ts';

const product = ['src', 'rules', 'workers'].flatMap((folder) => filesOf(folder));
const sources = [...product, ...filesOf('stand-ins'), ...filesOf('demo'), ...filesOf('scripts', '.mjs')];
const tests = filesOf('test');

test('no source file is above 300 lines, no test above 400', () => {
  const tooLong = (paths: readonly string[], most: number): string[] => paths.filter((path) => read(path).split('\n').length - 1 > most);
  expect([...tooLong(sources, 300), ...tooLong(tests, 400)]).toEqual([]);
});

test('every source file opens with a sentence on what it is for', () => {
  expect(sources.filter((path) => !/^(#!.*\n)?\/\*\*[\s*]+\S.{20,}/.test(read(path)))).toEqual([]);
});

/** The text between the bracket at `from` and the one that closes it, with quotes of every kind passed over. */
function inBrackets(program: string, from: number): string {
  const quoted = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|[([{]|[)\]}]/g;
  quoted.lastIndex = from;
  let depth = 0;
  for (let found = quoted.exec(program); found; found = quoted.exec(program)) {
    if ('([{'.includes(found[0])) depth += 1;
    else if (')]}'.includes(found[0])) depth -= 1;
    if (depth === 0) return program.slice(from + 1, found.index);
  }
  return program.slice(from + 1);
}

/** The arguments of every call of a log's methods, as text. */
function logCalls(program: string): string[] {
  return [...program.matchAll(/\blog(?:ger)?(?:\.(?:fatal|error|warn|info|debug|trace)|\[[^\]]*\])\(/g)].map((call) => inBrackets(program, call.index + call[0].length - 1).trim());
}

/** A text, or one of two; its fields, if any, come before it. */
const CONSTANT = /(?:^|[,?:]\s*)(?:'[^']+'|"[^"]+")$/;

test('a log line is a constant message, after its fields if it has any', () => {
  const calls = product.flatMap((path) => logCalls(withoutComments(read(path))).map((text) => ({ path, text })));
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.filter(({ text }) => !CONSTANT.test(text) || text.includes('`')).map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
});

test('the check of log lines sees what it must', () => {
  expect(logCalls("log.info({ a: f(')'), b: [1] }, 'said'); log.warn(`x ${y}`); request.log[quiet ? 'debug' : 'info']('z');")).toEqual(["{ a: f(')'), b: [1] }, 'said'", '`x ${y}`', "'z'"]);
});

/** Full names, those of the describes around included. Tables of tests have a value in their names: they are left out, and what is in them is told apart. */
function namesOf(program: string): string[] {
  const around: { indent: number; name: string }[] = [];
  const names: string[] = [];
  for (const { 1: space = '', 2: kind, 3: name = '', index } of program.matchAll(/^([ ]*)(describe|it|test)(?:\.\w+(?:\((?:[^()]|\([^()]*\))*\))?)?\(\s*(?:'((?:\\.|[^'\\])*)'|"[^"]*"|`[^`]*`)/gm)) {
    while ((around.at(-1)?.indent ?? -1) >= space.length) around.pop();
    if (kind === 'describe') around.push({ indent: space.length, name: /[%$]/.test(name) ? `${name} at ${index}` : name });
    else if (name !== '' && !/[%$]/.test(name)) names.push([...around.map((one) => one.name), name].join(' > '));
  }
  return names;
}

test('the names of the tests in a file are all different', () => {
  expect(tests.flatMap((path) => namesOf(read(path))).length).toBeGreaterThan(100);
  const doubled = tests.flatMap((path) => {
    const names = namesOf(read(path));
    return names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${path}: ${name}`);
  });
  expect(doubled).toEqual([]);
});

test('every test is run: its file is named so and belongs to a project', () => {
  const projects = (config.test?.projects ?? []) as { test: { include: string[] } }[];
  const folders = projects.flatMap(({ test: { include } }) => include.flatMap((glob) => (/\{(.+?)\}/.exec(glob)?.[1] ?? '').split(',')));
  expect(tests.filter((path) => path.endsWith('.test.ts') && !folders.includes(path.split('/')[1] ?? ''))).toEqual([]);
  expect(tests.filter((path) => !path.endsWith('.test.ts') && /^import \{[^}]*\b(?:it|test)\b[^}]*\} from 'vitest'/m.test(read(path)) && !/^export /m.test(read(path)))).toEqual([]);
});

test('what tests share registers its hooks when it is called: when it is loaded, once for many files, it would for the first alone', () => {
  const whenLoaded = tests.filter((path) => !path.endsWith('.test.ts') && /^(?:before|after)(?:Each|All)\(/m.test(read(path)));
  // The first is run anew for each file; the second is for tests of faults, each file of which has a process of its own.
  expect(whenLoaded).toEqual(['test/support/log-watch-setup.ts', 'test/support/service-process.ts']);
  expect(tests.filter((path) => /from '[^']*service-process\.ts'/.test(read(path)) && !path.startsWith('test/faults/'))).toEqual([]);
});

test('no test has a port of its own, is skipped, left alone or tried again, sleeps, or puts something else in place of a module', () => {
  const forbidden: Readonly<Record<string, RegExp>> = {
    'a fixed port': /\blisten\((?:\{[^}]*port: )?[1-9]|\bbind\([1-9]|\bPORT: '?[1-9]|'--port', '[1-9]/,
    'a skipped or lonely test': /\b(?:it|test|describe)\.(?:skip|only|todo|skipIf|fails)\b/,
    'another try': /\bretry:\s*[1-9]|\bretry:\s*\{/,
    'a module mock': /\bvi\.(?:mock|doMock|hoisted|stubGlobal)\(/,
    'a sleep': /\bawait (?:sleep|delay|wait)\(\s*\d/,
  };
  // This file holds the words that it looks for.
  const found = tests.filter((path) => path !== 'test/meta/house-rules.test.ts').flatMap((path) => Object.entries(forbidden).filter(([, expression]) => expression.test(withoutComments(read(path)))).map(([what]) => `${path}: ${what}`));
  expect(found).toEqual([]);
});
