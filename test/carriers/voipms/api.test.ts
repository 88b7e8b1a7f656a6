/** VoIP.ms' API over real HTTP, against the stand-in: the requests field by field, every failure, and reading back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import { createVoipmsApi } from '../../../src/carriers/voipms/api.ts';
import { setAndReadBack } from '../../../src/diversion/set-and-read-back.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { HeldDid } from '../../../stand-ins/voipms/account.ts';
import { createVoipms, type Voipms } from '../../../stand-ins/voipms/voipms.ts';
import { failureOf, oddCarrier } from '../odd-carrier.ts';

const USERNAME = 'office@example.com';
const PASSWORD = 'an-api-password&of=the test';
const DID = '4155550100';
const NUMBER = `+1${DID}`;
const BACKUP = 'fwd:+14155550111';
const SET = { routing: 'account:100001_pbx', failover_busy: 'vm:101', voicemail: '101', pop: '73', dialtime: '45', cnam: '1', note: 'Front & back', callerid_prefix: 'MIA [555]', billing_type: '2', record_calls: '1' };

let voipms: Voipms;
let held: HeldDid;
let api: CarrierApi;
const opened: CarrierApi[] = [];

function open({ apiPassword = PASSWORD, baseUrl = voipms.url } = {}): CarrierApi {
  const client = createVoipmsApi({ credentials: { username: USERNAME, apiPassword }, baseUrl, timeoutMs: 300 });
  opened.push(client);
  return client;
}

beforeEach(async () => {
  voipms = await createVoipms({ username: USERNAME, apiPassword: PASSWORD, accounts: ['100001_pbx'], mailboxes: ['101'] });
  voipms.addDid('4155550199');
  held = voipms.addDid(DID, SET);
  api = open();
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await voipms.close();
});

const asked = () => voipms.requests.map(({ body }) => Object.fromEntries([...new URLSearchParams(body)].filter(([name]) => !name.startsWith('api_'))));
const methods = () => asked().map(({ method }) => method);

describe('reading', () => {
  it('asks in a form, with the credentials in it and nothing of it in the address', async () => {
    expect(await api.findNumber(NUMBER)).toEqual({ ref: DID, routing: { routing: 'account:100001_pbx', failover_busy: 'vm:101', failover_unreachable: '', failover_noanswer: '' } });
    const [request] = voipms.requests;
    expect([request?.method, request?.path, [...(request?.query ?? [])], request?.headers['content-type']]).toEqual(['POST', '/api/v1/rest.php', [], 'application/x-www-form-urlencoded']);
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({ api_username: USERNAME, api_password: PASSWORD, method: 'getDIDsInfo', did: DID });
  });

  it('finds nothing where the account has nothing', async () => {
    expect(await api.findNumber('+14155550177')).toBeUndefined();
    voipms.account.dids.clear();
    expect(await api.findNumber(NUMBER)).toBeUndefined();
  });

  it('knows the number that it was told by its ref', async () => {
    expect(await api.readRouting(DID, NUMBER)).toMatchObject({ routing: 'account:100001_pbx' });
    expect((await failureOf(api.readRouting(DID, '+14155550199'))).code).toBe('carrier_number_unknown');
    expect((await failureOf(api.readRouting('5145550100'))).code).toBe('carrier_number_unknown');
    expect((await failureOf(api.readRouting("x' or 1"))).code).toBe('carrier_number_unknown');
  });

  it('says of forwardings where ours lead, and of all others their id', async () => {
    await api.setRouting(DID, { routing: BACKUP, failover_unreachable: 'sip:desk@pbx.example.net' });
    expect(held.settings).toMatchObject({ routing: 'fwd:1001', failover_unreachable: 'sip:6001' });
    expect(await api.readRouting(DID)).toMatchObject({ routing: BACKUP, failover_unreachable: 'sip:desk@pbx.example.net' });
    const [forwarding] = voipms.account.forwardings;
    for (const change of [{ dtmf_digits: '1' }, { dtmf_digits: '', callerid_override: '4155550100' }, { callerid_override: '', description: 'Ann' }]) {
      Object.assign(forwarding ?? {}, change);
      expect(await api.readRouting(DID)).toMatchObject({ routing: 'fwd:1001' });
    }
    voipms.account.forwardings.splice(0);
    expect(await api.readRouting(DID)).toMatchObject({ routing: 'fwd:1001' });
  });

  it.each(['+14155550111', '+442079460123', '+33123456789'])('leads a forwarding to %s, and reads it so', async (number) => {
    expect(await setAndReadBack(api, DID, { routing: `fwd:${number}` })).toMatchObject({ routing: `fwd:${number}` });
    expect(voipms.account.forwardings).toMatchObject([{ phone_number: number.startsWith('+1') ? number.slice(2) : `011${number.slice(1)}`, description: 'Ringthrough' }]);
  });
});

describe('writing', () => {
  it('diverts with a forwarding of its own and setDIDRouting, which touches nothing else', async () => {
    voipms.account.forwardings.push({ forwarding: '1001', phone_number: '4155550111', callerid_override: '', description: 'Ann', dtmf_digits: '', pause: '0', diversion_header: '0' });
    await api.setRouting(DID, { routing: BACKUP });
    expect(asked()).toEqual([
      { method: 'getForwardings' },
      { method: 'setForwarding', phone_number: '4155550111', description: 'Ringthrough' },
      { method: 'setDIDRouting', did: DID, routing: 'fwd:1002' },
    ]);
    expect(held.settings).toMatchObject({ ...SET, routing: 'fwd:1002' });
  });

  it('uses the forwarding that it made before', async () => {
    await api.setRouting(DID, { routing: BACKUP });
    await api.setRouting('4155550199', { routing: BACKUP, failover_unreachable: BACKUP });
    expect(voipms.account.forwardings).toHaveLength(1);
  });

  it('sends with the failovers all that setDIDInfo would otherwise lose, as it was', async () => {
    await api.setRouting(DID, { failover_unreachable: BACKUP });
    expect(asked().at(-1)).toEqual({
      method: 'setDIDInfo', did: DID, routing: 'account:100001_pbx', failover_busy: 'vm:101', failover_unreachable: 'fwd:1001', failover_noanswer: 'none:',
      pop: '73', dialtime: '45', cnam: '1', billing_type: '2', voicemail: '101', callerid_prefix: 'MIA [555]', note: 'Front & back', record_calls: '1', transcribe: '0',
    });
    expect(methods()).toEqual(['getForwardings', 'setForwarding', 'getDIDsInfo', 'setDIDInfo']);
    expect(held.settings).toMatchObject({ ...SET, failover_unreachable: 'fwd:1001' });
  });

  it('clears, and reads back what is cleared as nothing', async () => {
    expect(await setAndReadBack(api, DID, { routing: '', failover_busy: '' })).toMatchObject({ routing: '', failover_busy: '' });
    expect(held.settings).toMatchObject({ routing: 'none:', failover_busy: 'none:' });
  });

  it('writes nothing for nothing', async () => {
    await api.setRouting(DID, {});
    expect(asked()).toEqual([]);
  });

  it('finds out after a time-out that it was done, or not', async () => {
    await api.setRouting(DID, { routing: BACKUP });
    voipms.faults.next(1, 'accept-then-hang');
    expect(await setAndReadBack(api, DID, { routing: 'account:100001_pbx' })).toMatchObject({ routing: 'account:100001_pbx' });
    voipms.faults.next(1, 'hang');
    expect((await failureOf(setAndReadBack(api, DID, { routing: 'vm:101' }))).code).toBe('carrier_outcome_unknown');
    expect(held.settings.routing).toBe('account:100001_pbx');
  });

  it('tells when it is accepted and not kept', async () => {
    const forgetful = open({ baseUrl: await oddCarrier({ status: 200, body: JSON.stringify({ status: 'success', dids: [{ did: DID, ...held.settings }] }) }) });
    const failure = await failureOf(setAndReadBack(forgetful, DID, { routing: 'vm:101' }));
    expect([failure.code, failure.message]).toEqual(['carrier_refused', expect.stringContaining('routing')]);
  });
});

describe('failures', () => {
  it.each<[string, ErrorCode, string, () => Promise<unknown>]>([
    ['a wrong password', 'carrier_refused', 'invalid_credentials', () => open({ apiPassword: 'wrong' }).readRouting(DID)],
    ['an address that is not on the list', 'carrier_refused', 'ip_not_enabled', () => { voipms.allowAddress(false); return api.findNumber(NUMBER); }],
    ['a forwarding to the number itself', 'carrier_refused', 'invalid_forwarding_did', () => api.setRouting(DID, { routing: `fwd:${NUMBER}` })],
    ['one forwarding too many', 'carrier_refused', 'forwards_exceeded', async () => { for (const last of [1, 2, 3, 4, 5]) await api.setRouting(DID, { routing: `fwd:+1415555011${last}` }); }],
    ['a number that is gone', 'carrier_number_unknown', 'invalid_did', () => { voipms.account.dids.clear(); return api.setRouting(DID, { routing: 'vm:101' }); }],
    ['a mailbox that is not there', 'carrier_refused', 'invalid_mailbox', () => api.setRouting(DID, { failover_busy: 'vm:999' })],
    ['too many requests', 'carrier_throttled', 'too many', () => { voipms.faults.next(1, 'throttled'); return api.setRouting(DID, { routing: 'vm:101' }); }],
    ['trouble while reading', 'carrier_unavailable', '500', () => { voipms.faults.next(1, 'broken'); return api.readRouting(DID); }],
    ['trouble while looking for a forwarding', 'carrier_unavailable', '500', () => { voipms.faults.next(1, 'broken'); return api.setRouting(DID, { routing: BACKUP }); }],
    ['trouble after it was done', 'carrier_outcome_unknown', '500', () => { voipms.faults.next(1, 'accept-then-break'); return api.setRouting(DID, { routing: 'vm:101' }); }],
    ['nobody there', 'carrier_unavailable', 'nothing was sent', () => open({ baseUrl: 'http://127.0.0.1:1' }).setRouting(DID, { routing: 'vm:101' })],
  ])('%s', async (_, code, detail, act) => {
    const failure = await failureOf(act());
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(detail)]);
    expect(failure.message).not.toMatch(/\d{7}/);
  });

  it('carries Retry-After of whoever stands before it', async () => {
    voipms.faults.next(1, 'throttled-with-wait');
    expect(await failureOf(api.readRouting(DID))).toMatchObject({ code: 'carrier_throttled', retryAfterSeconds: 7 });
    expect(held.settings.routing).toBe('account:100001_pbx');
  });

  const answers = (more: object) => JSON.stringify({ status: 'success', ...more });
  it.each<[string, number, string, ErrorCode, ErrorCode]>([
    ["a shield's page", 403, '<html>Are you human?</html>', 'carrier_unavailable', 'carrier_unavailable'],
    ['a time-out of a gateway', 524, 'error code: 524', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['a redirect', 302, '', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['a page instead of JSON', 200, '<html>Sign in</html>', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['JSON without a word', 200, '{"message":"welcome"}', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['a method under maintenance', 200, '{"status":"method_maintenance"}', 'carrier_unavailable', 'carrier_unavailable'],
    ['a fault of its own', 200, '{"status":"tls_error"}', 'carrier_unavailable', 'carrier_outcome_unknown'],
    ['a word that is not known', 200, '{"status":"weather_too_hot"}', 'carrier_refused', 'carrier_refused'],
    ['a limit', 200, '{"status":"api_limit_exceeded"}', 'carrier_throttled', 'carrier_throttled'],
  ])('%s', async (_, status, body, reading, writing) => {
    const odd = open({ baseUrl: await oddCarrier({ status, body }) });
    expect((await failureOf(odd.readRouting(DID))).code).toBe(reading);
    expect((await failureOf(odd.findNumber(NUMBER))).code).toBe(reading);
    expect((await failureOf(odd.setRouting(DID, { routing: 'vm:101' }))).code).toBe(writing);
  });

  it.each<[string, string]>([
    ['no list', answers({})],
    ['a number without a routing', answers({ dids: [{ did: DID, failover_busy: 'none:', failover_unreachable: 'none:', failover_noanswer: 'none:' }] })],
    ['routings that are no texts', answers({ dids: [{ did: DID, routing: { is: 'none' }, failover_busy: 1, failover_unreachable: '', failover_noanswer: '' }] })],
    ['no list of forwardings', answers({ dids: [{ did: DID, routing: 'fwd:1', failover_busy: null, failover_unreachable: null, failover_noanswer: null }] })],
  ])('is not taken for "nothing is set": %s', async (_, body) => {
    expect((await failureOf(open({ baseUrl: await oddCarrier({ status: 200, body }) }).readRouting(DID))).code).toBe('carrier_unavailable');
  });

  it('sets no failover when it was not told what that would overwrite', async () => {
    const { settings: { routing, failover_busy, failover_unreachable, failover_noanswer, dialtime } } = held;
    const body = answers({ dids: [{ did: DID, routing, failover_busy, failover_unreachable, failover_noanswer, dialtime }] });
    const failure = await failureOf(open({ baseUrl: await oddCarrier({ status: 200, body }) }).setRouting(DID, { failover_busy: 'vm:101' }));
    expect([failure.code, failure.message]).toEqual(['carrier_unavailable', expect.stringContaining('pop')]);
  });

  it('never carries the password', async () => {
    const failure = await failureOf(open({ baseUrl: await oddCarrier('cut') }).setRouting(DID, { routing: 'vm:101' }));
    expect(failure.cause).toBeUndefined();
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toContain('an-api-password');
  });
});
