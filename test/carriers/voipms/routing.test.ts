/** What VoIP.ms' routings say, to read; what holds over random ones is in routing-contract.ts. */
import { expect, it } from 'vitest';
import { voipmsRouting } from '../../../src/carriers/voipms/routing.ts';

const ORIGINAL = { routing: 'account:100001_pbx', failover_busy: 'vm:101', failover_unreachable: '', failover_noanswer: '' };

it('points the routing at a telephone or a SIP address, and leaves the failovers', () => {
  expect(voipmsRouting.divertedTo('number', ORIGINAL, [{ kind: 'phone', number: '+14155550111' }])).toEqual({ routing: 'fwd:+14155550111' });
  expect(voipmsRouting.divertedTo('number', ORIGINAL, [{ kind: 'sip', uri: 'sip:desk@pbx.example.net' }])).toEqual({ routing: 'sip:desk@pbx.example.net' });
});

it('arms the failover for what cannot be reached alone', () => {
  expect(voipmsRouting.armed('number', ORIGINAL, { kind: 'phone', number: '+442079460123' })).toEqual({ failover_unreachable: 'fwd:+442079460123' });
  expect(voipmsRouting.armed('number', ORIGINAL, undefined)).toEqual({ failover_unreachable: '' });
});

it.each(['sips:desk@pbx.example.net', 'sip:pbx.example.net', 'sip:desk@pbx.example.net;transport=tls', 'sip:desk:secret@pbx.example.net', 'sip:desk@[2001:db8::1]'])('does not take %s', (uri) => {
  expect(voipmsRouting.takes?.({ kind: 'sip', uri })).toBe(false);
});

it('writes what differs at once, and nothing when nothing does', () => {
  expect(voipmsRouting.writes(ORIGINAL, { routing: 'vm:1', failover_busy: 'vm:101', failover_noanswer: 'vm:1' })).toEqual([{ routing: 'vm:1', failover_noanswer: 'vm:1' }]);
  expect(voipmsRouting.writes(ORIGINAL, ORIGINAL)).toEqual([]);
  expect(voipmsRouting.groupOf(ORIGINAL)).toBeUndefined();
});
