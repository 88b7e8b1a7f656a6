/** `ringthrough drill`: test calls to the destinations of plans; and `ringthrough drills`: those there were, and what is proven. */
import type { Command } from 'commander';
import { action, emit, part, positiveInteger, show, showList, type Context, type Shell } from '../context.ts';
import { countText, exitOf, report, untilEnded, type DrillSummary, type DrillView } from '../drill-view.ts';
import { EXIT, usageFault, type Exit } from '../exits.ts';
import { complain, createProgress } from '../io.ts';
import { moment, tableOr } from '../layout.ts';

interface Options {
  plan?: string;
  customer?: string;
  primary?: string;
  number?: string[];
  carrier?: string;
  from?: string;
  at?: string;
  anyHour?: boolean;
  reason?: string;
  detach?: boolean;
}

/** Stays until it has ended, and says what it came to. */
async function follow(context: Context, id: string): Promise<Exit> {
  const progress = createProgress(context.io);
  try {
    const { text, body } = await untilEnded(context, id, progress);
    progress.clear();
    if (context.json) emit(context, text);
    else report(context, body);
    return exitOf(body);
  } finally {
    progress.clear();
  }
}

async function drill(context: Context, { number: numbers, at: notBefore, detach, ...wanted }: Options): Promise<Exit> {
  const { client, io, json } = context;
  if ([wanted.plan, wanted.customer, wanted.primary, numbers].every((one) => one === undefined)) throw usageFault('Whose destinations are to be called?', 'give --plan, --customer, --primary or --number');
  const { text, body } = await client.ask<DrillView>('POST', '/v1/drills', { json: { ...wanted, ...(numbers ? { numbers } : {}), ...(notBefore === undefined ? {} : { notBefore }) } });
  if (detach === true) {
    show(context, text, () => [`Drill ${body.id}: ${countText(body.counts)}; calls are made in the background.`, `See what became of it: ringthrough drills show ${body.id}`]);
    return EXIT.ok;
  }
  if (!json) complain(io, `Drill ${body.id}; to stop it: ringthrough drills stop ${body.id}`);
  return follow(context, body.id);
}

function listLines(items: DrillSummary[]): string[] {
  return tableOr('No drills.', ['drill', 'begun', 'state', 'ended', 'came to'], items.map(({ id, at, state, endedAt, counts }) => [id, moment(at), state, moment(endedAt), countText(counts)]));
}

async function see(context: Context, id: string | undefined, { limit, wait }: { limit: number; wait?: boolean }): Promise<Exit | void> {
  if (id === undefined) return showList<DrillSummary>(context, { path: '/v1/drills', limit, lines: listLines });
  if (wait === true) return follow(context, id);
  const { text, body } = await context.client.ask<DrillView>('GET', `/v1/drills/${part(id)}`);
  if (context.json) emit(context, text);
  else report(context, body);
  return exitOf(body);
}

async function stop(context: Context, id: string): Promise<void> {
  const { text } = await context.client.ask('POST', `/v1/drills/${part(id)}/stop`);
  show(context, text, () => [`Drill ${id} is being stopped: nobody more is called, and calls under way are ended.`]);
}

interface Proof {
  plan: string;
  to: string;
  proven?: { at: string; ageDays: number };
  last?: { at: string; is: string };
}

function proofLines(items: Proof[]): string[] {
  return tableOr('No plan has a telephone or SIP address.', ['plan', 'destination', 'proven', 'days ago', 'last call', 'came to'], items.map(({ plan, to, proven, last }) => [plan, to, moment(proven?.at), proven === undefined ? '' : String(proven.ageDays), moment(last?.at), last?.is ?? '']));
}

async function proofs(context: Context, { plan, customer }: { plan?: string; customer?: string }): Promise<void> {
  await showList<Proof>(context, { path: '/v1/drills/proofs', query: { plan, customer }, lines: proofLines });
}

const collect = (one: string, all: string[] = []): string[] => [...all, one];

export function addDrill(program: Command, shell: Shell): void {
  program
    .command('drill')
    .description('call the destinations of plans and ask who picks up to press 1; stays until every call is over')
    .option('--plan <id>', 'the destinations of one plan')
    .option('--customer <id>', "those of the plans of a customer's numbers")
    .option('--primary <id>', "those of the plans of a primary's numbers")
    .option('--number <number>', 'those of the plan of a number; may be given more than once', collect)
    .option('--carrier <id>', 'call through this carrier instead of that of the numbers')
    .option('--from <number>', 'the caller that is shown; default a number of the same customer')
    .option('--at <moment>', 'not before then')
    .option('--any-hour', 'also outside the hours of the policy')
    .option('--reason <text>', 'why, for the audit trail')
    .option('--detach', 'come back at once; the calls are made in the background')
    .action(action(shell, drill));
  const drills = program.command('drills').description('the drills there were, what is proven; stop one');
  drills
    .command('show', { isDefault: true })
    .description('the drills there were, the newest first; or one, with what it came to')
    .argument('[id]', 'id of the drill')
    .option('--limit <count>', 'how many, when no id is given', positiveInteger, 20)
    .option('--wait', 'stay until it has ended')
    .action(action(shell, see));
  drills.command('stop').description('call nobody more, and end the calls that are under way').argument('<id>', 'id of the drill').action(action(shell, stop));
  drills
    .command('proofs')
    .description('when each destination was last proven')
    .option('--plan <id>', 'those of one plan')
    .option('--customer <id>', 'those of the plans of a customer')
    .action(action(shell, proofs));
}
