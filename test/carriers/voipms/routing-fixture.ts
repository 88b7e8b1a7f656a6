/** Numbers at the stand-in for VoIP.ms, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createVoipmsApi } from '../../../src/carriers/voipms/api.ts';
import { voipmsRouting } from '../../../src/carriers/voipms/routing.ts';
import type { DidSettings } from '../../../stand-ins/voipms/account.ts';
import { createVoipms } from '../../../stand-ins/voipms/voipms.ts';
import { PATIENCE_MS, type RoutingFixture } from '../routing-contract.ts';

const USERNAME = 'office@example.com';
const PASSWORD = 'an-api-password-of-the-test';
const DID = '4155550100';
/** There from the start: one of somebody's own, one with extras, one that looks like ours to whoever looks at its target alone. */
const FORWARDINGS = [
  { forwarding: '1001', phone_number: '4155550111', callerid_override: '', description: 'Ann', dtmf_digits: '', pause: '0', diversion_header: '0' },
  { forwarding: '1002', phone_number: '14155550112', callerid_override: '4155550100', description: 'Ringthrough', dtmf_digits: '12#', pause: '1.5', diversion_header: '1' },
];
const SIP_URIS = [{ sipuri: '6001', uri: 'desk@pbx.example.net', description: 'Desk', callerid_override: '', callerid_e164: '0' }];

const value = fc.constantFrom('none:', 'account:100001_pbx', 'vm:101', 'fwd:1001', 'fwd:1002', 'sip:6001', 'sys:hangup', 'grp:4711');
const text = (most: number) => fc.string({ unit: fc.constantFrom('a', 'Ü', '&', '=', '+', ' ', '5'), maxLength: most });

const originals: fc.Arbitrary<Partial<DidSettings>> = fc.record({
  routing: value, failover_busy: value, failover_unreachable: value, failover_noanswer: value, voicemail: fc.constantFrom('', '101'), pop: fc.constantFrom('5', '73'), dialtime: fc.constantFrom('20', '60'),
  cnam: fc.constantFrom('0', '1'), callerid_prefix: text(20), note: text(50), billing_type: fc.constantFrom('1', '2'), record_calls: fc.constantFrom('0', '1'), transcription_email: fc.constantFrom('', 'a@example.com'),
});

export const voipmsRoutingFixture: RoutingFixture<Partial<DidSettings>> = {
  routing: voipmsRouting,
  originals,
  targets: fc.oneof(
    fc.constantFrom('+14155550111', '+14155550112', '+14155550113', '+442079460123').map((number) => ({ kind: 'phone', number }) as const),
    fc.constantFrom('sip:desk@pbx.example.net', 'sip:night@backup.example.net:5080').map((uri) => ({ kind: 'sip', uri }) as const),
  ),
  async open() {
    const voipms = await createVoipms({ username: USERNAME, apiPassword: PASSWORD, accounts: ['100001_pbx'], mailboxes: ['101'], mostForwardings: FORWARDINGS.length + 4 });
    voipms.account.forwardings.push(...structuredClone(FORWARDINGS));
    voipms.account.sipUris.push(...structuredClone(SIP_URIS));
    const did = voipms.addDid(DID);
    const api = createVoipmsApi({ credentials: { username: USERNAME, apiPassword: PASSWORD }, baseUrl: voipms.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'voipms', credentials: { username: USERNAME, apiPassword: PASSWORD }, baseUrl: voipms.url },
      api,
      number: `+1${DID}`,
      // No pages there: one answer has them all.
      more: () => [...['4155550201', '4155550202', '4155550203'].map((did) => `+1${voipms.addDid(did, { routing: 'fwd:1001' }).did}`), `+${voipms.addDid('442079460123').did}`],
      faults: voipms.faults,
      set: (original) => void Object.assign(did.settings, original),
      held: () => did.settings,
      async close() {
        api.close();
        await voipms.close();
      },
    };
  },
};
