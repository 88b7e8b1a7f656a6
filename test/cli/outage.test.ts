/** What an operator does in an outage, command by command, against a real service. */
import { beforeEach, describe, expect, it } from 'vitest';
import { OUTCOME_RANK, type CallClaim, type LegClaim } from '../../src/domain/call.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { freePorts } from '../support/redis-node.ts';
import { cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli, json } = rig;
const stateOf = async (primary: string) => ((await rig.service.ask('GET', `/v1/primaries/${primary}`))['status'] as { state: string }).state;

describe('status', () => {
  it('says in plain words that all is well', async () => {
    const { exit, output, errors } = await cli(['status']);
    expect([exit, errors]).toEqual([0, '']);
    expect(output).toMatch(/^Service {4}ok: Calls are answered from memory, in step with Redis\.\nNumbers {4}1, each with a backup plan\nPrimaries {2}1, none diverted\n\nPRIMARY {2}STATE {2}NUMBERS {2}NO PLAN {2}WHY\npbx {6}up {5}1 {8}0 {8}Takes its calls/);
  });

  it('names the numbers that have no plan, and what is diverted and why', async () => {
    await rig.service.ask('PUT', '/v1/numbers/+442079460124', { customer: 'acme', primary: 'pbx', carrier: 'main' });
    await cli(['divert', 'pbx', '--reason', 'PBX is dark']);
    const { output } = await cli(['status']);
    expect(output).toContain('2, of which 1 WITHOUT a backup plan: +442079460124');
    expect(output).toContain('1, 1 diverted');
    expect(output).toMatch(/^pbx +down .*PBX is dark/m);
  });

  it('names what is seen of a primary that is not well, and by whom', async () => {
    const [port = 0] = await freePorts(1);
    await rig.service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net', probes: [{ kind: 'tcp', target: `127.0.0.1:${port}`, everySeconds: 1, timeoutMs: 500 }] });
    await expect.poll(async () => (await cli(['status'])).output, { timeout: 30_000 }).toMatch(new RegExp(`^PRIMARY +SEEN +GROUP +AT \\(UTC\\) +BECAUSE +BY\npbx +down +probes +\\S+ \\S+ +its port is closed \\(2 connections\\) +probe/\\S+/tcp 127\\.0\\.0\\.1:${port}$`, 'm'));
  });

  it('gives one object with the same to machines', async () => {
    expect(await json(['status'])).toMatchObject({ health: { status: 'ok' }, numbers: 1, unprotected: 0, primaries: [{ id: 'pbx', status: { state: 'up' } }] });
  });

  it('says whether the service is well even without a key', async () => {
    const { exit, output, errors } = await cli(['status'], { key: undefined });
    expect(exit).toBe(2);
    expect(output).toContain('ok: Calls are answered');
    expect(errors).toMatch(/^error \(no-key\): .*\n {2}hint: the first admin key/);
  });
});

describe('divert and restore', () => {
  it('turn the primary, and say so', async () => {
    const diverted = await cli(['divert', 'pbx', '--reason', 'PBX is dark']);
    expect([diverted.exit, diverted.errors]).toEqual([0, '']);
    expect(diverted.output).toMatch(/^pbx: Calls go to the backup plans since .*PBX is dark.*\nDiversion \S+\n$/);
    expect(await stateOf('pbx')).toBe('down');
    const restored = await cli(['restore', 'pbx', '--reason', 'It answers again']);
    expect(restored.output).toMatch(/^pbx: Takes its calls again since .*\nDiversion \S+ has ended\n$/);
    expect(await stateOf('pbx')).toBe('up');
  });

  it('say it twice and nothing changes', async () => {
    await cli(['divert', 'pbx', '--reason', 'first']);
    expect(await json(['divert', 'pbx', '--reason', 'second'])).toMatchObject({ changed: false, state: 'down' });
    expect((await cli(['divert', 'pbx', '--reason', 'third'])).output).toContain('nothing to do, it was so already. Calls go to the backup plans');
  });

  it.each([['divert'], ['restore']])('%s asks for a reason, and for a primary that is there', async (verb) => {
    const without = await cli([verb, 'pbx']);
    expect([without.exit, without.output]).toEqual([2, '']);
    expect(without.errors).toMatch(/^error \(usage\): required option '--reason <text>' not specified\n {2}hint: /);
    const unknown = await cli([verb, 'nowhere', '--reason', 'x']);
    expect([unknown.exit, unknown.output, unknown.errors]).toEqual([1, '', 'error (not_found): No such primary\n']);
    expect(await stateOf('pbx')).toBe('up');
  });
});

describe('steps', () => {
  it('lists what would be tried, in order', async () => {
    const { output } = await cli(['steps', NUMBER]);
    expect(output).toMatch(/\n {2}1\. primary sip:\+442079460123@pbx\.example\.net, rings 60 s\n {2}2\. phone \+447400123456, rings 25 s, who answers must press 1\n {2}3\. voicemail: "/);
  });

  it('says what is skipped and why', async () => {
    await cli(['divert', 'pbx', '--reason', 'x']);
    expect((await cli(['steps', NUMBER, '--from', '+447700900123'])).output).toMatch(/\n {2}1\. phone [\s\S]*\nSkipped:\n {2}primary: primary-down\n$/);
  });

  it('takes another time', async () => {
    await rig.service.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123456', hours: 'Mo-Fr 09:00-17:00' }] });
    const at = async (moment: string) => ((await json(['steps', NUMBER, '--at', moment])) as { skipped: unknown[] }).skipped;
    expect([await at('2027-01-29T12:00:00Z'), await at('2027-01-30T12:00:00Z')]).toEqual([[], [{ to: '+447400123456', why: 'closed' }]]);
    expect((await cli(['steps', NUMBER, '--at', 'noon'])).exit).toBe(1);
  });
});

describe('audit', () => {
  it('tells who did what and why', async () => {
    await cli(['divert', 'pbx', '--reason', 'PBX\nis dark']);
    const { output } = await cli(['audit', '--limit', '2']);
    expect(output).toMatch(/^TIME \(UTC\) +KEY +DID +WHAT +WHY\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}admin {2}primaries\.divert {2}states\/pbx +PBX is dark\n.* numbers\.put +numbers\/\+442079460123 +-\n$/);
    expect(await json(['audit', '--limit', '1'])).toMatchObject({ items: [{ action: 'primaries.divert', changes: [{ subject: 'states/pbx', before: null, after: { is: 'down' } }] }], next: expect.any(String) });
  });

  it('says when there is more', async () => {
    expect((await cli(['audit', '--limit', '1'])).errors).toBe('There are more than these 1; see --limit.\n');
  });
});

describe('calls', () => {
  const at = Date.parse('2026-11-22T08:00:00Z');
  const leg = (step: string, to: string, end: 'answered' | 'failed', sip?: number): LegClaim => ({ position: step === 'primary' ? 0 : 1, step, to, result: { end, cause: 'down', ...(sip === undefined ? {} : { sip }) } });
  const claim = (ref: string, from: string, more: Partial<CallClaim>): CallClaim => ({ carrier: 'main', ref, at, arrival: { number: NUMBER, from, customer: 'acme', primary: 'pbx', route: 'primary-first', protected: true }, ...more });

  /** One that a backup answered, and a lost one of a caller with a wicked name. */
  beforeEach(async () => {
    const redis = createFastConnection({ url: rig.redis.url, onError: () => undefined });
    await whenReady(redis);
    await createCallStore(redis).record([
      claim('CA1', '+447700900123', { leg: leg('primary', 'sip:x@pbx.example.net', 'failed', 503) }),
      claim('CA1', '+447700900123', { at: at + 30_000, leg: leg('d1', '+447400123456', 'answered'), outcome: { is: 'answered', rank: OUTCOME_RANK.bridged, by: 'd1' }, ended: { status: 'completed', seconds: 28 } }),
      claim('CA2', 'evil\u001b[2J', { at: at + 60_000, outcome: { is: 'lost', rank: OUTCOME_RANK.nobodyReachable } }),
    ]);
    redis.disconnect();
  });

  it('are listed with what was tried', async () => {
    const { output } = await cli(['calls']);
    expect(output).toMatch(/^TIME \(UTC\) .*TRIED\n2026-11-22 08:01:00 .*\n2026-11-22 08:00:00 {2}\+442079460123 {2}\+447700900123 +answered +28 +primary failed \(503\), \+447400123456 answered\n$/);
  });

  it('a caller cannot play with the terminal', async () => {
    expect((await cli(['calls'])).output).toContain('evil [2J');
    expect((await cli(['lost-callers'])).output).not.toContain('\u001b');
  });

  it.each([['--number', '+442079460199'], ['--customer', 'nobody'], ['--outcome', 'voicemail']])('%s %s leaves none', async (...filter) => {
    const { exit, output } = await cli(['calls', ...filter]);
    expect([exit, output]).toEqual([0, 'No calls.\n']);
  });

  it('a filter and a limit go together', async () => {
    expect(((await json(['calls', '--outcome', 'unanswered', '--limit', '1'])) as { items: { outcome: string }[] }).items.map(({ outcome }) => outcome)).toEqual(['lost']);
    expect((await cli(['calls', '--outcome', 'answered', '--limit', '1'])).output).toContain('+447700900123');
    expect((await cli(['calls', '--outcome', 'perhaps'])).exit).toBe(2);
    expect((await cli(['calls', '--limit', '0'])).exit).toBe(2);
  });

  it('those who met nobody are to be called back', async () => {
    const { output } = await cli(['lost-callers', '--customer', 'acme']);
    expect(output).toMatch(/^CALLER +CALLS +LAST \(UTC\) +CUSTOMER +CALLED\nevil \[2J +1 +2026-11-22 08:01:00 +acme +\+442079460123\n$/);
    expect(await json(['lost-callers'])).toMatchObject({ items: [{ calls: 1 }] });
  });
});
