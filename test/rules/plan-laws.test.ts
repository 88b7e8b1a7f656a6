/** What a plan may not say, and where the reader is pointed. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../rules/plan-laws.ts';
import { canonicalNumber } from '../../src/domain/phone-number.ts';
import type { Destination, Plan } from '../../src/domain/plan.ts';
import { DESK, MOBILE } from './facts.ts';

const issuesOf = (destinations: Destination[], more: Partial<Plan> = {}): string[] => checkPlan({ destinations, ...more }, canonicalNumber).map(({ at, detail }) => `${at} ${detail}`);

describe('a plan that breaks no law', () => {
  it.each<[string, Destination[]]>([
    ['phones, SIP, voicemail', [{ to: MOBILE, ringSeconds: 15, screen: true, maxCalls: 2, hours: 'Mo-Fr 09:00-17:30' }, { to: DESK }, { to: 'voicemail', say: 'Hello' }]],
    ['a voicemail by night, then phones', [{ to: 'voicemail', hours: '22:00-06:00' }, { to: MOBILE }, { to: 'announcement' }]],
    ['the same phone at different hours', [{ to: MOBILE, hours: 'Mo off' }, { to: MOBILE }]],
    ['the same phone again, later', [{ to: MOBILE }, { to: DESK }, { to: MOBILE }]],
    ...['sip:backup.example.net', 'sips:desk@backup.example.net:5061', 'sip:desk@192.0.2.7;transport=tls', 'sip:+447400123456@[2001:db8::1]:5060', 'sip:100@pbx2.example.net', 'SIP:a.b%20c@example.net']
      .map((to): [string, Destination[]] => [to, [{ to }]]),
  ])('%s', (_name, destinations) => {
    expect(issuesOf(destinations, { timeZone: 'Europe/London' })).toEqual([]);
  });
});

describe('a plan that breaks one', () => {
  it.each<[string, Destination[], string]>([
    ['a number written for people', [{ to: '+44 7400 123456' }], '/destinations/0/to write the number as +447400123456'],
    ['a number without its country', [{ to: '07400123456' }], '/destinations/0/to not a valid telephone number'],
    ['a number that cannot be', [{ to: '+4412' }], '/destinations/0/to not a valid telephone number'],
    ['an emergency number', [{ to: '999' }], '/destinations/0/to not a valid telephone number'],
    ['another kind of URI', [{ to: 'tel:+447400123456' }], '/destinations/0/to not a valid telephone number'],
    ['a SIP URI with a name around it', [{ to: 'sip:"Desk" <desk@example.net>' }], '/destinations/0/to a SIP URI has no spaces'],
    ['a SIP URI with headers', [{ to: 'sip:desk@example.net?Replaces=x' }], '/destinations/0/to a SIP URI with headers'],
    ['a SIP URI without a host', [{ to: 'sip:desk@' }], '/destinations/0/to not a SIP URI'],
    ['a SIP URI without anything', [{ to: 'sip:' }], '/destinations/0/to not a SIP URI'],
    ['hours with a mistake', [{ to: MOBILE, hours: 'Mo-Fri 09:00-17:00' }], '/destinations/0/hours character 4: a weekday was expected'],
    ['a voicemail that rings', [{ to: 'voicemail', ringSeconds: 20 }], '/destinations/0/ringSeconds has no meaning for voicemail'],
    ['a voicemail that is screened', [{ to: 'voicemail', screen: true }], '/destinations/0/screen has no meaning for voicemail'],
    ['an announcement with a limit', [{ to: 'announcement', maxCalls: 3 }], '/destinations/0/maxCalls has no meaning for announcement'],
    ['a phone that says something', [{ to: MOBILE, say: 'Hello' }], '/destinations/0/say only a voicemail'],
    ['something after a voicemail', [{ to: 'voicemail' }, { to: MOBILE }], '/destinations/1 never reached: the voicemail'],
    ['something after an announcement that never closes', [{ to: 'announcement', hours: '24/7' }, { to: MOBILE }], '/destinations/1 never reached: the announcement'],
    ['the same thing twice', [{ to: DESK, ringSeconds: 20 }, { to: DESK, ringSeconds: 20 }], '/destinations/1 the same destination'],
  ])('%s', (_name, destinations, expected) => {
    const issues = issuesOf(destinations);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(expected);
  });

  it('a time zone that does not exist', () => {
    expect(issuesOf([{ to: MOBILE }], { timeZone: 'Europe/Londres' })).toEqual(['/timeZone no such IANA time zone']);
  });

  it('tells every fault at once', () => {
    expect(issuesOf([{ to: 'sip:', say: 'x', hours: '?' }, { to: 'voicemail', screen: false }, { to: '1' }], { timeZone: 'X' }).map((issue) => issue.split(' ')[0]))
      .toEqual(['/destinations/0/to', '/destinations/0/say', '/destinations/0/hours', '/destinations/1/screen', '/destinations/2/to', '/destinations/2', '/timeZone']);
  });

  it('is never crashed by an address', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 255 }), fc.string({ maxLength: 250 }).map((rest) => `sip:${rest}`)), (to) => {
      for (const { at } of checkPlan({ destinations: [{ to }] }, canonicalNumber)) expect(at).toMatch(/^\/destinations\/0/);
    }));
  });
});
