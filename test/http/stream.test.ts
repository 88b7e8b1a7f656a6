/** `GET /v1/stream`: what is so, what changes, for whom, and how it ends. */
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTableHolder } from '../../src/calls/table-holder.ts';
import { createStreamHub } from '../../src/http/stream-hub.ts';
import { virtualTime } from '../health/virtual-time.ts';
import { openApi, type Api, type Holder, type Json } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
  const given = { url: 'https://pbx.example.net/events', secret: `whsec_${'a'.repeat(32)}` };
  await api.ask('PUT', '/v1/subscribers/acme-crm', { ...given, customer: 'acme' });
  await api.ask('PUT', '/v1/subscribers/pbx-events', { ...given, primary: 'pbx' });
});
let isOpen = true;
afterAll(() => (isOpen ? api.close() : undefined));

interface Event {
  event: string;
  data: Json;
}

/** Follows as one of them; `over` resolves when the stream has ended. */
async function follow(holder: Holder, query = '', at: Api = api): Promise<{ events: Event[]; headers: Headers; over: Promise<void>; leave(): void }> {
  const leaving = new AbortController();
  const response = await fetch(`${at.url}/v1/stream${query}`, { headers: { authorization: `Bearer ${at.keys[holder] ?? ''}` }, signal: leaving.signal });
  const events: Event[] = [];
  const over = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(part, { stream: true });
      const whole = text.split('\n\n');
      text = whole.pop() ?? '';
      for (const one of whole) {
        const [, event, data] = /^event: (.+)\ndata: (.+)$/.exec(one) ?? [];
        if (event !== undefined && data !== undefined) events.push({ event, data: JSON.parse(data) as Json });
      }
    }
  })();
  return { events, headers: response.headers, over: over.catch(() => undefined), leave: () => leaving.abort() };
}

const of = ({ events }: { events: Event[] }, event: string): Json[] => events.filter((one) => one.event === event).map(({ data }) => data);
const notify = (to: string) => api.ask('POST', '/v1/notifications', { subscriber: to, kind: 'pbx.lamp', class: 'state', key: '204', data: { on: true } });

describe('who follows', () => {
  test('is told what is so and what changes, as far as its key may see it', async () => {
    const provider = await follow('viewer');
    const acme = await follow('acmeViewer');
    const globex = await follow('globexAdmin');
    expect(provider.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(of(provider, 'primary')).toEqual([{ primary: 'pbx', state: 'up' }]);

    await notify('acme-crm');
    await expect.poll(() => of(acme, 'backlog').at(-1)).toMatchObject({ subscriber: 'acme-crm', counts: { accepted: 1, waiting: 1 } });
    await expect.poll(() => of(provider, 'backlog').map(({ subscriber }) => subscriber)).toContain('acme-crm');

    await api.as('operator', 'POST', '/v1/primaries/pbx/divert', { reason: 'fire' });
    await expect.poll(() => of(provider, 'primary').at(-1)).toMatchObject({ primary: 'pbx', state: 'down', diversion: expect.any(String) as string });
    await notify('pbx-events');
    await expect.poll(() => of(provider, 'backlog').at(-1)).toMatchObject({ subscriber: 'pbx-events', is: 'held' });
    await api.as('operator', 'POST', '/v1/primaries/pbx/restore', { reason: 'out' });
    await expect.poll(() => of(provider, 'primary').at(-1)).toMatchObject({ state: 'up' });

    // Who comes now is told of what waits, though nothing changes.
    const late = await follow('acmeAdmin', '?seconds=0');
    await late.over;
    expect(late.events).toEqual([{ event: 'backlog', data: expect.objectContaining({ subscriber: 'acme-crm', is: 'waiting' }) as Json }, { event: 'end', data: { why: 'time' } }]);
    expect(new Set(acme.events.map(({ event, data }) => `${event} ${String(data['subscriber'])}`))).toEqual(new Set(['backlog acme-crm']));
    expect(globex.events).toEqual([]);
    for (const one of [provider, acme, globex]) one.leave();
  });

  test('is followed no more when its key is gone', async () => {
    const { key } = await api.ask<{ key: string }>('PUT', '/v1/keys/passing', { role: 'viewer' });
    const stream = await follow('viewer', '', { ...api, keys: { ...api.keys, viewer: key } });
    await api.ask('DELETE', '/v1/keys/passing');
    await stream.over;
    expect(stream.events.at(-1)).toEqual({ event: 'end', data: { why: 'key' } });
  });

  test('holds up no end of the service', async () => {
    const stream = await follow('viewer');
    isOpen = false;
    await api.close();
    await stream.over;
    expect(stream.events.at(-1)).toEqual({ event: 'end', data: { why: 'closing' } });
  });
});

describe('a stream', () => {
  function open() {
    const time = virtualTime();
    const load = { level: 0 as 0 | 1 };
    const tables = createTableHolder();
    const cutOff: string[] = [];
    const hub = createStreamHub({ tables, backlogOf: () => Promise.reject(new Error('away')), load, metrics: { clientsCutOff: { inc: ({ why }: { why: string }) => void cutOff.push(why) } as never }, timers: time.timers });
    return { time, load, tables, cutOff, hub };
  }

  /** All that was said and not read yet: Node 26 gives one piece of it at a time. */
  function said(stream: Readable): string {
    let text = '';
    for (let part = stream.read() as Buffer | null; part !== null; part = stream.read() as Buffer | null) text += part.toString();
    return text;
  }

  test('says now and then that it is there, and ends when there is too much to do, or its time is over', async () => {
    const { time, load, hub } = open();
    const [one, other] = [hub.open({ key: 'k', role: 'viewer' }, 60), hub.open({ key: 'k', role: 'viewer' }, 3)];
    await time.pass(10_000);
    expect(said(other)).toMatch(/: still here\n\nevent: end\ndata: \{"why":"time"\}\n\n$/);
    load.level = 1;
    await time.pass(1000);
    expect(said(one).split(': still here').length).toBeGreaterThan(4);
    expect(one.readableEnded || one.readableLength === 0).toBe(true);
  });

  test('of who does not read is cut off', async () => {
    const { time, tables, cutOff, hub } = open();
    const stream = hub.open({ key: 'k', role: 'viewer' }, 900);
    for (let at = 0; at < 20_000 && cutOff.length === 0; at += 1) tables.changed('states', `pbx-${at}`);
    expect(cutOff).toEqual(['not-reading']);
    expect(stream.destroyed).toBe(true);
    await time.pass(3000);
  });
});
