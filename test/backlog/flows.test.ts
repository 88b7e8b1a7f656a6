/** From the API to a subscriber and back: what is handed in arrives, what operators say holds, and what is shown is so. */
import { afterEach, expect, test } from 'vitest';
import { createSubscriber, SECRET, type Subscriber } from '../../stand-ins/subscriber/subscriber.ts';
import type { RunningService } from '../support/service.ts';
import { eachBacklog, POSTED, type Json } from './support.ts';

const here = eachBacklog();
const open: Subscriber[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function started(): Promise<{ service: RunningService; pbx: Subscriber; post(data: Json): Promise<string>; see(): Promise<Json & { counts: Json }>; order(what: string, body?: Json): Promise<Json> }> {
  const pbx = await createSubscriber();
  open.push(pbx);
  const service = await here.start({ WORKERS: 'on', RECEIVERS_MAY_BE_PRIVATE: 'yes' });
  await service.ask('PUT', '/v1/subscribers/acme:pbx', { url: pbx.url, secret: SECRET, customer: 'acme', retryForSeconds: 1 });
  return {
    service, pbx,
    post: async (data) => (await service.ask<{ id: string }>('POST', '/v1/notifications', { ...POSTED, subscriber: 'acme:pbx', data })).id,
    see: () => service.ask('GET', '/v1/subscribers/acme:pbx/backlog'),
    order: (what, body = {}) => service.ask('POST', `/v1/subscribers/acme:pbx/${what}`, { reason: 'because', ...body }),
  };
}

/** As the stand-in wants them, to check order. */
const line = (n: number): Json => ({ line: 'one', n, sentAt: Date.now() });

test('what is handed in arrives, and is shown; a pause holds what comes, and a resume sends it', async () => {
  const { service, pbx, post, see, order } = await started();
  const id = await post(line(1));
  await expect.poll(see).toMatchObject({ is: 'idle', counts: { accepted: 1, delivered: 1, waiting: 0 } });
  const { items } = await service.ask<{ items: Json[] }>('GET', '/v1/subscribers/acme:pbx/attempts');
  expect(items).toMatchObject([{ id, kind: 'order.changed', key: 'order/1', status: 204 }]);
  await order('pause');
  await post(line(2));
  expect(await see()).toMatchObject({ is: 'paused', counts: { waiting: 1 } });
  await order('resume');
  await expect.poll(see).toMatchObject({ is: 'idle', counts: { delivered: 2 } });
  expect(pbx.report()).toMatchObject({ taken: 2, again: 0, early: [], forged: 0, malformed: 0 });
});

test('one that answers 410 is disabled until it is resumed; what it refuses is redriven from the dead letters', async () => {
  const { pbx, post, see, order } = await started();
  pbx.behave({ status: 410 });
  await post(line(1));
  await expect.poll(see).toMatchObject({ is: 'disabled', counts: { waiting: 1, delivered: 0 } });
  pbx.behave({});
  await order('resume');
  await expect.poll(see).toMatchObject({ is: 'idle', counts: { waiting: 0, delivered: 1 } });
  pbx.behave({ status: 422 });
  await post(line(2));
  await expect.poll(see).toMatchObject({ is: 'idle', deadLetters: 1, counts: { dead: 1 } });
  pbx.behave({});
  expect(await order('redrive', { all: true })).toEqual({ redriven: 1, coalesced: 0 });
  await expect.poll(see).toMatchObject({ is: 'idle', deadLetters: 0, counts: { dead: 0, delivered: 2 } });
});
