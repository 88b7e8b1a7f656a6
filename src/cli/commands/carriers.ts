/** `ringthrough carriers`: the accounts there are, and wiring their numbers so that calls come to us. */
import type { Command } from 'commander';
import { action, emit, listed, part, showList, type Context, type Shell } from '../context.ts';
import { CliFault, EXIT, type Exit } from '../exits.ts';
import { hintsFor } from '../hints.ts';
import { complain, createProgress, say, sleep } from '../io.ts';
import { counted, pairs, tableOr } from '../layout.ts';
import { addCheck } from './carriers-check.ts';

interface Carrier {
  id: string;
  kind: string;
  name?: string;
  credentials: Record<string, string>;
  fallbackUrl?: string;
}

interface Wiring {
  carrier: string;
  kind: string;
  number: Record<string, string>;
  trunk: Record<string, string>;
  warnings: string[];
}

interface NumberWiring {
  number: string;
  state: 'wired' | 'differs' | 'left-alone';
  changes: { field: string; from: string; to: string }[];
  warnings: string[];
  /** Only in the answer to a change. */
  applied?: boolean;
}

interface Options {
  apply?: boolean;
  number?: string;
  takeFromTrunk?: boolean;
  takeFromApplication?: boolean;
}

/** A number that the carrier's limit keeps back is tried this often. */
const TRIES = 4;
/** A carrier that names no time, and the longest wait, seconds. */
const WAIT = { unnamed: 2, most: 60 } as const;

/** What the account is called at the carrier: the first of its credentials that is no secret. */
const accountOf = ({ credentials }: Carrier): string => Object.values(credentials).find((value) => !/^(?:env:|file:|\(encrypted\)$)/.test(value)) ?? '';

async function list(context: Context): Promise<void> {
  const row = (carrier: Carrier): string[] => [carrier.id, carrier.kind, accountOf(carrier), carrier.name ?? ''];
  await showList<Carrier>(context, { path: '/v1/carriers', lines: (items) => tableOr('No carriers.', ['id', 'kind', 'account', 'name'], items.map(row)) });
}

async function* numbersOf({ client }: Context, carrier: string, { number }: Options): AsyncGenerator<string> {
  if (number !== undefined) {
    yield number;
    return;
  }
  for await (const item of listed<{ number: string }>(client, '/v1/numbers', { carrier })) yield item.number;
}

async function wireOne({ client, io }: Context, carrier: string, number: string, options: Options): Promise<{ text: string; body: NumberWiring }> {
  const path = `/v1/carriers/${part(carrier)}/wiring/${part(number)}`;
  const take = { ...(options.takeFromTrunk ? { takeFromTrunk: true } : {}), ...(options.takeFromApplication ? { takeFromApplication: true } : {}) };
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (options.apply) return await client.ask<NumberWiring>('POST', path, { json: take });
      return await client.ask<NumberWiring>('GET', path, { query: Object.fromEntries(Object.keys(take).map((name) => [name, 'true'])) });
    } catch (error) {
      if (!(error instanceof CliFault) || error.code !== 'carrier_throttled' || attempt === TRIES) throw error;
      await sleep(io, Math.min(error.more.retryAfterSeconds ?? WAIT.unnamed, WAIT.most) * 1000);
    }
  }
}

const shown = (value: string): string => (value === '' ? '(nothing)' : value);

function describe({ number, state, changes, warnings, applied }: NumberWiring): string[] {
  const word = applied === true ? 'wired now' : state === 'differs' ? 'would be changed' : state === 'wired' ? 'wired already' : 'left alone';
  return [`${number}  ${word}`, ...changes.flatMap(({ field, from, to }) => [`    ${field}: ${shown(from)}`, `    ${' '.repeat(Math.max(0, field.length - 1))}-> ${shown(to)}`]), ...warnings.map((warning) => `    note: ${warning}`)];
}

/** What became of how many numbers, by the same words as above. */
interface Tally {
  changed: number;
  already: number;
  leftAlone: number;
  failed: number;
}

function summary({ changed, already, leftAlone, failed }: Tally, apply: boolean): string {
  const all = changed + already + leftAlone + failed;
  const counts = `${counted(all, 'number')}: ${changed} ${apply ? 'wired now' : 'would be changed'}, ${already} wired already, ${leftAlone} left alone, ${failed} failed.`;
  return apply || all === 0 ? counts : `${counts} Nothing was changed${changed > 0 ? '; --apply changes it' : ''}.`;
}

function introduction({ carrier, kind, number, trunk, warnings }: Wiring): string[] {
  return [
    `Numbers of ${carrier} (${kind}) must have:`,
    ...pairs(Object.entries(number), '  '),
    `Its trunks must have, set by hand at the carrier:`,
    ...pairs(Object.entries(trunk), '  '),
    ...warnings.map((warning) => `  note: ${warning}`),
    '',
  ];
}

/** A service that is gone or a key that does not hold ends the run; whatever else concerns one number alone. */
function endsTheRun(error: unknown): boolean {
  return !(error instanceof CliFault) || error.exit !== EXIT.refused || error.code === 'unauthenticated' || error.code === 'public_address_unusable';
}

async function wire(context: Context, id: string, options: Options): Promise<Exit> {
  const { client, io, json } = context;
  const apply = options.apply ?? false;
  const wiring = await client.ask<Wiring>('GET', `/v1/carriers/${part(id)}/wiring`);
  if (!json) say(io, ...introduction(wiring.body));
  const progress = createProgress(io);
  const tally: Tally = { changed: 0, already: 0, leftAlone: 0, failed: 0 };
  const answers: string[] = [];
  const hints = new Set<string>();
  let done = 0;
  for await (const number of numbersOf(context, id, options)) {
    progress.show(`${done} done, now ${number}`);
    try {
      const { text, body } = await wireOne(context, id, number, options);
      tally[body.state === 'left-alone' ? 'leftAlone' : body.state === 'differs' || body.applied === true ? 'changed' : 'already'] += 1;
      progress.clear();
      if (json) answers.push(text);
      else say(io, ...describe(body));
    } catch (error) {
      progress.clear();
      if (endsTheRun(error)) throw error;
      const { code, message } = error as CliFault;
      tally.failed += 1;
      for (const hint of hintsFor(code)) hints.add(hint);
      if (json) answers.push(JSON.stringify({ number, code, detail: message }));
      complain(io, `${number}  failed: ${code}: ${message}`);
    }
    done += 1;
  }
  progress.clear();
  if (json) emit(context, `{"wiring":${wiring.text},"numbers":[${answers.join(',')}]}`);
  else say(io, ...(done === 0 ? ['No number belongs to this carrier.'] : ['', summary(tally, apply)]));
  complain(io, ...[...hints].map((hint) => `  hint: ${hint}`));
  const notWired = apply ? tally.failed + tally.leftAlone : tally.failed;
  return notWired > 0 ? EXIT.partly : EXIT.ok;
}

export function addCarriers(program: Command, shell: Shell): void {
  const carriers = program.command('carriers').description('carrier accounts, and checking and wiring their numbers');
  carriers.command('list').description('the carrier accounts there are').action(action(shell, list));
  addCheck(carriers, shell);
  carriers
    .command('wire')
    .description("what must be set at the carrier so that calls come here, and what differs for each number; with --apply it is set")
    .argument('<id>', 'id of the carrier')
    .option('--apply', 'set the numbers, one by one; what was set before is kept in the audit trail')
    .option('--number <e164>', 'this number alone')
    .option('--take-from-trunk', 'also take numbers that a trunk serves now')
    .option('--take-from-application', 'also take numbers that an application serves now')
    .action(action(shell, wire));
}
