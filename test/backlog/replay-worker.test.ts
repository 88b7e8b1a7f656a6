/** From accepted to delivered: the worker, a strict subscriber, and Redis. */
import { afterEach, describe, expect, it } from 'vitest';
import { createSubscriber, type Behaviour, type Subscriber } from '../../stand-ins/subscriber/subscriber.ts';
import { put } from '../support/world.ts';
import { eachReplay } from './replay.ts';

const here = eachReplay();
const open: Subscriber[] = [];
afterEach(async () => {
  for (const subscriber of open.splice(0)) await subscriber.close();
});

async function subscriber(behaviour: Behaviour = {}): Promise<Subscriber> {
  const made = await createSubscriber({ behaviour });
  open.push(made);
  return made;
}
const linesOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `line-${at + 1}`);

describe('what waits', () => {
  it('is delivered, each line in order, each once', async () => {
    const crm = await subscriber();
    await here.subscribe('crm', crm.url);
    await here.accept('crm', linesOf(20), 50);
    await here.worker();
    await expect.poll(() => here.counts('crm')).toMatchObject({ accepted: 1000, delivered: 1000, waiting: 0 });
    expect(crm.report()).toMatchObject({ taken: 1000, again: 0, early: [], doubled: [], forged: 0, malformed: 0, statuses: { 204: 1000 } });
    await here.accept('crm', ['now'], 1);
    await expect.poll(() => crm.report().taken).toBe(1001);
  });

  it('is delivered to what a customer has named itself, too, and holds up no other', async () => {
    const crm = await subscriber();
    for (const id of ['acme:crm', 'crm']) {
      await here.subscribe(id, crm.url);
      await here.accept(id, linesOf(3), 2);
    }
    await here.worker();
    for (const id of ['acme:crm', 'crm']) await expect.poll(() => here.counts(id)).toMatchObject({ delivered: 6, waiting: 0 });
  });

  it('of a line that is refused for ever holds up no other, and what is refused is tried again', async () => {
    const crm = await subscriber({ poisonOneIn: 10 });
    await here.subscribe('crm', crm.url);
    await here.accept('crm', linesOf(20), 30);
    await here.worker();
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 540, waiting: 60 });
    crm.behave({});
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 600, waiting: 0 });
    expect(crm.report()).toMatchObject({ taken: 600, again: 0, early: [] });
  });

  it('goes to the dead letters when it was refused for as long as is set, one after another', async () => {
    const crm = await subscriber({ poisonOneIn: 2 });
    await here.subscribe('crm', crm.url, { retryForSeconds: 1 });
    await here.accept('crm', linesOf(2), 2);
    await here.worker();
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 2, dead: 2, waiting: 0 });
    expect((await here.backlog.deadLetters('crm', {}, '0', 10)).letters.map(({ cause, notification: { key } }) => [cause, key])).toEqual([['500', 'line-2'], ['500', 'line-2']]);
  });

  it('is held while the primary is down, and goes out when it is back', async () => {
    const pbx = await subscriber();
    await put(here.world.store, 'primaries', 'pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
    await put(here.world.store, 'states', 'pbx', { is: 'down', since: 1 });
    await here.subscribe('pbx', pbx.url, { primary: 'pbx' });
    await here.accept('pbx', linesOf(3), 10);
    await here.worker();
    await here.subscribe('crm', pbx.url);
    await here.accept('crm', ['other'], 1);
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 1 });
    expect(await here.counts('pbx')).toMatchObject({ waiting: 30, delivered: 0 });
    await put(here.world.store, 'states', 'pbx', { is: 'up', since: 2 });
    await expect.poll(() => here.counts('pbx')).toMatchObject({ waiting: 0, delivered: 30 });
    expect(pbx.report()).toMatchObject({ taken: 31, again: 0, early: [] });
  });

  it('is kept for a subscriber that fails, which is tried now and then, and is blamed for nothing', async () => {
    const crm = await subscriber({ does: 'reset' });
    await here.subscribe('crm', crm.url, { retryForSeconds: 1 });
    await here.accept('crm', linesOf(30), 2);
    await here.worker();
    await expect.poll(async () => (await here.backlog.status('crm')).failingSince).toBeDefined();
    crm.behave({});
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 60, dead: 0 });
    await expect.poll(async () => (await here.backlog.status('crm')).failingSince).toBeUndefined();
    expect(crm.report().early).toEqual([]);
    const said = (text: string): number => here.world.lines.filter((line) => line.includes(text)).length;
    expect([said('answers nothing but failures'), said('takes what it is sent again')]).toEqual([1, 1]);
  });

  it('is not sent to one that is gone, nor while it is paused', async () => {
    const crm = await subscriber({ status: 410 });
    await here.subscribe('crm', crm.url, { maxInFlight: 1 });
    await here.accept('crm', linesOf(3), 1);
    await here.worker();
    await expect.poll(async () => (await here.backlog.status('crm')).disabledAt).toBeDefined();
    crm.behave({});
    const { posts } = crm.report();
    await here.backlog.stand('crm', { disabledAt: undefined, pausedAt: 1 });
    await here.backlog.ask('crm', Date.now());
    await here.accept('crm', ['more'], 1);
    await here.subscribe('other', crm.url);
    await here.accept('other', ['other'], 1);
    await expect.poll(() => here.counts('other')).toMatchObject({ delivered: 1 });
    expect(crm.report().posts).toBe(posts + 1);
    await here.backlog.stand('crm', { pausedAt: undefined });
    await here.backlog.ask('crm', Date.now());
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 4 });
  });

  it('goes on with another worker when one ends in the middle', async () => {
    const crm = await subscriber({ afterMs: 2 });
    await here.subscribe('crm', crm.url);
    await here.accept('crm', linesOf(30), 20);
    const first = await here.worker();
    await expect.poll(() => crm.report().taken).toBeGreaterThan(20);
    await first.close();
    await here.worker();
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 600, waiting: 0 });
    expect(crm.report()).toMatchObject({ taken: 600, early: [], doubled: [] });
  });

  it('is left alone for as long as the subscriber asks, and loses nothing by it', async () => {
    const crm = await subscriber({ status: 503, retryAfterSeconds: 1 });
    await here.subscribe('crm', crm.url, { retryForSeconds: 1, maxInFlight: 1 });
    await here.accept('crm', linesOf(3), 2);
    await here.worker();
    await expect.poll(() => crm.report().posts).toBeGreaterThanOrEqual(3);
    crm.behave({});
    await expect.poll(() => here.counts('crm')).toMatchObject({ delivered: 6, dead: 0 });
    expect(crm.report()).toMatchObject({ taken: 6, again: 0, early: [] });
  });
});
