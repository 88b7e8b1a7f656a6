/** What Telnyx' fields express beyond what holds at every carrier: applications, and what excludes what. */
import { describe, expect, it } from 'vitest';
import type { Routing } from '../../../src/carriers/api.ts';
import { telnyxRouting } from '../../../src/carriers/telnyx/routing.ts';
import { waysOf, type Target } from '../../../src/carriers/routing.ts';

const PHONE: Target = { kind: 'phone', number: '+447400123456' };
const WEB = { kind: 'web', url: 'https://backup.example.net/sorry.xml' } as const;
const OURS = 'https://calls.example.net/webhooks/main/voice';
const forwarding = (enabled: string, type: string, to: string): Routing => ({ 'call_forwarding.call_forwarding_enabled': enabled, 'call_forwarding.forwarding_type': type, 'call_forwarding.forwards_to': to });
const NONE = forwarding('true', '', '');
const application = (url: string): Routing => ({ 'connection.record_type': url === '' ? '' : 'texml_application', 'texml_application.voice_url': url, 'texml_application.voice_method': url === '' ? '' : 'post' });
const ON_PBX: Routing = { connection_id: '11', ...NONE, ...application('') };
const ON_APPLICATION: Routing = { connection_id: '22', ...NONE, ...application('https://calls.example.net/webhooks/main/voice') };

describe('a number', () => {
  it('on a connection has its routing to itself; on an application it shares it', () => {
    expect(telnyxRouting.groupOf(ON_PBX)).toBeUndefined();
    expect(telnyxRouting.groupOf(ON_APPLICATION)).toBe('texml_applications/22');
  });

  it('is forwarded always when diverted, and on failure as a safety net', () => {
    expect(telnyxRouting.divertedTo('number', ON_PBX, [PHONE])).toEqual(forwarding('true', 'always', '+447400123456'));
    expect(telnyxRouting.armed('number', ON_PBX, PHONE)).toEqual(forwarding('true', 'on-failure', '+447400123456'));
    expect(telnyxRouting.armed('number', ON_PBX, undefined)).toEqual({ 'call_forwarding.call_forwarding_enabled': 'false' });
  });

  it('on an application is led to an address by one of ours', () => {
    const led = { connection_id: `to:${WEB.url}`, 'connection.record_type': 'texml_application' };
    expect(telnyxRouting.divertedTo('number', ON_APPLICATION, [WEB])).toEqual(led);
    expect([telnyxRouting.leadsTo({ ...ON_APPLICATION, ...led }), telnyxRouting.groupOf({ ...ON_APPLICATION, ...led })]).toEqual([{ kind: 'web', to: WEB.url }, undefined]);
    expect(telnyxRouting.writes(ON_APPLICATION, { ...ON_APPLICATION, ...led })).toEqual([{ connection_id: `to:${WEB.url}` }]);
    expect(telnyxRouting.writes({ ...ON_APPLICATION, ...led }, ON_APPLICATION)).toEqual([{ connection_id: '22' }]);
  });

  it('can be forwarded on a connection alone, and led to an address on an application, also on ours', () => {
    expect(waysOf(telnyxRouting, ON_PBX)).toEqual({ number: ['phone'], safetyNet: ['phone'] });
    for (const on of [ON_APPLICATION, { ...ON_APPLICATION, connection_id: `to:${WEB.url}` }]) expect(waysOf(telnyxRouting, on)).toEqual({ number: ['web'], safetyNet: [] });
  });

  it.each([['that its owner forwards always', { ...ON_PBX, ...forwarding('true', 'always', '+447400999999') }], ['of an application', ON_APPLICATION]])('%s keeps what it has: there is nothing to arm', (_, original) => {
    for (const target of [PHONE, undefined]) expect(telnyxRouting.writes(original, telnyxRouting.armed('number', original, target))).toEqual([]);
  });
});

describe('an application', () => {
  it('is diverted and armed by its addresses, for all its numbers', () => {
    const original: Routing = { voice_url: 'https://pbx.example.net/', voice_method: 'post', voice_fallback_url: '', status_callback: '', status_callback_method: 'post' };
    const wanted = telnyxRouting.divertedTo('group', original, [WEB]);
    expect(wanted).toEqual({ voice_url: WEB.url, voice_method: 'get' });
    expect(telnyxRouting.writes(original, wanted)).toEqual([wanted]);
    expect(telnyxRouting.writes({ ...original, ...wanted }, original)).toEqual([{ voice_url: original['voice_url'], voice_method: 'post' }]);
    expect(telnyxRouting.armed('group', original, WEB)).toEqual({ voice_fallback_url: WEB.url });
    expect(telnyxRouting.armed('group', original, undefined)).toEqual({ voice_fallback_url: '' });
    expect(telnyxRouting.divertedTo('group', original, [{ kind: 'web', url: OURS }])).toEqual({ voice_url: OURS, voice_method: 'post' });
    expect(telnyxRouting.divertedTo('group', original, [PHONE])).toEqual({});
  });
});

describe('writes', () => {
  const forwarded: Routing = { ...ON_PBX, ...forwarding('true', 'on-failure', '+447400123456') };

  it('end forwarding before a number comes to an application', () => {
    expect(telnyxRouting.writes(forwarded, ON_APPLICATION)).toEqual([NONE, { connection_id: '22' }]);
  });

  it('begin it after a number has come to a connection', () => {
    expect(telnyxRouting.writes(ON_APPLICATION, forwarded)).toEqual([{ connection_id: '11' }, forwarding('true', 'on-failure', '+447400123456')]);
  });

  it('send forwarding as a whole, whatever part of it differs', () => {
    expect(telnyxRouting.writes(forwarded, { 'call_forwarding.call_forwarding_enabled': 'false' })).toEqual([forwarding('false', 'on-failure', '+447400123456')]);
  });

  it('choose an application by its settings where no connection is named, and never set the shared one', () => {
    const wanted: Routing = { 'texml_application.voice_url': 'https://other.example.net/voice', 'texml_application.voice_method': 'post' };
    expect(telnyxRouting.writes(ON_APPLICATION, wanted)).toEqual([wanted]);
    expect(telnyxRouting.writes(ON_APPLICATION, { ...ON_APPLICATION, ...wanted })).toEqual([]);
  });
});
