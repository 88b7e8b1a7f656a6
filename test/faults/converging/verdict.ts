/** Whether everything came together: tables, records, what was acknowledged, calls, imports and the audit trail. */
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { createRoutingTable, type RoutingTable } from '../../../src/calls/routing-table.ts';
import { fillFromLines, linesOfImage } from '../../../src/calls/table-image.ts';
import type { ImportRecord } from '../../../src/domain/import.ts';
import { createSnapshotFile } from '../../../src/spool/snapshot-file.ts';
import { keys } from '../../../src/store/keys.ts';
import { load } from '../../../src/store/loader.ts';
import { everything } from '../../support/consistent.ts';
import type { Book, Deed } from './book.ts';
import { IMPORTED } from './requests.ts';
import type { Member } from './member.ts';
import { FIRST_VALUE, type Site } from './site.ts';

/** All that a table holds, in one order: the rules of its numbers have other names in each. */
function contentOf(table: RoutingTable): string[] {
  const rules = new Map<string, string>();
  const lines: string[] = [];
  for (const line of linesOfImage(table.image())) {
    const [kind, first = '', second = ''] = [line.slice(0, 1), ...line.slice(2).split(/\t(.*)/s)];
    if (kind === 'c') lines.push(line);
    else if (kind === 'r') rules.set(first, second);
    else lines.push(`n\t+${second}\t${rules.get(first) ?? ''}`);
  }
  return lines.toSorted();
}

/** What a process that is started now reads from Redis. */
async function freshlyLoaded(redis: Redis): Promise<string[]> {
  const table = createRoutingTable();
  const report = await load(redis, table, () => undefined);
  expect(report.unreadable).toEqual([]);
  return contentOf(table);
}

/** The table as a process that was stopped in good order has left it on its disk. */
async function leftBehind(member: Member): Promise<string[]> {
  const found = await createSnapshotFile(join(member.dataDir, 'snapshot')).read();
  const table = createRoutingTable();
  expect({ of: member.name, unreadable: fillFromLines(table, found?.lines ?? []) }).toEqual({ of: member.name, unreadable: 0 });
  return contentOf(table);
}

/** What each process sees for itself, at its own moment. */
const SEEN = ['evidence', 'diagnosis', 'cause', 'heldBack'];

/** An answer without that. */
function lasting(text: string): unknown {
  const answer = JSON.parse(text) as { status?: object };
  return answer.status ? { ...answer, status: Object.fromEntries(Object.entries(answer.status).filter(([name]) => !SEEN.includes(name))) } : answer;
}

/** Every process answers for every number and every primary as the others do. */
export async function assertSameAnswers({ members, atRedis }: Site): Promise<void> {
  const subjects = [...(await atRedis(everything)).keys()];
  const at = new Date().toISOString();
  const paths = [
    ...subjects.filter((one) => one.startsWith('numbers/')).map((one) => `/v1/${one}/steps?at=${at}`),
    ...subjects.filter((one) => one.startsWith('primaries/')).map((one) => `/v1/${one}`),
  ];
  for (const path of paths) {
    const answers = await Promise.all(members.map((member) => member.ask('GET', path)));
    expect(answers.map(({ status, text }) => ({ path, status, answer: lasting(text) }))).toEqual(answers.map(() => ({ path, status: 200, answer: lasting(answers[0]?.text ?? '') })));
  }
}

/** Without the judgement of a primary's health: one process may write it while another has stopped already. That all have the same is asked of them while they run. */
function unjudged(line: string): string {
  const [, name, text = ''] = /^(c\tstates\t[^\t]+\t)(.*)$/s.exec(line) ?? [];
  return name === undefined ? line : name + JSON.stringify({ ...(JSON.parse(text) as object), health: undefined });
}

/** To be called when all processes were stopped in good order. */
export async function assertSameTables({ members, atRedis }: Site): Promise<void> {
  const wanted = (await atRedis(freshlyLoaded)).map(unjudged);
  for (const member of members) expect({ of: member.name, table: (await leftBehind(member)).map(unjudged) }).toEqual({ of: member.name, table: wanted });
}

/** The last acknowledged one, those under way at the same time, and those of which nobody can say: any of them may be what holds. */
function mayHold(deeds: readonly Deed[]): Deed[] {
  const made = deeds.filter(({ fate }) => fate === 'made');
  const removals = deeds.some(({ fate, value }) => fate !== 'refused' && value === undefined);
  return deeds.filter((deed) => {
    if (deed.fate === 'refused') return false;
    const overwritten = made.some(({ from }) => from > deed.to);
    // It is made only while the record is as it was read; "not there" may be so again, after a removal.
    return !overwritten || (deed.fate === 'unknown' && removals);
  });
}

function valueOf(record: unknown): string | undefined {
  const { name, carrierRef } = (record ?? {}) as { name?: string; carrierRef?: string };
  return name ?? carrierRef;
}

export async function assertWritesHold(redis: Redis, book: Book): Promise<void> {
  const stored = await everything(redis);
  for (const subject of new Set(book.deeds.filter(({ subject: one }) => /^(customers|plans|primaries|carriers|numbers)\//.test(one)).map(({ subject: one }) => one))) {
    const deeds = book.deeds.filter((deed) => deed.subject === subject);
    const possible = mayHold(deeds);
    const values: (string | undefined)[] = possible.map(({ value }) => value);
    // As it was before all of them.
    if (!deeds.some(({ fate }) => fate === 'made')) values.push(FIRST_VALUE);
    expect(values, `${subject} is ${valueOf(stored.get(subject)?.record) ?? 'not there'}, after\n${deeds.map(({ does, fate, from, to }) => `  ${does}: ${fate} ${from.toFixed(1)} to ${to.toFixed(1)}`).join('\n')}\n`).toContain(valueOf(stored.get(subject)?.record));
  }
}

export async function assertImportsHold(redis: Redis, book: Book): Promise<void> {
  const stored = await everything(redis);
  const imports = book.deeds.filter(({ subject }) => subject.startsWith('imports/')).map((deed) => ({ ...deed, rows: deed.subject.slice('imports/'.length).split(',') }));
  for (const { fate, body, rows, does } of imports) {
    if (fate !== 'made') continue;
    const refused = rows.includes('refused') ? 1 : 0;
    const record = stored.get(`imports/${String(body['id'])}`)?.record as ImportRecord | undefined;
    expect({ does, state: record?.state, rejected: record?.rejected, taken: record && record.created + record.changed + record.unchanged }).toEqual({ does, state: 'done', rejected: refused, taken: rows.length - refused });
  }
  for (const number of IMPORTED) {
    const touching = imports.filter(({ rows, fate }) => rows.includes(number) && fate !== 'refused');
    const values: (string | undefined)[] = touching.map(({ value }) => value);
    if (!touching.some(({ fate }) => fate === 'made')) values.push(undefined);
    expect(values, number).toContain(valueOf(stored.get(`numbers/${number}`)?.record));
  }
}

/** Every acknowledged end of a call is in its record, once; and every list of calls is what the records say. */
export async function assertCallsRecorded(redis: Redis, book: Book): Promise<void> {
  const ids = await redis.zrange(keys.callIndex('all'), '0', '-1');
  const acknowledged = book.deeds.filter(({ subject, fate }) => subject.startsWith('calls/') && fate === 'made').map(({ subject }) => subject.slice('calls/'.length));
  const ended = new Map<string, number>();
  const wanted = new Map<string, Set<string>>();
  for (const id of ids) {
    const call = await redis.hgetall(keys.call(id));
    if (call['ended'] !== undefined) ended.set(id, (ended.get(id) ?? 0) + 1);
    for (const [list, member] of listsOf(id, call)) wanted.set(list, (wanted.get(list) ?? new Set()).add(member));
  }
  expect(acknowledged.filter((id) => ended.get(id) !== 1)).toEqual([]);
  const found = new Map<string, Set<string>>();
  for (const key of await redis.keys(`${keys.callIndex('')}*`)) found.set(key.slice(keys.callIndex('').length), new Set(await redis.zrange(key, '0', '-1')));
  expect(found).toEqual(wanted);
}

/** The lists that a call belongs to, by what is known of it: see src/store/commands/record-claim-2.lua. */
function listsOf(id: string, call: Readonly<Record<string, string>>): [string, string][] {
  const { number = '', from, customer } = JSON.parse((call['arrival'] ?? '').slice(15) || '{}') as { number?: string; from?: string; customer?: string };
  const owner = customer === undefined ? undefined : `customer:${customer}`;
  const unanswered = call['outcome'] === 'missed' || call['outcome'] === 'lost';
  const reached = call['outcome'] === 'answered' || call['outcome'] === 'voicemail';
  const lists: [string, string][] = [['all', id]];
  if (unanswered) lists.push(['all:unanswered', id]);
  if (number !== '') lists.push([`number:${number}`, id]);
  if (owner !== undefined) lists.push([owner, id]);
  if (owner !== undefined && unanswered) lists.push([`${owner}:unanswered`, id]);
  if (reached && from !== undefined) lists.push([`${owner ?? 'nobody'}:reached`, `${from}\0${String(call['startedAt']).padStart(15, '0')}\0${id}`]);
  return lists;
}
