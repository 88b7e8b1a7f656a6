/** Where a probe may go, and what it may not say. */
import { describe, expect, test } from 'vitest';
import { checkProbes, isForbiddenAddress } from '../../rules/probe-laws.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { placeOf, probeTo, type Probe } from '../../src/domain/probe.ts';

const policy = shippedPolicy().destinations;
const issues = (probe: object, sip = policy.sip) => checkProbes([probe as Probe], { sip }).map(({ at, detail }) => `${at} ${detail}`);
const tcp = (host: string): object => ({ kind: 'tcp', target: `${host}:5060` });

describe('hosts', () => {
  test.each(['pbx.example.net', 'pbx', 'localhost', 'pbx.local', '127.0.0.1', '10.1.2.3', '192.168.0.9', '172.16.0.1', '203.0.113.7', '[2a00:1450::1]', '[fd12::1]', '[::1]'])('%s may be asked', (host) => {
    expect(issues(tcp(host))).toEqual([]);
  });

  test.each(['169.254.169.254', '224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255', '0.0.0.0', '[fe80::1]', '[ff02::1]', '[::]', '[::ffff:169.254.169.254]', '[fd00:ec2::254]', '0x7f.1', '2130706433', 'a..b', '1.2.3.456'])('%s may not', (host) => {
    expect(issues(tcp(host))).toHaveLength(1);
  });

  test('what the policy denies is not asked; what it admits alone for destinations does not bind', () => {
    expect(issues(tcp('bad.example.net'), { ...policy.sip, denyHosts: ['*.example.net'] })).toEqual(['/probes/0/target the policy refuses this host']);
    expect(issues(tcp('pbx.example.org'), { ...policy.sip, allowHosts: ['*.example.net'] })).toEqual([]);
  });

  test('addresses that a name may lead to', () => {
    for (const address of ['169.254.169.254', 'fe80::1', '::', '::ffff:169.254.1.1', '0.0.0.0']) expect(isForbiddenAddress(address), address).toBe(true);
    for (const address of ['127.0.0.1', '10.0.0.1', '8.8.8.8', '22.4.1.1', '2a00::1', '::1', 'fd00::1']) expect(isForbiddenAddress(address), address).toBe(false);
  });
});

test('what does not fit together is told with its place', () => {
  expect(issues({ kind: 'sip-options', target: 'sip:pbx.example.net:99999' })).toEqual(['/probes/0/target a port is 1 to 65535']);
  expect(issues({ kind: 'sip-options', target: 'sip:pbx.example.net', certificate: 'ignore' })).toEqual(['/probes/0/certificate there is a certificate with TLS only']);
  expect(issues({ kind: 'tcp', target: 'pbx:1', everySeconds: 1, timeoutMs: 1000 })).toEqual(['/probes/0/timeoutMs must be less than `everySeconds`']);
  expect(issues({ kind: 'tcp', target: 'pbx:1', slowMs: 900, timeoutMs: 900 })).toEqual(['/probes/0/slowMs must be less than `timeoutMs`']);
  expect(checkProbes([{ kind: 'tcp', target: 'pbx:1' }, { kind: 'tcp', target: 'pbx:2' }, { kind: 'tcp', target: 'pbx:1', everySeconds: 5 }], policy)).toEqual([{ at: '/probes/2', detail: 'the same target as one before' }]);
});

test.each([
  ['sip:PBX.example.net', { host: 'pbx.example.net', port: undefined, over: 'udp' }],
  ['sip:10.0.0.1:5080;transport=tcp', { host: '10.0.0.1', port: 5080, over: 'tcp' }],
  ['sip:[2a00::1]:5061;transport=tls', { host: '[2a00::1]', port: 5061, over: 'tls' }],
  ['sips:pbx.example.net', { host: 'pbx.example.net', port: undefined, over: 'tls' }],
  ['https://pbx.example.net/health?a=b:1', { host: 'pbx.example.net', port: 443, over: 'tls' }],
  ['http://[::1]:8080', { host: '[::1]', port: 8080, over: 'tcp' }],
  ['pbx.example.net:5060', { host: 'pbx.example.net', port: 5060, over: 'tcp' }],
])('%s leads there', (target, place) => {
  expect(placeOf(probeTo(target))).toEqual(place);
});
