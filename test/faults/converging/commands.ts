/** What clients, carriers and fate do to three processes, as commands that fast-check puts into any order. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { keys } from '../../../src/store/keys.ts';
import type { Book } from './book.ts';
import { callComesIn } from './call.ts';
import { IMPORTED, NUMBERS, orders, writes, rowsOf, type Order, type Write } from './requests.ts';
import type { Link, Member } from './member.ts';
import { MEMBERS, type RedisIs, type Site } from './site.ts';

/** What decides which command makes sense next. */
export interface Model {
  redis: RedisIs;
  up: boolean[];
  /** `losing`: half-open as soon as a certain answer is to come. */
  links: (Link | 'losing')[];
}

export interface Real {
  site: Site;
  book: Book;
  /** What was sent and has no answer yet. */
  underWay: Set<Promise<void>>;
  findings: unknown[];
  serial: number;
}

export type Command = fc.AsyncCommand<Model, Real>;

export const newModel = (): Model => ({ redis: 'there', up: MEMBERS.map(() => true), links: MEMBERS.map(() => 'open') });

const command = (text: string, check: (model: Readonly<Model>) => boolean, run: (model: Model, real: Real) => Promise<void>): Command => ({ check, run, toString: () => text });

/** All answers are there; throws what was found wrong with one. */
export async function gather({ underWay, findings }: Real): Promise<void> {
  await Promise.all(underWay);
  if (findings.length > 0) throw findings[0];
}

/** Begins it, and waits for its end if that is wanted and cannot take long: further commands come meanwhile. */
async function launch(real: Real, wait: boolean, work: () => Promise<unknown>): Promise<void> {
  const done: Promise<void> = work()
    .then(() => undefined, (error: unknown) => void real.findings.push(error))
    .finally(() => real.underWay.delete(done));
  real.underWay.add(done);
  if (wait) await done;
  if (real.findings.length > 0) throw real.findings[0];
}

const answersAtOnce = ({ redis, links }: Readonly<Model>, at: number): boolean => redis !== 'hanging' && !['stalled', 'half-open', 'losing'].includes(links[at] ?? 'open');

const memberAt = fc.constantFrom(...MEMBERS);
const of = (real: Real, at: number): Member => real.site.members[at] as Member;

const write = fc.record({ at: memberAt, what: writes, wait: fc.boolean() }).map(({ at, what, wait }: { at: number; what: Write; wait: boolean }) =>
  command(`${what.method} ${what.subject} at ${at}${what.variant}${wait ? '' : ' (not awaited)'}`, ({ up }) => up[at] === true, async (model, real) => {
    real.serial += 1;
    const { subject, body, headers, value } = what.say(real.serial);
    const does = `${what.method} ${subject}${what.variant} ${value ?? ''} at ${at}`;
    await launch(real, wait && answersAtOnce(model, at), () => real.book.note({ subject, does, value }, () => of(real, at).ask(what.method, `/v1/${subject}`, body, headers)));
  }));

const order = fc.record({ at: memberAt, what: orders, wait: fc.boolean() }).map(({ at, what: { primary, says }, wait }: { at: number; what: Order; wait: boolean }) =>
  command(`${says} ${primary} at ${at}${wait ? '' : ' (not awaited)'}`, ({ up }) => up[at] === true, async (model, real) => {
    real.serial += 1;
    const reason = `${says} ${real.serial}`;
    const ask = () => of(real, at).ask('POST', `/v1/primaries/${primary}/${says}`, JSON.stringify({ reason }), { 'content-type': 'application/json' });
    await launch(real, wait && answersAtOnce(model, at), () => real.book.note({ subject: `orders/${primary}`, does: `${reason} of ${primary} at ${at}`, value: reason }, ask));
  }));

const upload = fc.record({ at: memberAt, rows: fc.uniqueArray(fc.constantFrom(...IMPORTED), { minLength: 1, maxLength: 3 }), refused: fc.boolean() }).map(({ at, rows, refused }) =>
  command(`import of ${rows.length}${refused ? ' and one that is refused' : ''} at ${at}`, ({ up }) => up[at] === true, async (model, real) => {
    real.serial += 1;
    const value = `IM${real.serial}`;
    const ask = () => of(real, at).ask('POST', '/v1/imports', rowsOf(rows, value, refused), { 'content-type': 'application/x-ndjson' });
    const subject = `imports/${rows.join(',')}${refused ? ',refused' : ''}`;
    await launch(real, answersAtOnce(model, at), () => real.book.note({ subject, does: `import ${value} at ${at}`, value }, ask));
  }));

const call = fc.record({ number: fc.constantFrom(...NUMBERS), at: fc.tuple(memberAt, memberAt, memberAt), leg: fc.constantFrom('completed', 'busy', 'no-answer', 'failed'), wait: fc.boolean() }).map(({ wait, ...plan }) =>
  command(`call to ${plan.number} at ${plan.at.join(', ')}, leg ${plan.leg}${wait ? '' : ' (not awaited)'}`, ({ up }) => up.includes(true), async (_model, real) => {
    real.serial += 1;
    const { serial } = real;
    await launch(real, wait, () => callComesIn(real.site, real.book, serial, plan));
  }));

const network = fc.record({ at: memberAt, link: fc.constantFrom<Link>('cut', 'stalled', 'half-open', 'slow', 'open', 'open', 'open', 'open', 'open', 'open') }).map(({ at, link }) =>
  command(`network of ${at} is ${link}`, ({ links }) => links[at] !== link, async (model, real) => {
    of(real, at).link(link);
    model.links[at] = link;
  }));

/** Of a commit, or of what is read after one. */
const lostAnswer = fc.record({ at: memberAt, to: fc.constantFrom(keys.auditHead, keys.auditHead, keys.records('states')) }).map(({ at, to }) =>
  command(`network of ${at} loses the next answer to ${to}`, ({ up, links }) => up[at] === true && links[at] === 'open', async (model, real) => {
    of(real, at).loseAnswerTo(to);
    model.links[at] = 'losing';
  }));

const redisFault = fc.constantFrom<RedisIs>('hanging', 'gone', 'full', 'read-only').map((is) =>
  command(`Redis is ${is}`, ({ redis }) => redis === 'there', async (model, real) => {
    await real.site.redisIs(is);
    model.redis = is;
  }));

const redisBack = fc.constant(
  command('Redis is there again', ({ redis }) => redis !== 'there', async (model, real) => {
    await real.site.redisIs('there');
    model.redis = 'there';
  }));

/** As when a process was away for longer than changes are kept. */
const trim = fc.constant(
  command('the change stream is emptied', ({ redis }) => redis === 'there', async (_model, real) => {
    await real.site.atRedis((client) => client.xtrim(keys.changes, 'MAXLEN', 0));
  }));

const end = fc.record({ at: memberAt, how: fc.constantFrom('stop', 'kill', 'kill') }).map(({ at, how }: { at: number; how: 'stop' | 'kill' }) =>
  command(`${how} ${at}`, ({ up }) => up[at] === true, async (model, real) => {
    model.up[at] = false;
    await of(real, at)[how]();
  }));

const start = memberAt.map((at) =>
  command(`start ${at}`, ({ up }) => up[at] === false, async (model, real) => {
    await of(real, at).start();
    model.up[at] = true;
  }));

/** Until then it tries Redis first, each time. */
const notice = memberAt.map((at) =>
  command(`${at} notices that Redis is gone`, ({ up, redis, links }) => up[at] === true && (redis === 'gone' || redis === 'hanging' || links[at] === 'cut' || links[at] === 'stalled' || links[at] === 'half-open'), async (_model, real) => {
    await expect.poll(async () => (await of(real, at).ask('GET', '/readyz')).body['status'], { timeout: 20_000, interval: 5 }).not.toBe('ok');
  }));

const all = fc.constant(command('all answers are there', () => true, async (_model, real) => gather(real)));

/** Up to so many, of which those that make no sense at their place are left out. */
export const commands = (most: number) => fc.commands(
  [
    fc.oneof(
      { weight: 60, arbitrary: write },
      { weight: 40, arbitrary: order },
      { weight: 20, arbitrary: call },
      { weight: 4, arbitrary: upload },
      { weight: 12, arbitrary: network },
      { weight: 8, arbitrary: lostAnswer },
      { weight: 4, arbitrary: redisFault },
      { weight: 10, arbitrary: redisBack },
      { weight: 2, arbitrary: trim },
      { weight: 5, arbitrary: end },
      { weight: 12, arbitrary: start },
      { weight: 2, arbitrary: notice },
      { weight: 2, arbitrary: all },
    ),
  ],
  { maxCommands: most, size: 'max' },
);
