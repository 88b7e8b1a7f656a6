/** The stand-in for a subscriber: it takes what is signed, tells what it has seen, and fails as it is told. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKnee } from '../../stand-ins/subscriber/knee.ts';
import { createSubscriber, SECRET, type Behaviour, type Subscriber } from '../../stand-ins/subscriber/subscriber.ts';

let subscriber: Subscriber;
beforeEach(async () => {
  subscriber = await createSubscriber();
});
afterEach(() => subscriber.close());

interface Post {
  id: string;
  data?: object;
  secret?: string;
  path?: string;
  timestamp?: number;
}

async function post({ id, data = {}, secret = SECRET, path = '/', timestamp = Math.floor(Date.now() / 1000) }: Post): Promise<{ status: number; retryAfter: string | null }> {
  const body = JSON.stringify({ specversion: '1.0', id, source: '/tests', type: 'call.missed', data });
  const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = { 'content-type': 'application/cloudevents+json', 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,AAAA v1,${signature}` };
  const response = await fetch(subscriber.url + path, { method: 'POST', headers, body });
  await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after') };
}

const statuses = async (behaviour: Behaviour, ids: readonly string[]) => {
  subscriber.behave(behaviour);
  const found: (number | 'broken')[] = [];
  for (const id of ids) found.push(await post({ id }).then(({ status }) => status, () => 'broken' as const));
  return found;
};

describe('a subscriber', () => {
  test('takes what is signed with its secret, and nothing else', async () => {
    expect((await post({ id: 'a' })).status).toBe(204);
    expect((await post({ id: 'b', secret: `whsec_${Buffer.alloc(24).toString('base64')}` })).status).toBe(401);
    expect((await post({ id: 'c', timestamp: 1_000_000 })).status).toBe(401);
    expect((await fetch(subscriber.url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(subscriber.report()).toMatchObject({ posts: 4, taken: 1, forged: 1, stale: 1, unsigned: 1, malformed: 0 });
  });

  test('knows what came again, came early, came under two ids or did not come', async () => {
    for (const [id, line, n] of [['a', 'x', 0], ['c', 'x', 4], ['b', 'x', 2], ['b', 'x', 2], ['other', 'y', 4]] as const) await post({ id, data: { line, n } });
    expect(subscriber.report()).toMatchObject({ taken: 4, again: 1, early: [{ line: 'x', n: 2, after: 4 }], doubled: [4] });
    expect(subscriber.missing(6)).toEqual([1, 3, 5]);
    expect(subscriber.lines()).toEqual({ x: 4, y: 4 });
    await post({ id: 'a', path: '/another' });
    expect(subscriber.report().taken).toBe(5);
  });

  test('answers what it is told to, to each or to some, and takes nothing then', async () => {
    expect(await statuses({ status: 410 }, ['a', 'b'])).toEqual([410, 410]);
    expect(await statuses({ status: 500, oneIn: 2 }, ['c', 'd', 'e', 'f'])).toHaveLength(4);
    expect(subscriber.report()).toMatchObject({ taken: 2, statuses: { 204: 2, 410: 2, 500: 2 } });
    subscriber.behave({ status: 429, retryAfterSeconds: 7 });
    expect(await post({ id: 'g' })).toEqual({ status: 429, retryAfter: '7' });
  });

  test('breaks the connection after it took something, or in the middle of its answer, having taken every other', async () => {
    expect(await statuses({ does: 'reset' }, ['a', 'b'])).toEqual(['broken', 'broken']);
    expect(subscriber.report().taken).toBe(2);
    expect(await statuses({ does: 'lie' }, ['c', 'd'])).toEqual(['broken', 'broken']);
    expect(subscriber.report()).toMatchObject({ taken: 3, statuses: { reset: 2, lie: 2 } });
  });

  test('never takes what is about one line in so many', async () => {
    subscriber.behave({ poisonOneIn: 3 });
    const found: number[] = [];
    for (const n of [1, 2, 3, 4, 6]) found.push((await post({ id: String(n), data: { line: `line-${n}` } })).status);
    expect(found).toEqual([204, 204, 500, 204, 500]);
  });

  test('refuses what is more than it can take, and tells for how long that was so', async () => {
    subscriber.behave({ capacity: { workers: 1, serviceMs: 50, queue: 1 } });
    const found = await Promise.all(['a', 'b', 'c', 'd'].map((id) => post({ id })));
    expect(found.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([204, 204, 503, 503]);
    expect(subscriber.report()).toMatchObject({ taken: 2, refused: 2, mostInFlight: 2 });
  });
});

describe('its capacity', () => {
  const admitted = (knee: ReturnType<typeof createKnee>, times: readonly number[]) => times.map((now) => knee.admit(now));

  test('is as many a second as its workers can do, whatever is sent', () => {
    const knee = createKnee({ workers: 2, serviceMs: 20, queue: 10 });
    expect(admitted(knee, [0, 0, 0, 0, 0])).toEqual([20, 20, 40, 40, 60]);
    const sent = Array.from({ length: 1000 }, (_, at) => 100 + at);
    const done = admitted(knee, sent).filter((wait) => wait !== undefined).length;
    // A second of two workers, and those that wait at its end.
    expect(done).toBeGreaterThanOrEqual(100);
    expect(done).toBeLessThanOrEqual(112);
  });

  test('changes while it is at work', () => {
    const knee = createKnee({ workers: 4, serviceMs: 20, queue: 0 });
    expect(admitted(knee, [0, 0, 0, 0, 0])).toEqual([20, 20, 20, 20, undefined]);
    knee.change({ workers: 2, serviceMs: 20, queue: 0 });
    expect(admitted(knee, [10, 20, 20, 20])).toEqual([undefined, 20, 20, undefined]);
  });

  test('times above it are told together and the longest', () => {
    const knee = createKnee({ workers: 1, serviceMs: 100_000, queue: 0 });
    expect(admitted(knee, [0, 10, 110, 210, 1000, 1050])).toEqual([100_000, undefined, undefined, undefined, undefined, undefined]);
    expect(knee.report()).toEqual({ refused: 5, longestAboveMs: 200, aboveMs: 250 });
  });
});
