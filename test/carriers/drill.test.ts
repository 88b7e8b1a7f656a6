/** Test calls at every carrier that can be told to call, by one contract; and those that cannot be told say so. */
import { describe, expect, it } from 'vitest';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { CARRIER_KINDS } from '../../src/domain/carrier.ts';
import { drilling } from '../support/drilling.ts';
import { calledService } from './called-service.ts';
import { describeDrills } from './drill-contract.ts';
import { DRILLS } from './drill-fixtures.ts';
import { PATHS } from './http/described.ts';

const here = calledService({ country: 'US', destinations: [{ to: '+17042661999' }] }, (redis) => drilling(redis, 'everySeconds: 0, atOnce: 8, mostCalls: 10'));

it('every kind is here, and calls or does not', () => {
  expect(CARRIER_KINDS.filter((kind) => DRILLS[kind] !== undefined)).toEqual(CARRIER_KINDS.filter((kind) => CARRIER_PARTS[kind].calls !== undefined));
});

for (const [at, kind] of CARRIER_KINDS.entries()) {
  const fixture = DRILLS[kind];
  if (fixture) describeDrills(here, kind, fixture, at);
}

describe('a carrier that cannot be told to call', () => {
  it.each([
    ['flowroute', { credentials: { accessKey: 'key', secretKey: 'secret' } }],
    ['voipms', { credentials: { username: 'user@example.net', apiPassword: 'secret' } }],
    ['http', { credentials: { secret: 'secret' }, api: PATHS.api, baseUrl: 'https://api.carrier.example' }],
    ['vonage', { credentials: { apiKey: '12345678', apiSecret: 'secret', signatureSecret: 'secret' } }],
    ['bandwidth', { credentials: { accountId: '9900012', username: 'user', password: 'secret', webhookPassword: 'secret' } }],
  ])('%s, without what calls need', async (kind, account) => {
    const carrier = `${kind}-mute`;
    await here.service.ask('PUT', `/v1/carriers/${carrier}`, { kind, ...account });
    await here.service.ask('PUT', '/v1/numbers/+12052169999', { customer: 'acme', primary: 'pbx', carrier, plan: 'acme' });
    expect(await here.service.ask('POST', '/v1/drills', { numbers: ['+12052169999'], anyHour: true })).toMatchObject({ tests: [{ heldBack: { code: 'carrier-cannot' } }] });
  });
});
