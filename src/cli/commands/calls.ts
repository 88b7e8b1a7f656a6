/** `ringthrough calls` and `ringthrough lost-callers`: the calls seen, and whom to call back. */
import { Option, type Command } from 'commander';
import { OUTCOMES } from '../../domain/call.ts';
import { action, positiveInteger, show, showList, type Context, type Shell } from '../context.ts';
import { moment, tableOr } from '../layout.ts';

interface Call {
  number?: string;
  from?: string;
  startedAt: string;
  seconds?: number;
  outcome: string;
  answeredBy?: string;
  legs: { step: string; to: string; end: string; sip?: number }[];
  voicemail?: { seconds: number };
}

interface LostCaller {
  from: string;
  calls: number;
  lastAt: string;
  numbers: string[];
  customer?: string;
}

interface CallOptions {
  number?: string;
  customer?: string;
  outcome?: string;
  limit: number;
}

function tried({ legs, voicemail }: Call): string {
  const all = legs.map(({ to, step, end, sip }) => `${step === 'primary' ? 'primary' : to} ${end}${sip === undefined || end === 'answered' ? '' : ` (${sip})`}`);
  if (voicemail) all.push(`voicemail ${voicemail.seconds} s`);
  return all.join(', ');
}

async function calls(context: Context, { limit, ...query }: CallOptions): Promise<void> {
  const row = (call: Call): string[] => [moment(call.startedAt), call.number ?? '', call.from ?? '', call.outcome, call.seconds === undefined ? '' : String(call.seconds), tried(call)];
  await showList<Call>(context, { path: '/v1/calls', query: { ...query }, limit, lines: (items) => tableOr('No calls.', ['time (UTC)', 'number', 'caller', 'outcome', 'seconds', 'tried'], items.map(row)) });
}

async function lostCallers(context: Context, { customer }: { customer?: string }): Promise<void> {
  const { text, body } = await context.client.ask<{ items: LostCaller[] }>('GET', '/v1/lost-callers', { query: { customer } });
  show(context, text, () =>
    tableOr(
      'Nobody to call back.',
      ['caller', 'calls', 'last (UTC)', 'customer', 'called'],
      body.items.map(({ from, calls: count, lastAt, customer: owner, numbers }) => [from, String(count), moment(lastAt), owner ?? '', numbers.join(', ')]),
    ));
}

export function addCalls(program: Command, shell: Shell): void {
  program
    .command('calls')
    .description('the calls seen, the newest first')
    .option('--number <e164>', 'calls to this number')
    .option('--customer <id>', "calls of this customer's numbers")
    .addOption(new Option('--outcome <outcome>', 'calls that ended so; unanswered is missed or lost').choices([...OUTCOMES, 'unanswered']))
    .option('--limit <count>', 'how many', positiveInteger, 20)
    .action(action(shell, calls));
  program
    .command('lost-callers')
    .description('callers whose last call met nobody: whom to call back')
    .option('--customer <id>', 'callers of this customer')
    .action(action(shell, lostCallers));
}
