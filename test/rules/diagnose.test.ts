/** From evidence to a diagnosis, as a table that an operator can read, and what each must never be taken for. */
import { describe, expect, it } from 'vitest';
import { NOT_LOOKED } from '../../rules/diagnose/watch.ts';
import { judge, type HealthFacts } from '../../rules/judge.ts';
import { DIAGNOSES } from '../../src/domain/diagnosis.ts';
import { UNJUDGED } from '../../src/domain/health-record.ts';
import { DOWN, evidenceOf, facts, play, POLICY, RECOVERING, says, START, type Says, type Seen } from './health-facts.ts';

const lost: Partial<HealthFacts> = { sight: { p0: 'lost' } };
const blind: Partial<HealthFacts> = { sight: {} };

/** The diagnosis after the same has been said for so many seconds. */
function after(seconds: number, said: Says, otherwise: Partial<HealthFacts> = {}): string {
  return (play([{ at: 0, ...said, facts: otherwise }], seconds).at(-1) as Seen).finding.is;
}

describe('what is the matter', () => {
  it.each<[string, Says, number, string, Partial<HealthFacts>?]>([
    ['probes are answered', { probes: 'up' }, 0, 'healthy'],
    ['calls get through, no probes', { calls: 'up' }, 0, 'healthy'],
    ['a heartbeat comes', { heartbeat: 'up' }, 0, 'healthy'],
    ['nothing at all', {}, 3600, 'nothing-known'],
    ['an alert was closed: silence proves nothing', { alerts: 'up' }, 60, 'nothing-known'],
    ['unknown is not up', { probes: 'unknown', alerts: 'unknown' }, 60, 'nothing-known'],
    ['probes fail, just now', { probes: 'down' }, 0, 'suspected'],
    ['probes fail for 59 s', { probes: 'down' }, 59, 'suspected'],
    ['probes fail for 60 s, and references answer', { probes: 'down' }, 60, 'primary-unreachable'],
    ['probes fail for an hour, and no reference is there to ask', { probes: 'down' }, 3600, 'inconclusive', blind],
    ['nothing answers us, references neither', { probes: 'down', traffic: 'down', heartbeat: 'down' }, 3600, 'we-are-cut-off', lost],
    ['probes and alerts, 4 s', { probes: 'down', alerts: 'down' }, 4, 'suspected'],
    ['probes and alerts, 5 s', { probes: 'down', alerts: 'down' }, 5, 'primary-unreachable'],
    ['probes and calls, 5 s', { probes: 'down', calls: 'down' }, 5, 'primary-unreachable'],
    ['probes and alerts without references: somebody outside says so too', { probes: 'down', alerts: 'down' }, 5, 'primary-unreachable', blind],
    ['probes and missing calls without references: both may be our own network', { probes: 'down', traffic: 'down' }, 59, 'suspected', blind],
    ['probes and missing calls, references answer', { probes: 'down', traffic: 'down' }, 5, 'primary-unreachable'],
    ['calls fail, probes are answered, 59 s', { calls: 'down', probes: 'up' }, 59, 'suspected'],
    ['calls fail, probes are answered, 60 s', { calls: 'down', probes: 'up' }, 60, 'calls-failing'],
    ['calls fail and an alert says so, probes are answered', { calls: 'down', alerts: 'down', probes: 'up' }, 5, 'calls-failing'],
    ['an alert alone, probes are answered', { alerts: 'down', probes: 'up' }, 3600, 'inconclusive'],
    ['probes and an alert, but calls get through', { probes: 'down', alerts: 'down', calls: 'up' }, 3600, 'inconclusive'],
    ['two processes contradict each other', { probes: 'split' }, 3600, 'inconclusive'],
    ['two processes contradict each other, and an alert says down', { probes: 'split', alerts: 'down' }, 59, 'suspected'],
    ['calls are missing, and nothing else is wrong', { traffic: 'down', probes: 'up' }, 3600, 'traffic-missing'],
    ['slow, just now', { probes: 'degraded', calls: 'up' }, 9, 'healthy'],
    ['slow for 10 s', { probes: 'degraded', calls: 'up' }, 10, 'degraded'],
    ['slow is never down', { probes: 'degraded', calls: 'degraded', alerts: 'degraded' }, 3600, 'degraded'],
    ['503 with Retry-After', { probes: 'overloaded' }, 10, 'overloaded'],
  ])('%s', (_name, said, seconds, expected, otherwise) => {
    expect(after(seconds, said, otherwise)).toBe(expected);
  });

  it('on probation a failed call is enough, once it is not the only one', () => {
    const tried = (last: number, failed: number) => play([{ at: 1, probes: 'up', facts: { tried: { since: START, through: last - failed, last, failed } } }], 1, { record: RECOVERING })[0]?.finding.is;
    expect([tried(1, 1), tried(2, 2), tried(20, 2), tried(20, 3)]).toEqual(['healthy', 'calls-failing', 'healthy', 'calls-failing']);
  });

  it('calls of another step say nothing of this one', () => {
    expect(play([{ at: 1, probes: 'up', facts: { tried: { since: START - 1, through: 0, last: 9, failed: 9 } } }], 1, { record: RECOVERING })[0]?.finding.is).toBe('healthy');
  });

  it('after three failures it is not believed at once', () => {
    const failures = [-3000, -900, -100].map((from) => ({ from: START + from * 1000, to: START + (from + 40) * 1000 }));
    const [seen] = play([{ at: 0, probes: 'up' }], 0, { record: { ...DOWN, condition: 'well', conditionSince: START - 60_000, failures } });
    expect(seen?.finding).toEqual({ is: 'flapping', because: 'it answers, but it is the third failure' });
  });

  it('every diagnosis can be reached', () => {
    const reached = new Set([after(0, { probes: 'up' }), after(0, {}), after(0, { probes: 'down' }), after(60, { probes: 'down' }), after(0, {}, lost), after(60, { calls: 'down' }), after(60, { probes: 'split' }), after(9, { traffic: 'down' }), after(10, { probes: 'degraded' }), after(10, { probes: 'overloaded' }), 'flapping']);
    expect(reached).toEqual(new Set(Object.keys(DIAGNOSES)));
  });

  it('says on what grounds', () => {
    expect(play([{ at: 0, probes: 'down', alerts: 'down' }], 7).at(-1)?.finding.because).toBe('down by probes for 7 s (probes said down); alerts for 7 s (alerts said down)');
  });
});

describe('who is believed', () => {
  const look = (evidence: ReturnType<typeof says>[], at: number, otherwise: Partial<HealthFacts> = {}, watch = NOT_LOOKED) => judge({ known: UNJUDGED, watch, evidence, facts: facts(otherwise), policy: POLICY, now: START + at * 1000 });
  const claim = (evidence: ReturnType<typeof says>[], otherwise: Partial<HealthFacts> = {}) => look(evidence, 0, otherwise).groups.map((group) => `${group.group} ${group.claim}`);
  const by = (source: string, weight = 1) => ({ source, weight });

  it('of several targets that one process probes, one that answers makes the others a part of it', () => {
    expect(claim([says('probes', 'down', 0), says('probes', 'up', 0, by('probe/p0/other'))])).toEqual(['probes degraded']);
    expect(claim([says('probes', 'down', 0), says('probes', 'down', 0, by('probe/p0/other'))])).toEqual(['probes down']);
  });

  it('a connection is no answer to a question that is not answered', () => {
    expect(claim([says('probes', 'down', 0, { weight: 0.9 }), says('probes', 'up', 0, by('probe/p0/port', 0.3))])).toEqual(['probes down']);
    expect(claim([says('probes', 'unknown', 0), says('probes', 'up', 0, by('probe/p0/port', 0.3))])).toEqual(['probes up']);
  });

  it('of several processes, the larger side by weight', () => {
    const one = says('probes', 'up', 0);
    const two = says('probes', 'down', 0, by('probe/p1/x'));
    expect(claim([one, two, says('probes', 'down', 0, by('probe/p2/x'))])).toEqual(['probes down']);
    expect(claim([one, two, says('probes', 'up', 0, by('probe/p2/x', 0.1))])).toEqual(['probes up']);
    expect(claim([one, two, says('probes', 'unknown', 0, by('probe/p2/x'))])).toEqual(['probes unknown']);
    expect(claim([one, says('probes', 'degraded', 0, by('probe/p1/x')), says('probes', 'down', 0, by('probe/p2/x'))])).toEqual(['probes degraded']);
  });

  it('not what a process saw that is cut off', () => {
    const evidence = [says('probes', 'up', 0), says('probes', 'down', 0, by('probe/p1/x')), says('probes', 'down', 0, by('probe/p2/x'))];
    expect(claim(evidence, { sight: { p0: 'reached', p1: 'lost' } })).toEqual(['probes unknown']);
    expect(claim(evidence, { sight: { p0: 'reached', p1: 'lost', p2: 'lost' } })).toEqual(['probes up']);
  });

  it('nobody whose claim has expired, or lies ahead', () => {
    expect(look([says('probes', 'down', -10)], 0).groups).toEqual([]);
    expect(look([says('probes', 'down', 3)], 0).groups).toEqual([]);
  });

  it('a weak source is doubt and nothing more', () => {
    expect(play([{ at: 0, probes: 'up' }], 0).at(-1)?.finding.is).toBe('healthy');
    const weak = [says('alerts', 'down', 0, { weight: 0.3 }), says('probes', 'up', 0)];
    expect(look(weak, 0).finding).toEqual({ is: 'inconclusive', because: 'down by alerts for 0 s (alerts said down), but its probes are answered' });
    expect(look(weak.slice(0, 1), 0).finding).toEqual({ is: 'inconclusive', because: 'down by alerts for 0 s (alerts said down), but nothing of that is trusted enough' });
  });

  it('two groups are trusted together', () => {
    const both = (one: number, other: number) => {
      let watch = NOT_LOOKED;
      for (let at = 0; at < 5; at += 1) watch = look([says('probes', 'down', at, { weight: one }), says('alerts', 'down', at, { weight: other })], at, {}, watch).watch;
      return look([says('probes', 'down', 5, { weight: one }), says('alerts', 'down', 5, { weight: other })], 5, {}, watch).finding.is;
    };
    expect([both(0.8, 0.3), both(0.3, 0.3), both(0.5, 0.5), both(0.6, 0.3), both(0.7, 0.3)]).toEqual(['primary-unreachable', 'inconclusive', 'primary-unreachable', 'suspected', 'primary-unreachable']);
  });

  it('a process that slept trusts nothing that it saw before, and counts anew', () => {
    const before = play([{ at: 0, probes: 'down', alerts: 'down' }], 4).at(-1) as Seen;
    const stale = [says('probes', 'down', 4, { expiresAt: START + 100_000 }), says('alerts', 'down', 4, { expiresAt: START + 100_000 })];
    const woken = judge({ known: before.record, watch: before.watch, evidence: stale, facts: facts(), policy: POLICY, now: START + 60_000 });
    expect(woken.groups.map(({ group, since }) => [group, since])).toEqual([['alerts', START + 60_000]]);
    expect(woken.finding.is).toBe('suspected');
    const back = judge({ known: before.record, watch: before.watch, evidence: evidenceOf({ probes: 'down' }, 0), facts: facts(), policy: POLICY, now: START + 3000 });
    expect(back.watch.awakeSince).toBe(START + 3000);
  });
});
