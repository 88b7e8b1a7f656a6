/** `ringthrough readiness`: which numbers would be answered if their primary failed now, and why the others would not. */
import type { Command } from 'commander';
import { action, listed, positiveInteger, show, type Context, type Shell } from '../context.ts';
import { EXIT, type Exit } from '../exits.ts';
import { complain } from '../io.ts';
import { counted, moment, pairs, table } from '../layout.ts';

interface Tally {
  all: number;
  answered: number;
  passing: number;
  atRisk: number;
  share?: number;
}

interface Item {
  number: string;
  customer: string;
  primary: string;
  answered: boolean;
  reasons: string[];
  calls?: { last7Days: number; last28Days: number };
}

interface Answer {
  at: string;
  numbers: Tally;
  calls?: Tally & { days: number };
  problems: { reason: string; is: 'stops' | 'passes' | 'risk'; means: string; numbers: number; calls: number }[];
  items: Item[];
}

interface Options {
  primary?: string;
  customer?: string;
  reason?: string;
  limit: number;
}

const PATH = '/v1/readiness';

/** Never 100 % while one is missing. */
const percent = ({ all, answered }: Tally): string => `${(Math.floor((answered / all) * 1000) / 10).toFixed(1)} %`;

function sentence(tally: Tally, what: string): string {
  if (tally.all === 0) return `no ${what}`;
  const { all, answered, passing, atRisk } = tally;
  const more = [...(passing > 0 ? [`${passing} not at this moment`] : []), ...(atRisk > 0 ? [`${atRisk} at risk`] : [])];
  return `${percent(tally)}: ${answered} of ${all} ${what}${more.length > 0 ? `; ${more.join(', ')}` : ''}`;
}

const WORDS = { stops: 'not answered', passes: 'not now', risk: 'at risk' } as const;

function lines({ at, numbers, calls, problems }: Answer, items: readonly Item[]): string[] {
  const rows = problems.map(({ reason, is, means, numbers: count, calls: met }) => [reason, WORDS[is], String(count), String(met), means]);
  const named = items.map(({ number, customer, primary, answered, reasons, calls: own }) => [number, customer, primary, answered ? 'yes' : 'NO', own ? String(own.last28Days) : '', reasons.join(', ')]);
  return [
    `If their primary failed now (as of ${moment(at)}), there would be answered`,
    ...pairs([['numbers', sentence(numbers, 'numbers')], ['calls', calls ? sentence(calls, `calls of the last ${calls.days} days`) : 'not known: Redis does not answer']], '  '),
    ...(rows.length > 0 ? ['', ...table(['why', 'is', 'numbers', 'calls', 'means'], rows)] : []),
    ...(named.length > 0 ? ['', ...table(['number', 'customer', 'primary', 'answered', 'calls', 'why'], named)] : []),
  ];
}

/** What passes by itself, and what is a risk, is known in part only. */
function verdict({ numbers: { all, answered, passing, atRisk } }: Answer): Exit {
  if (answered + passing < all) return EXIT.refused;
  return passing + atRisk > 0 ? EXIT.partly : EXIT.ok;
}

async function readiness(context: Context, { limit, ...query }: Options): Promise<Exit> {
  const { client, io, json } = context;
  const { text, body } = await client.ask<Answer>('GET', PATH, { query: { ...query, limit: json ? Math.min(limit, 1000) : 1 } });
  const items: Item[] = [];
  if (!json) for await (const item of listed<Item>(client, PATH, { ...query }, limit + 1)) items.push(item);
  show(context, text, () => lines(body, items.slice(0, limit)));
  if (items.length > limit) complain(io, `There are more than these ${counted(limit, 'number')}; see --limit.`);
  return verdict(body);
}

export function addReadiness(program: Command, shell: Shell): void {
  program
    .command('readiness')
    .description('which numbers would be answered if their primary failed now, and why the others would not; nobody is called')
    .option('--primary <id>', 'the numbers of one primary')
    .option('--customer <id>', 'the numbers of one customer')
    .option('--reason <reason>', 'among the numbers named, only those with this problem')
    .option('--limit <count>', 'numbers named at most', positiveInteger, 50)
    .action(action(shell, readiness));
}
