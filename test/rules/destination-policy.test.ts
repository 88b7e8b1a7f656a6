/** The destination policy: a table of addresses from many countries, and what must hold for every spelling, chain and default. */
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { judgeDestination } from '../../rules/destination-policy.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { DestinationPolicy } from '../../src/domain/destination-policy.ts';
import { read } from '../support/tree.ts';

const policy = shippedPolicy().destinations;
const rows = read('test/rules/destination-cases.tsv').split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t'));
const cases = rows.map(([to = '', allowed = '', verdict = '', why = '']) => ({ to, allowed: allowed.split(' '), verdict, why }));
const verdictOf = (to: string, allowed: readonly string[], with_: DestinationPolicy = policy): string => judgeDestination(to, allowed, with_)?.rule ?? 'ok';

test('the table is long, from many countries, and has each rule that an address can break', () => {
  expect(cases.length).toBeGreaterThan(600);
  expect(new Set(cases.flatMap(({ allowed }) => allowed)).size).toBeGreaterThan(120);
  expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(['ok', 'emergency', 'short-code', 'not-a-number', 'number-kind', 'prefix', 'country', 'sip-address', 'sip-host']));
});

test.each(cases)('$to for $allowed is $verdict: $why', ({ to, allowed, verdict }) => {
  expect(verdictOf(to, allowed)).toBe(verdict);
});

/** Refused as telephone numbers, whoever spells them; what is no number anywhere may be one without its plus. */
const refusedNumbers = cases.filter(({ to, verdict }) => verdict !== 'ok' && verdict !== 'not-a-number' && /^\+[1-9]\d{3,}$/.test(to));
const admitted = cases.filter(({ to, verdict }) => verdict === 'ok' && /^\+\d+$/.test(to));

const separator = fc.constantFrom('', '', '', '-', '.', '(', ')', '_', "'", '!', '~', ',');
const parameter = fc.constantFrom('', ';user=phone', ';transport=tls', ';user=dialstring;lr');

/** A dial string as the user of a SIP address, with what neither the eye nor a gateway minds. */
function asUser(dial: string): fc.Arbitrary<string> {
  const character = fc.tuple(fc.boolean(), separator.filter((text) => text !== ','));
  return fc.tuple(fc.array(character, { minLength: dial.length, maxLength: dial.length }), fc.constantFrom('', ';phone-context=example.net', ';ext=1', ':secret')).map(([how, after]) => {
    const user = dial.split('').map((digit, at) => {
      const [escaped, between] = how[at] ?? [false, ''];
      return `${escaped || digit === '#' ? `%${digit.charCodeAt(0).toString(16)}` : digit}${at === 0 ? '' : between}`;
    });
    return `${user.join('')}${after}`;
  });
}

const asAddress = (dial: string): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('sip:', 'SIP:', 'sips:'), asUser(dial), fc.constantFrom('gw.example.net', 'GW.example.net:5061', '203.0.114.9'), parameter).map(([scheme, user, host, more]) => `${scheme}${user}@${host}${more}`);

describe('every spelling', () => {
  const spelt = fc.constantFrom(...refusedNumbers).chain((one) =>
    fc.constantFrom('+', '00', '011', '900', '9011', '0+', '*67+').chain((before) => {
      const dial = before === '0+' ? `00${one.to.slice(1)}` : before === '*67+' ? `*6700${one.to.slice(1)}` : `${before}${one.to.slice(1)}`;
      return asAddress(dial).map((to) => ({ to, number: one.to, allowed: one.allowed }));
    }),
  );

  it('of a number that is refused is refused', () => {
    fc.assert(fc.property(spelt, ({ to, allowed }) => { expect(verdictOf(to, allowed)).not.toBe('ok'); }), { numRuns: 2000 });
  });

  it('of a number that is admitted is admitted where it begins with +', () => {
    const right = fc.constantFrom(...admitted).chain(({ to, allowed }) => asAddress(to).map((address) => ({ address, allowed })));
    fc.assert(fc.property(right, ({ address, allowed }) => { expect(verdictOf(address, allowed)).toBe('ok'); }), { numRuns: 1000 });
  });

  it('of emergency services is refused in every country and behind every prefix', () => {
    const countries = [...new Set(cases.flatMap(({ allowed }) => allowed))];
    const dial = fc.tuple(fc.constantFrom('', '9', '0', '8', '+', '+1', '+44', '+49', '+61', '00', '011', '0044', '01144', '9011', '*67', '#31#', '1'), fc.constantFrom('911', '112', '999'), fc.constantFrom(...countries));
    const addressed = dial.filter(([before, number]) => before !== '1' || number === '911').chain(([before, number, country]) => asAddress(`${before}${number}`).map((to) => ({ to, country })));
    fc.assert(fc.property(addressed, ({ to, country }) => { expect(verdictOf(to, [country])).toBe('emergency'); }), { numRuns: 2000 });
  });

  it('of anything at all has a verdict and never fails', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string().map((user) => `sip:${user}@gw.example.net`), fc.string().map((text) => `+${text}`)), (to) => {
      expect(verdictOf(to, ['GB'])).toEqual(expect.any(String));
      expect(judgeDestination(to, ['GB'], policy)?.reason ?? '').not.toMatch(/\d{7}/);
    }));
  });

  it('is admitted for more countries whenever it is admitted for fewer, as a telephone number', () => {
    fc.assert(fc.property(fc.constantFrom(...cases.filter(({ to }) => to.startsWith('+'))), fc.constantFrom('GB', 'US', 'DE', 'JP'), ({ to, allowed }, more) => {
      if (verdictOf(to, allowed) === 'ok') expect(verdictOf(to, [...allowed, more])).toBe('ok');
    }));
  });
});

describe('what the policy says of hosts', () => {
  const withSip = (sip: Partial<DestinationPolicy['sip']>): DestinationPolicy => ({ ...policy, sip: { ...policy.sip, ...sip } });
  test.each<[string, Partial<DestinationPolicy['sip']>, string]>([
    ['sip:desk@127.0.0.1:5070', { allowPrivateHosts: true }, 'ok'],
    ['sip:desk@pbx', { allowPrivateHosts: true }, 'ok'],
    ['sip:desk@0x7f.1', { allowPrivateHosts: true }, 'sip-host'],
    ['sip:911@127.0.0.1', { allowPrivateHosts: true }, 'emergency'],
    ['sip:desk@gw.example.net', { allowHosts: ['*.example.net'] }, 'ok'],
    ['sip:desk@example.net', { allowHosts: ['*.example.net'] }, 'sip-host'],
    ['sip:desk@gw.example.org', { allowHosts: ['*.example.net', 'gw.example.org'] }, 'ok'],
    ['sip:desk@badexample.net', { allowHosts: ['*.example.net', 'example.net'] }, 'sip-host'],
    ['sip:desk@10.0.0.5', { allowHosts: ['10.0.0.5'] }, 'ok'],
    ['sip:desk@gw.example.net;maddr=gw.example.org', { allowHosts: ['gw.example.net'] }, 'sip-host'],
    ['sip:desk@GW.example.net', { denyHosts: ['gw.example.net'] }, 'sip-host'],
    ['sip:desk@gw.example.net', { denyHosts: ['gw.example.net'], allowHosts: ['*.example.net'] }, 'sip-host'],
    ['sip:19005551234@gw.example.net', { accountHosts: ['gw.example.net'] }, 'ok'],
    ['sip:411@gw.example.net', { accountHosts: ['gw.example.net'] }, 'ok'],
    ['sip:+19005551234@gw.example.net', { accountHosts: ['gw.example.net'] }, 'prefix'],
    ['sip:911@gw.example.net', { accountHosts: ['gw.example.net'] }, 'emergency'],
  ])('%s with %j is %s', (to, sip, verdict) => {
    expect(verdictOf(to, ['US'], withSip(sip))).toBe(verdict);
  });
});
