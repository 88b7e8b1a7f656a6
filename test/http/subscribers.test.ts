/** Subscribers over the API: secrets that are never shown again, and what keys of one customer may do with them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { openWorld, type World } from '../support/world.ts';
import { openApi, type Api, type Json } from './api.ts';

let api: Api;
let world: World;
beforeAll(async () => {
  api = await openApi();
  world = await openWorld(api.redis.url);
});
afterAll(async () => {
  await world.close();
  await api.close();
});

/** `whsec_` and 24 bytes in Base64, another for each letter. */
const secret = (letter: string): string => `whsec_${letter.repeat(32)}`;
const given: Json = { url: 'https://pbx.example.net/events', secret: secret('a') };
const problem = ({ status, body }: { status: number; body: Json }) => [status, body['code'], ((body['issues'] ?? []) as { at: string }[]).map(({ at }) => at)];

describe('secrets', () => {
  test('are stored encrypted and never shown; what was shown can be sent back', async () => {
    expect((await api.as('admin', 'PUT', '/v1/subscribers/pbx-events', { ...given, oldSecrets: [secret('b'), 'env:RINGTHROUGH_TEST_OLD'] })).status).toBe(201);
    const { etag: _etag, ...shown } = await api.ask('GET', '/v1/subscribers/pbx-events');
    expect(shown).toMatchObject({ id: 'pbx-events', ...given, secret: '(encrypted)', oldSecrets: ['(encrypted)', 'env:RINGTHROUGH_TEST_OLD'] });
    const stored = await world.redis.hget(keys.records('subscribers'), 'pbx-events');
    await api.ask('PUT', '/v1/subscribers/pbx-events', shown);
    expect(await world.redis.hget(keys.records('subscribers'), 'pbx-events')).toBe(stored);
    expect(stored).not.toMatch(/whsec_/);
    expect(JSON.stringify(await api.ask('GET', '/v1/audit'))).not.toMatch(/whsec_|enc:v1/);
  });

  test.each([
    ['is none of Standard Webhooks', { secret: 'whsec_short' }, ['/secret']],
    ['among the old ones is none', { oldSecrets: [secret('b'), 'x'] }, ['/oldSecrets/1']],
    ['that stays would sign posts to another address', { url: 'https://elsewhere.example.net/', secret: '(encrypted)' }, ['/secret']],
  ])('one that %s is refused', async (_what, change, issues) => {
    await api.ask('PUT', '/v1/subscribers/strict', given);
    expect(problem(await api.as('admin', 'PUT', '/v1/subscribers/strict', { ...given, ...change }))).toEqual([422, 'subscriber_invalid', issues]);
  });
});

describe('keys of one customer', () => {
  beforeAll(async () => {
    for (const customer of ['acme', 'globex']) await api.ask('PUT', `/v1/subscribers/${customer}-crm`, { ...given, customer });
    await api.ask('PUT', '/v1/subscribers/shared', { ...given, primary: 'pbx' });
  });

  test('see theirs alone', async () => {
    const { body } = await api.as<{ items: Json[] }>('acmeViewer', 'GET', '/v1/subscribers');
    expect(body.items.map(({ id }) => id)).toEqual(['acme-crm']);
    for (const id of ['globex-crm', 'shared', 'nothing']) {
      expect((await api.as('acmeAdmin', 'GET', `/v1/subscribers/${id}`)).status).toBe(404);
      expect((await api.as('acmeAdmin', 'PUT', `/v1/subscribers/${id}`, given)).status).toBe(404);
      expect((await api.as('acmeAdmin', 'DELETE', `/v1/subscribers/${id}`)).status).toBe(404);
    }
  });

  test('make their own, under names that only theirs can have', async () => {
    const made = await api.as('acmeAdmin', 'PUT', '/v1/subscribers/acme:crm', given);
    expect([made.status, made.body['customer']]).toEqual([201, 'acme']);
    expect((await api.as('globexAdmin', 'GET', '/v1/subscribers/acme:crm')).status).toBe(404);
    expect(problem(await api.as('admin', 'PUT', '/v1/subscribers/acme:other', { ...given, customer: 'globex' }))).toEqual([422, 'subscriber_invalid', ['/customer']]);
    expect((await api.as('acmeAdmin', 'DELETE', '/v1/subscribers/acme:crm')).status).toBe(204);
  });

  test.each([
    [{ primary: 'pbx' }, ['/primary']],
    [{ maxInFlight: 500, maxWaitingMb: 2 }, ['/maxInFlight', '/maxWaitingMb']],
    [{ secret: 'env:HOME' }, ['/secret']],
    [{ oldSecrets: ['file:/etc/hostname'] }, ['/oldSecrets/0']],
    [{ customer: 'globex' }, ['/customer']],
  ])('%j is not theirs to say', async (change, issues) => {
    expect(problem(await api.as('acmeAdmin', 'PUT', '/v1/subscribers/acme-crm', { ...given, customer: 'acme', ...change }))).toEqual([403, 'field_provider_only', issues]);
  });

  test('leave what the provider said as it is', async () => {
    await api.ask('PUT', '/v1/subscribers/acme-pbx', { ...given, customer: 'acme', primary: 'pbx', maxInFlight: 7, secret: 'env:RINGTHROUGH_TEST_OF_THE_PROVIDER' });
    const { body: shown } = await api.as('acmeAdmin', 'GET', '/v1/subscribers/acme-pbx');
    expect((await api.as('acmeAdmin', 'PUT', '/v1/subscribers/acme-pbx', { ...shown, name: 'Ours' })).body).toMatchObject({ name: 'Ours', primary: 'pbx', maxInFlight: 7 });
    // Else the provider's secret would sign what goes to an address of theirs.
    expect(problem(await api.as('acmeAdmin', 'PUT', '/v1/subscribers/acme-pbx', { ...shown, url: 'https://elsewhere.example.net/' }))).toEqual([403, 'field_provider_only', ['/secret']]);
  });
});

test('a subscriber stays with its customer, and what it names must be there', async () => {
  await api.ask('PUT', '/v1/subscribers/staying', { ...given, customer: 'acme' });
  expect(problem(await api.as('admin', 'PUT', '/v1/subscribers/staying', { ...given, customer: 'globex' }))).toEqual([422, 'subscriber_invalid', ['/customer']]);
  expect((await api.as('admin', 'PUT', '/v1/subscribers/lost', { ...given, primary: 'nothing' })).body['code']).toBe('reference_unknown');
  await api.ask('PUT', '/v1/primaries/told', { kind: 'pbx', target: 'sip:{number}@told.example.net' });
  await api.ask('PUT', '/v1/subscribers/of-told', { ...given, primary: 'told' });
  expect((await api.as('admin', 'DELETE', '/v1/primaries/told')).body['code']).toBe('in_use');
});
