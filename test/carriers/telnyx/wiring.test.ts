/** What a Telnyx number gets so that its calls come to us, and from whom it is not taken unasked. */
import { describe, expect, it } from 'vitest';
import type { Routing } from '../../../src/carriers/api.ts';
import { wantedWiring, wiringChanges } from '../../../src/carriers/telnyx/wiring.ts';

const SITE = { baseUrl: 'https://calls.example.net', carrierId: 'main' };
const wanted = wantedWiring(SITE).number;
const NOWHERE: Routing = { connection_id: '', 'call_forwarding.call_forwarding_enabled': 'true', 'call_forwarding.forwards_to': '', 'texml_application.voice_url': '' };

it('the fallback has the other origin, or is the document that the record names', () => {
  const url = (more: object) => wantedWiring({ ...SITE, ...more }).number['texml_application.voice_fallback_url'];
  expect(url({})).toBe('https://calls.example.net/webhooks/main/voice');
  expect(url({ fallbackBaseUrl: 'https://calls2.example.org' })).toBe('https://calls2.example.org/webhooks/main/voice');
  expect(url({ fallbackBaseUrl: 'https://calls2.example.org', fallbackUrl: 'https://static.example.com/sorry.xml' })).toBe('https://static.example.com/sorry.xml');
});

describe('changes', () => {
  it('a number that belongs nowhere is wired, one that is wired is left', () => {
    expect(wiringChanges(NOWHERE, wanted)).toMatchObject({ fields: wanted, warnings: [] });
    expect(wiringChanges({ ...NOWHERE, ...wanted, connection_id: '22' }, wanted)).toEqual({ changes: [], fields: {}, warnings: [] });
  });

  it.each([
    ['connection', 'takeFromTrunk', { connection_id: '11' }],
    ['TeXML application', 'takeFromApplication', { connection_id: '11', 'connection.record_type': 'texml_application', 'texml_application.voice_url': 'https://other.example/voice' }],
  ] as const)('one of another %s is taken only when asked', (what, option, set) => {
    const actual = { ...NOWHERE, ...set };
    expect(wiringChanges(actual, wanted)).toEqual({ changes: [], fields: {}, warnings: [expect.stringContaining(`${what} 11`)] });
    expect(wiringChanges(actual, wanted, { [option]: true })).toMatchObject({ fields: wanted, warnings: [expect.stringContaining(`${what} 11`)] });
  });

  it('an application of ours is followed by the next, without being asked', () => {
    const before = wantedWiring({ ...SITE, baseUrl: 'https://old.example.net' }).number;
    expect(wiringChanges({ ...NOWHERE, ...before, connection_id: '22' }, wanted)).toMatchObject({ fields: wanted, warnings: [] });
  });

  it('forwarding is ended, and said to be', () => {
    const { fields, warnings } = wiringChanges({ ...NOWHERE, 'call_forwarding.forwards_to': '+447400123456' }, wanted);
    expect([fields, warnings]).toEqual([{ ...wanted, 'call_forwarding.call_forwarding_enabled': 'false' }, [expect.stringContaining('forwards')]]);
  });
});
