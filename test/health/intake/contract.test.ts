/** What holds for every kind of source: what it sends is read, what it does not send is refused, and only it can say so. */
import { assert, constantFrom, dictionary, jsonValue, oneof, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/domain/errors.ts';
import { SOURCE_KINDS } from '../../../src/domain/source.ts';
import { INTAKE_KINDS } from '../../../src/health/intake/kinds.ts';
import type { Proof, Presented } from '../../../src/health/intake/proof.ts';
import type { Post } from '../../../src/health/intake/signal.ts';
import { SECRET, SENDER_KINDS, SENDERS } from './senders.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

const proved = (proof: Proof, presented: Presented, body: string, secrets: readonly string[], now = NOW): boolean =>
  proof.early?.(presented, secrets) ?? proof.late?.(presented, Buffer.from(body), secrets, now) ?? false;

/** Every object in it with a field more that nobody knows. */
function withStrangers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStrangers);
  if (typeof value !== 'object' || value === null) return value;
  return { ...Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withStrangers(inner)])), 'x-new-in-the-next-version': { deeply: ['nested', null, 7] } };
}

test('every kind has its entry in the suite', () => {
  expect([...SENDER_KINDS, 'heartbeat'].toSorted()).toEqual([...SOURCE_KINDS].toSorted());
});

describe.each(SENDER_KINDS)('%s', (kind) => {
  const { read, proof } = INTAKE_KINDS[kind];
  const { open, closed, strange, label, prove } = SENDERS[kind];

  test('an open one and its end are about the same thing, and in this order', () => {
    const [first] = read(open, NOW).signals;
    const [last] = read(closed, NOW).signals;
    expect(['open', 'down', 'degraded']).toContain(first?.says);
    expect(last).toMatchObject({ alert: first?.alert, says: 'closed' });
    expect(last?.at).toBeGreaterThanOrEqual(first?.at ?? Infinity);
    expect(first?.labels[label[0]]).toBe(label[1]);
    expect(first?.alert).toMatch(/^[\w.:-]{1,64}$/);
  });

  test('read twice it says the same', () => {
    expect(read(open, NOW)).toEqual(read(structuredClone(open), NOW));
  });

  test('fields that nobody knows change nothing', () => {
    for (const body of [open, closed]) {
      const plain = read(body, NOW);
      const strangers = read(withStrangers(body), NOW);
      expect(strangers).toEqual(plain);
    }
  });

  test('a state that nobody knows is unknown, never an end', () => {
    for (const { says } of read(strange, NOW).signals) expect(says).toBe('unknown');
  });

  test('a clock that is ahead is not believed', () => {
    const years = JSON.parse(JSON.stringify(open).replaceAll(/\b20\d\d-/g, '2199-')) as unknown;
    for (const { at, knownAt } of read(years, NOW).signals) expect([at, knownAt]).toEqual([NOW, NOW]);
  });

  test.each([null, [], 'text', 7, true, {}, { alerts: 'none' }, { alert: 7 }, { event: [] }, { heartbeat: { status: {} } }, { incident: 'x' }, { component_update: [] }])('is no post of it, and that is said: %j', (body) => {
    expect(() => read(body, NOW)).toThrow(expect.objectContaining({ code: 'alert_unreadable' }));
  });

  test('whatever comes, it is read or refused', () => {
    const parts = oneof(jsonValue({ maxDepth: 4 }), constantFrom(...([open, closed] as Record<string, unknown>[]).flatMap((body) => Object.values(body))));
    const names = constantFrom('alerts', 'event', 'incident', 'component_update', 'component', 'heartbeat', 'monitor', 'alert', 'state', 'data', 'status', '__proto__');
    const bodies = oneof(jsonValue({ maxDepth: 5 }), dictionary(names, parts), dictionary(names, parts).map((more) => ({ ...(open as object), ...more })));
    assert(property(bodies, (body) => {
      let post: Post | undefined;
      try {
        post = read(body, NOW);
      } catch (error) {
        expect(codeOf(error)).toBe('alert_unreadable');
      }
      for (const { alert, at, knownAt, labels } of post?.signals ?? []) {
        expect(alert).toMatch(/^[\w.:-]{1,64}$/);
        expect(at).toBeLessThanOrEqual(NOW);
        expect(knownAt).toBeLessThanOrEqual(NOW);
        expect(Object.values(labels).every((value) => typeof value === 'string' && value.length <= 300)).toBe(true);
      }
    }), { numRuns: 150 });
  });

  test('is believed with its secret, also with the next one, and with no other', () => {
    const body = JSON.stringify(open);
    const genuine = prove(body, SECRET, NOW);
    expect(proof.given(genuine)).toBe(true);
    expect(proved(proof, genuine, body, [SECRET])).toBe(true);
    expect(proved(proof, genuine, body, ['another-secret-0123456789', SECRET])).toBe(true);
    expect(proved(proof, genuine, body, ['another-secret-0123456789'])).toBe(false);
    expect(proved(proof, prove(body, '', NOW), body, [''])).toBe(false);
    expect(proof.given({ headers: {}, inAddress: undefined })).toBe(false);
    expect(proved(proof, { headers: {}, inAddress: undefined }, body, [SECRET])).toBe(false);
  });

  test('what is signed cannot be changed; what is not is known before its body is read', () => {
    const body = JSON.stringify(open);
    const genuine = prove(body, SECRET, NOW);
    const early = proof.early?.(genuine, [SECRET]);
    expect(early ?? proof.late?.(genuine, Buffer.from(`${body} `), [SECRET], NOW)).toBe(early === true);
  });
});
