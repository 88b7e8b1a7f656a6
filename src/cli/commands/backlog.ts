/** `ringthrough backlog`: what waits for subscribers, how it stands, and what to do about it; `ringthrough notify` hands something in. */
import type { Command } from 'commander';
import { action, emit, part, positiveInteger, show, showList, type Context, type Shell } from '../context.ts';
import { EXIT, type Exit } from '../exits.ts';
import { readJson } from '../files.ts';
import { createProgress, say, sleep } from '../io.ts';
import { counted, moment, pairs, tableOr } from '../layout.ts';

interface Backlog {
  is: string;
  why: string;
  counts: Record<string, number>;
  waiting: Record<string, number>;
  bytes: number;
  retries: number;
  deadLetters: number;
  oldestAt?: string;
  lastDeliveredAt?: string;
  perSecond?: number;
  etaSeconds?: number;
}

interface Letter {
  id: string;
  kind: string;
  key: string;
  at: string;
  diedAt: string;
  cause: string;
  tries: number;
}

interface Attempt {
  id: string;
  kind: string;
  key: string;
  at: string;
  ms: number;
  status: number;
  said: string;
}

/** Between two looks at one that is watched, milliseconds. */
const LOOK_MS = 1000;
/** Then nothing moves before somebody does something. */
const STUCK = ['paused', 'disabled'];

const pathOf = (id: string, what: string): string => `/v1/subscribers/${part(id)}/${what}`;
const sizeOf = (bytes: number): string => (bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} kB` : `${Math.round(bytes / 1_048_576)} MB`);
const paceOf = ({ perSecond, etaSeconds }: Backlog): string => (perSecond === undefined || etaSeconds === undefined ? '' : `${Math.round(perSecond)} a second, ${etaSeconds} s to go`);

function listLines(items: { id: string; status?: Backlog }[]): string[] {
  const rows = items.flatMap(({ id, status }) => (status ? [[id, status.is, String(status.counts['waiting']), moment(status.oldestAt), String(status.counts['delivered']), String(status.deadLetters), paceOf(status)]] : []));
  return tableOr('No subscribers.', ['subscriber', 'is', 'waiting', 'since (UTC)', 'delivered', 'dead letters', 'pace'], rows);
}

function describe(id: string, backlog: Backlog): string[] {
  const { counts, waiting, bytes, retries, deadLetters, lastDeliveredAt, why, is } = backlog;
  const { accepted = 0, waiting: waits = 0, ...ends } = counts;
  const pace = paceOf(backlog);
  return [
    `${id}: ${is}. ${why}`,
    ...pairs([
      ['waiting', `${waits}${waits === 0 ? '' : ` (${Object.entries(waiting).map(([name, count]) => `${name} ${count}`).join(', ')}; about ${sizeOf(bytes)})`}`],
      ...(pace === '' ? [] : [['pace', pace] as const]),
      ...(retries === 0 ? [] : [['tried again', counted(retries, 'key')] as const]),
      ['last delivered', moment(lastDeliveredAt) || 'never'],
      ['accepted', `${accepted}: waiting ${waits}, ${Object.entries(ends).map(([end, count]) => `${end} ${count}`).join(', ')}`],
      ['dead letters', String(deadLetters)],
    ], '  '),
  ];
}

async function see(context: Context, id: string | undefined, { limit, wait = false }: { limit: number; wait?: boolean }): Promise<Exit> {
  if (id === undefined) {
    await showList<{ id: string; status?: Backlog }>(context, { path: '/v1/subscribers', limit, lines: listLines });
    return EXIT.ok;
  }
  const { client, io } = context;
  const progress = createProgress(io);
  for (;;) {
    const { text, body } = await client.ask<Backlog>('GET', pathOf(id, 'backlog'));
    const left = body.counts['waiting'] ?? 0;
    if (wait && left > 0 && !STUCK.includes(body.is)) {
      progress.show(`${id}: ${left} waiting, ${paceOf(body) || body.is}`);
      await sleep(io, LOOK_MS);
      continue;
    }
    progress.clear();
    show(context, text, () => describe(id, body));
    return wait && left > 0 ? EXIT.partly : EXIT.ok;
  }
}

const turn = (what: 'pause' | 'resume') => async (context: Context, id: string, { reason }: { reason: string }): Promise<void> => {
  const { text, body } = await context.client.ask<Backlog>('POST', pathOf(id, what), { json: { reason } });
  show(context, text, () => describe(id, body));
};

interface Which {
  kind?: string;
  about?: string;
  from?: string;
  to?: string;
}

function asAsked({ kind, about, from, to }: Which): Record<string, string> {
  return Object.fromEntries(Object.entries({ kind, key: about, from, to }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

async function redrive(context: Context, id: string, { reason, id: ids, all, ...which }: Which & { reason: string; id?: string[]; all?: boolean }): Promise<void> {
  const { text, body } = await context.client.ask<{ redriven: number; coalesced: number }>('POST', pathOf(id, 'redrive'), { json: { reason, ...(ids ? { ids } : {}), ...asAsked(which), ...(all ? { all } : {}) } });
  show(context, text, () => [`${counted(body.redriven, 'dead letter')} of ${id} ${body.redriven === 1 ? 'waits' : 'wait'} again${body.coalesced === 0 ? '' : `; ${body.coalesced} not, since a newer state has taken the place`}.`]);
}

function letterLines(items: Letter[]): string[] {
  return tableOr('No dead letters.', ['id', 'kind', 'about', 'happened (UTC)', 'given up (UTC)', 'tries', 'cause'], items.map(({ id, kind, key, at, diedAt, tries, cause }) => [id, kind, key, moment(at), moment(diedAt), String(tries), cause]));
}

function attemptLines(items: Attempt[]): string[] {
  return tableOr('Nothing was sent yet.', ['at (UTC)', 'id', 'kind', 'about', 'status', 'ms', 'said'], items.map(({ at, id, kind, key, status, ms, said }) => [moment(at), id, kind, key, status === 0 ? 'none' : String(status), String(Math.round(ms)), said]));
}

const letters = (context: Context, id: string, { limit, ...which }: Which & { limit: number }): Promise<void> => showList<Letter>(context, { path: pathOf(id, 'dead-letters'), query: asAsked(which), limit, pageMax: 100, lines: letterLines });

async function attempts(context: Context, id: string, { limit }: { limit: number }): Promise<void> {
  const { text, body } = await context.client.ask<{ items: Attempt[] }>('GET', pathOf(id, 'attempts'), { query: { limit } });
  show(context, text, () => attemptLines(body.items));
}

async function notify(context: Context, subscriber: string, kind: string, about: string, file: string | undefined, { state, expires, once }: { state?: boolean; expires?: string; once?: string }): Promise<void> {
  const data = await readJson(context.io, file);
  const { text, body } = await context.client.ask<{ id: string }>('POST', '/v1/notifications', {
    json: { subscriber, kind, key: about, class: state ? 'state' : 'history', data, ...(expires === undefined ? {} : { expiresAt: expires }) },
    ...(once === undefined ? {} : { headers: { 'idempotency-key': once } }),
  });
  if (context.json) emit(context, text);
  else say(context.io, `Accepted for ${subscriber} as ${body.id}; \`ringthrough backlog ${subscriber}\` shows how it goes.`);
}

const which = (command: Command): Command =>
  command
    .option('--kind <kind>', 'of this kind')
    .option('--about <key>', 'about this: the `key` of the notification')
    .option('--from <time>', 'that happened at this time or later, such as 2026-11-22T03:15:00Z')
    .option('--to <time>', 'that happened at this time or earlier');

export function addBacklog(program: Command, shell: Shell): void {
  const backlog = program.command('backlog').description('what waits for subscribers; pause, resume, redrive');
  const of = (name: string, description: string): Command => backlog.command(name).description(description).argument('<subscriber>', 'id of the subscriber');
  const told = (command: Command): Command => command.requiredOption('--reason <text>', 'why: goes into the audit trail');
  backlog
    .command('show', { isDefault: true })
    .description('how much waits for each subscriber; or for one, how it stands and why')
    .argument('[subscriber]', 'id of the subscriber')
    .option('--wait', 'with a subscriber: stay until nothing waits any more, or somebody must do something')
    .option('--limit <count>', 'how many, when no subscriber is given', positiveInteger, 100)
    .action(action(shell, see));
  told(of('pause', 'send it nothing until it is resumed; what comes waits')).action(action(shell, turn('pause')));
  told(of('resume', 'send it what waits again, also after it answered 410 or while it fails')).action(action(shell, turn('resume')));
  which(told(of('redrive', 'have dead letters tried again'))).option('--id <id...>', 'with these ids').option('--all', 'all of them').action(action(shell, redrive));
  which(of('dead-letters', 'what was given up, and why; the oldest first')).option('--limit <count>', 'how many', positiveInteger, 100).action(action(shell, letters));
  of('attempts', 'the last tries to deliver, the newest first').option('--limit <count>', 'how many, at most 200', positiveInteger, 20).action(action(shell, attempts));
  program
    .command('notify')
    .description('hand a notification in for a subscriber')
    .argument('<subscriber>', 'id of the subscriber')
    .argument('<kind>', 'what happened, such as order.changed')
    .argument('<about>', 'what it is about: those about the same are delivered in order')
    .argument('[file]', 'its data, JSON; without a file, or with -, standard input')
    .option('--state', 'only the newest of its kind about the same counts')
    .option('--expires <time>', 'when it is of no use any more')
    .option('--once <key>', 'given again within a day with the same, it is the same notification')
    .action(action(shell, notify));
}
