/** docs/cli.md and --help say what the command line is: every command, every option, every exit code, and examples that it takes. */
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { EXIT_MEANINGS } from '../../src/cli/exits.ts';
import { createProgram } from '../../src/cli/program.ts';
import { CLI_SETTINGS } from '../../src/config/cli-settings.ts';
import { ERRORS } from '../../src/domain/errors.ts';
import { hintsFor } from '../../src/cli/hints.ts';
import { blocksOf, filesOf, read, tableOf } from '../support/tree.ts';
import { terminal } from '../cli/terminal.ts';

const page = read('docs/cli.md');

/** Commands that do something, by their full names. */
function leavesOf(command: Command, path: readonly string[] = []): [string, Command][] {
  const inner = command.commands.flatMap((one) => leavesOf(one, [...path, one.name()]));
  // One that has options of its own does something itself, besides those below it.
  return command.commands.length === 0 || (path.length > 0 && command.options.length > 0) ? [[path.join(' '), command], ...inner] : inner;
}

const fresh = (): Command => createProgram({ io: terminal().io, ending: { exit: 0 } });
const leaves = leavesOf(fresh());

function sectionOf(name: string): string {
  return new RegExp(`^### ${name}\n([\\s\\S]*?)(?=^##|(?![\\s\\S]))`, 'm').exec(page)?.[1] ?? '';
}

/** The options that a section's table names. */
const documented = (section: string): string[] => (section.includes('| option |') ? tableOf(section, 'option').map(([option = '']) => option.replaceAll('`', '')) : []);

test('every command has its section, and every section its command', () => {
  const sections = [...page.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
  expect(new Set(sections)).toEqual(new Set(leaves.map(([name]) => name)));
  expect(sections).toHaveLength(leaves.length);
});

test.each(leaves)('%s: how it is called and each of its options', (name, command) => {
  const section = sectionOf(name);
  expect(blocksOf(section, 'text')).toEqual([`ringthrough ${name} ${command.usage()}\n`]);
  expect(documented(section)).toEqual(command.options.map(({ flags }) => flags));
  for (const { mandatory, defaultValue, argChoices = [] } of command.options) {
    if (mandatory) expect(section).toContain('must be given');
    if (defaultValue !== undefined) expect(section).toContain(`default ${String(defaultValue)}`);
    for (const choice of argChoices) expect(section).toContain(`\`${choice}\``);
  }
  for (const choice of command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)) if (name !== 'delete') expect(section).toContain(`\`${choice}\``);
});

test('the options of all commands', () => {
  const shared = /^## What all commands share\n([\s\S]*?)(?=^## )/m.exec(page)?.[1] ?? '';
  expect(documented(shared)).toEqual(fresh().options.map(({ flags }) => flags));
  for (const [name, { default: fallback }] of Object.entries(CLI_SETTINGS)) {
    expect(shared).toContain(`\`${name}\``);
    if (fallback !== undefined) expect(shared).toContain(`default \`${fallback}\``);
  }
});

test('the exit codes, here and in --help', async () => {
  expect(tableOf(page, 'code')).toEqual(Object.entries(EXIT_MEANINGS));
  const { io, text } = terminal();
  await createProgram({ io, ending: { exit: 0 } }).parseAsync(['--help'], { from: 'user' }).catch(() => undefined);
  for (const [code, meaning] of Object.entries(EXIT_MEANINGS)) expect(text()).toContain(`${code}  ${meaning}`);
  for (const name of Object.keys(CLI_SETTINGS)) expect(text()).toContain(name);
});

/** The words of a command as a shell reads them, up to a pipe, a redirection or a comment. */
function wordsOf(line: string): string[] {
  const [, before = ''] = /^((?:"[^"]*"|'[^']*'|[^"'|<>#&])*)/.exec(line) ?? [];
  return [...before.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three ?? '');
}

const examples = filesOf('.', '.md').flatMap((file) => [...read(file).matchAll(/^ *(?:npx )?ringthrough (.+)$/gm)].map(([, line = '']) => [file, line] as const)).filter(([, line]) => !line.includes('[options]'));

test('the pages have examples', () => {
  expect(examples.map(([file]) => file)).toEqual(expect.arrayContaining(['README.md', 'docs/cli.md']));
});

test.each(examples)('%s: ringthrough %s', async (_file, line) => {
  const program = fresh();
  const ran: string[] = [];
  for (const [name, command] of leavesOf(program)) command.action(() => void ran.push(name));
  await program.parseAsync(wordsOf(line), { from: 'user' });
  expect(ran).toHaveLength(1);
});

test('hints are for codes that there are', () => {
  const own = ['no-key', 'unreachable', 'not-ringthrough'];
  const hinted = [...read('src/cli/hints.ts').matchAll(/^ {2}'?([a-z_-]+)'?: /gm)].map(([, code = '']) => code);
  expect(hinted.filter((code) => hintsFor(code).length > 0)).toEqual(hinted);
  expect(hinted.filter((code) => !(code in ERRORS) && !own.includes(code))).toEqual([]);
});
