/** `ringthrough carriers check`: does the account let us in, what can be done there, and how do its numbers and ours agree. */
import type { Command } from 'commander';
import { action, emit, listed, part, type Context, type Shell } from '../context.ts';
import { EXIT, type Exit } from '../exits.ts';
import { complain, createProgress, say, sleep, type Progress } from '../io.ts';
import { counted, moment, pairs } from '../layout.ts';

interface Some<T> {
  count: number;
  first: T[];
}

interface Group {
  ref: string;
  held: number;
  ours: number;
  first: string[];
  calls: number;
  is: string;
  fields?: string[];
  mixed?: string;
}

interface Findings {
  listed: boolean;
  held?: number;
  ours: number;
  found: number;
  missing: Some<string>;
  unknown: Some<string>;
  otherRef: Some<{ number: string; carrierRef: string; ref: string }>;
  strays: Some<{ number: string; to: string; ours: boolean }>;
  unwired?: Some<string>;
  groups?: Some<Group> & { faulty: number };
}

interface Check {
  carrier: string;
  kind: string;
  abilities: { perCall: boolean; number: string[]; group?: { word: string; targets: string[]; safetyNet: string[] }; safetyNet: string[]; safetyNetCatches: string; most: number };
  limits: { writesPerSecond: number; atOnce: number };
  underWay?: { asked: string; began?: string; seen: number };
  last?: { asked: string; ended: string; credentials: 'accepted' | 'refused' | 'unknown'; why?: { code: string; detail: string }; saidLimits: Record<string, string>; findings?: Findings };
}

const LOOK_MS = 500;
/** A check that no worker takes in this time waits for one that does not run, milliseconds. */
const PATIENCE_MS = 60_000;
/** So many of each sort are named, unless all are asked for with --json. */
const NAMED = 20;

const KINDS: Readonly<Record<string, string>> = { phone: 'telephone numbers', sip: 'SIP addresses', web: 'an address that is asked for each call' };
const kinds = (given: readonly string[]): string => (given.length === 0 ? 'no' : given.map((kind) => KINDS[kind] ?? kind).join(', '));

function introduction({ carrier, kind, abilities, limits, last }: Check): string[] {
  const { perCall, number, group, safetyNet, safetyNetCatches, most } = abilities;
  const said = Object.entries(last?.saidLimits ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [
    `${carrier} (${kind})`,
    ...pairs([
      ['asks us for each call', perCall ? 'yes' : 'no'],
      ['a number led to', `${kinds(number)}${most > 1 ? `, ${most} in order` : ''}`],
      ['many by one write', group ? `${group.word}: ${kinds(group.targets)}` : 'no'],
      ['safety net', `${kinds(safetyNet)}${group ? `; of a ${group.word}: ${kinds(group.safetyNet)}` : ''}${safetyNetCatches === '' ? '' : `. ${safetyNetCatches}`}`],
      ['limits', `${limits.writesPerSecond} writes a second, ${limits.atOnce} at once${said.length > 0 ? `; it says ${said.join(', ')}` : ''}`],
    ], '  '),
  ];
}

function named<T>(some: Some<T>, what: string, row: (item: T) => string): string[] {
  if (some.count === 0) return [];
  const shown = some.first.slice(0, NAMED).map((item) => `    ${row(item)}`);
  return [`  ${counted(some.count, 'number')} ${what}:`, ...shown, ...(some.count > shown.length ? [`    … and ${some.count - shown.length} more`] : [])];
}

const GROUP_IS: Readonly<Record<string, string>> = {
  'asks-us': 'its calls come to us', elsewhere: 'its calls go elsewhere', diverted: 'diverted by us', changed: 'NOT as we have set it', stray: 'LED to where a diversion would lead it, though nothing here diverts it', gone: 'NOT THERE any more',
};

function groupLine({ ref, held, ours, first, calls, is, fields, mixed }: Group): string {
  const unasked = calls > 0 && is === 'elsewhere' ? `; NOT ASKED for ${counted(calls, 'number')} with divertBy call` : '';
  const numbers = `${ours} of its ${counted(held, 'number')} here (${first.join(', ')}${ours > first.length ? ', …' : ''})`;
  return `    ${ref}  ${GROUP_IS[is] ?? is}${fields ? `: ${fields.join(', ')}` : ''}${unasked}; ${numbers}${mixed === undefined ? '' : `; not moved as one: ${mixed}`}`;
}

function groupLines({ count, faulty, first }: NonNullable<Findings['groups']>): string[] {
  if (count === 0) return [];
  const lines = first.slice(0, NAMED).map(groupLine);
  return [`  ${counted(count, 'trunk or application', 'trunks or applications')} with numbers here, ${faulty} not as they should be:`, ...lines, ...(count > lines.length ? [`    … and ${count - lines.length} more`] : [])];
}

function findingLines({ listed: canList, held, ours, found, missing, unknown, otherRef, strays, unwired, groups }: Findings): string[] {
  const looked = canList ? '' : '; it cannot list what it holds, so ours were looked for one by one';
  return [
    ...pairs([['numbers', `${held === undefined ? '' : `${held} held there, `}${ours} here, of which ${found} found${looked}`]], '  '),
    ...named(missing, 'here that it does not hold', (number) => number),
    ...named(otherRef, 'with another id there than here', ({ number, carrierRef, ref }) => `${number}  here ${carrierRef}, there ${ref}`),
    ...named(strays, 'forwarded there though nothing here diverts them', ({ number, to, ours: own }) => `${number}  to ${to === '' ? 'where the carrier does not say' : to}${own ? '' : '  (not a number of yours here)'}`),
    ...(unwired ? named(unwired, 'for which the carrier does not ask us, though they are diverted per call', (number) => number) : []),
    ...(groups ? groupLines(groups) : []),
    ...named(unknown, 'there that nobody here knows', (number) => number),
  ];
}

function describe(check: Check): string[] {
  const { last } = check;
  if (!last) return [...introduction(check), '  never checked'];
  const { credentials, why, findings, ended } = last;
  const refused = why ? `: ${why.code}: ${why.detail}` : '';
  return [...introduction(check), ...pairs([['checked', moment(ended)], ['credentials', `${credentials}${refused}`]], '  '), ...(findings ? findingLines(findings) : [])];
}

/** What is held there besides is no fault. */
function verdict({ last }: Check): Exit {
  if (!last) return EXIT.partly;
  const { credentials, why, findings } = last;
  if (credentials === 'refused') return EXIT.refused;
  if (why || !findings) return EXIT.partly;
  return findings.missing.count + findings.otherRef.count + findings.strays.count + (findings.unwired?.count ?? 0) + (findings.groups?.faulty ?? 0) > 0 ? EXIT.refused : EXIT.ok;
}

/** Undefined when no worker takes it. */
async function made({ client, io }: Context, id: string, progress: Progress): Promise<{ text: string; body: Check } | undefined> {
  const path = `/v1/carriers/${part(id)}/check`;
  const { body: begun } = await client.ask<Check>('POST', path);
  const asked = begun.underWay?.asked ?? begun.last?.asked ?? '';
  for (let waited = 0; ; waited += LOOK_MS) {
    const now = await client.ask<Check>('GET', path);
    const { underWay, last } = now.body;
    if (last && last.asked >= asked) return now;
    if (underWay?.began === undefined && waited >= PATIENCE_MS) return undefined;
    progress.show(`${id}: ${underWay?.began === undefined ? 'waiting for a worker' : `${counted(underWay.seen, 'number')} looked at`}`);
    await sleep(io, LOOK_MS);
  }
}

/** The worst of what was found: nothing, something not known, something wrong. */
const SEVERITY: readonly Exit[] = [EXIT.ok, EXIT.partly, EXIT.refused];

async function check(context: Context, given: string | undefined, { last = false }: { last?: boolean }): Promise<Exit> {
  const { client, io, json } = context;
  const ids: string[] = [];
  if (given !== undefined) ids.push(given);
  else for await (const { id } of listed<{ id: string }>(client, '/v1/carriers', {})) ids.push(id);
  const progress = createProgress(io);
  const answers: string[] = [];
  let worst: Exit = EXIT.ok;
  for (const id of ids) {
    const found = last ? await client.ask<Check>('GET', `/v1/carriers/${part(id)}/check`) : await made(context, id, progress);
    progress.clear();
    if (!found) complain(io, `${id}: no worker has begun its check, which waits until one does: \`npm run workers\`, or WORKERS=on`);
    else if (!json) say(io, ...(answers.length > 0 ? [''] : []), ...describe(found.body));
    answers.push(found?.text ?? 'null');
    const own = found ? verdict(found.body) : EXIT.partly;
    if (SEVERITY.indexOf(own) > SEVERITY.indexOf(worst)) worst = own;
  }
  if (json) emit(context, given === undefined ? `[${answers.join(',')}]` : (answers[0] ?? ''));
  else if (ids.length === 0) say(io, 'No carriers.');
  return worst;
}

export function addCheck(carriers: Command, shell: Shell): void {
  carriers
    .command('check')
    .description('whether accounts let us in, what can be done there, which numbers they hold, and which are forwarded for nothing; nothing is changed')
    .argument('[id]', 'id of the carrier; default all')
    .option('--last', 'what was found the last time; the carrier is not asked')
    .action(action(shell, check));
}
