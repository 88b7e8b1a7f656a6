/** What the end of a probe says: the table of docs/probes.md, row by row, and what every verdict has. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { deservesSecondTry, judgeProbe, withoutProof, type ProbeFacts } from '../../rules/probe-verdict.ts';
import { CLAIMS } from '../../src/domain/evidence.ts';
import { PROBE_KINDS, type ProbeOutcome } from '../../src/domain/probe.ts';
import { read, tableOf } from '../support/tree.ts';

const SIP: ProbeFacts = { probe: { kind: 'sip-options' }, slowMs: 800, timeoutMs: 1000, tries: 2 };
const HTTP: ProbeFacts = { ...SIP, probe: { kind: 'http' } };
const TCP: ProbeFacts = { ...SIP, probe: { kind: 'tcp' } };
const answered = (status: number, more: object = {}): ProbeOutcome => ({ is: 'answered', status, ms: 20, ...more });

/** By the words of the page: all that they mean, and one sentence that is told. */
const ROWS: readonly (readonly [what: string, ends: readonly (readonly [ProbeOutcome, ProbeFacts])[], because: string])[] = [
  ['SIP: any final answer but those below, 401, 404, 486 and 500 among them', [200, 302, 401, 403, 404, 405, 407, 480, 483, 486, 500, 501, 505, 600, 603].map((status) => [answered(status), SIP]), 'answered 200 to OPTIONS'],
  ['SIP: 503 with `Retry-After`', [[answered(503, { retryAfterSeconds: 120 }), SIP], [answered(503, { retryAfterSeconds: 0, ms: 900 }), SIP]], 'answered 503 to OPTIONS, to be asked again after 120 s'],
  ['SIP: 408, 502, 504, or 503 without `Retry-After`', [408, 502, 504, 503].map((status) => [answered(status), SIP]), 'answered 408 to OPTIONS'],
  ['HTTP: an expected status, and what is looked for in the body', [[answered(200), HTTP], [answered(299), HTTP], [answered(401), { ...HTTP, probe: { kind: 'http', expectStatus: [401, 503] } }], [answered(503), { ...HTTP, probe: { kind: 'http', expectStatus: [401, 503] } }]], 'answered 200 to GET'],
  ['HTTP: an expected status without what is looked for in the body', [[answered(200, { bodyWrong: true }), HTTP]], 'answered 200 to GET, without what was expected in it'],
  ['HTTP: 429, or 503 with `Retry-After`, where it is not expected', [[answered(429), HTTP], [answered(503, { retryAfterSeconds: 5 }), HTTP]], 'answered 429 to GET'],
  ['HTTP: any other status', [302, 404, 500, 503].map((status) => [answered(status), HTTP]), 'answered 302 to GET, which is not expected'],
  ['TCP: a connection', [[{ is: 'answered', ms: 3 }, TCP]], 'takes connections'],
  ['an answer that took `slowMs` or longer, twice', [[answered(200, { ms: 800 }), SIP], [answered(404, { ms: 950 }), SIP], [answered(200, { ms: 800 }), HTTP]], 'took 0.8 s to answer'],
  ['an answer over TLS with a certificate that is not valid', [[answered(200, { certificateFault: 'CERT_HAS_EXPIRED' }), SIP], [answered(200, { certificateFault: 'CERT_HAS_EXPIRED', ms: 900 }), HTTP]], 'its certificate is not valid (CERT_HAS_EXPIRED)'],
  ['no answer in time', [[{ is: 'silent' }, SIP], [{ is: 'silent' }, HTTP], [{ is: 'silent' }, TCP]], 'no answer to 2 OPTIONS in 1 s each'],
  ['a closed port', [[{ is: 'refused' }, SIP], [{ is: 'refused' }, TCP]], 'its port is closed (2 OPTIONS)'],
  ['the connection was ended without an answer', [[{ is: 'closed' }, SIP], [{ is: 'closed' }, HTTP]], 'ended the connection without an answer (2 OPTIONS)'],
  ['an answer in another language than that of the probe', [[{ is: 'garbled' }, SIP], [{ is: 'garbled' }, HTTP]], 'what it answers is no SIP'],
  ['TLS does not come about', [[{ is: 'tls-failed', code: 'EPROTO' }, SIP]], 'no TLS comes about (EPROTO)'],
  ['the network says that there is no way to it', [[{ is: 'unreachable', code: 'EHOSTUNREACH' }, SIP]], 'there is no way to it (EHOSTUNREACH)'],
  ['its name cannot be looked up, and never could', [[{ is: 'name-unknown', code: 'ENOTFOUND' }, SIP]], 'its name cannot be looked up (ENOTFOUND)'],
  ['it could not be asked, say for want of sockets', [[{ is: 'not-asked', code: 'EMFILE' }, SIP]], 'it could not be asked (EMFILE)'],
];

const table = tableOf(read('docs/probes.md'), 'what happens');

test('the page tells of all that is tested here, and of nothing else', () => {
  expect(table.map(([what]) => what)).toEqual(ROWS.map(([what]) => what));
});

test.each(ROWS)('%s', (what, ends, because) => {
  const [, claim, weight] = table.find(([named]) => named === what) ?? [];
  for (const [outcome, facts] of ends) expect(judgeProbe(outcome, facts), JSON.stringify(outcome)).toMatchObject({ claim: claim?.replaceAll('`', ''), weight: Number(weight) });
  const [outcome, facts] = ends[0] ?? [];
  expect(outcome && facts && judgeProbe(outcome, facts).because).toBe(because);
});

test('a second try is worth it after what may have been bad luck, and not for a certificate or a name', () => {
  const worth = (outcome: ProbeOutcome): boolean => deservesSecondTry(outcome, judgeProbe(outcome, { ...SIP, tries: 1 }));
  for (const outcome of [{ is: 'silent' }, { is: 'refused' }, answered(503), answered(200, { ms: 900 })] as ProbeOutcome[]) expect(worth(outcome), JSON.stringify(outcome)).toBe(true);
  for (const outcome of [answered(200), answered(503, { retryAfterSeconds: 1 }), answered(200, { certificateFault: 'X', ms: 900 }), { is: 'name-unknown', code: 'X' }] as ProbeOutcome[]) expect(worth(outcome), JSON.stringify(outcome)).toBe(false);
});

const code = fc.constantFrom('EPROTO', 'EMFILE', 'ENOTFOUND');
const outcomes: fc.Arbitrary<ProbeOutcome> = fc.oneof(
  fc.record({ is: fc.constant('answered' as const), status: fc.integer({ min: 100, max: 699 }), ms: fc.double({ min: 0, max: 5000, noNaN: true }), retryAfterSeconds: fc.nat(90_000), certificateFault: code, bodyWrong: fc.constant(true as const) }, { requiredKeys: ['is', 'ms'] }),
  fc.record({ is: fc.constantFrom('silent' as const, 'refused' as const, 'closed' as const, 'garbled' as const) }),
  fc.record({ is: fc.constantFrom('unreachable' as const, 'tls-failed' as const, 'name-unknown' as const, 'not-asked' as const), code }),
);

test('every verdict is a claim with a weight and a clause; without proof nobody is down for sure', () => {
  fc.assert(
    fc.property(outcomes, fc.constantFrom(...PROBE_KINDS), fc.integer({ min: 1, max: 2 }), (outcome, kind, tries) => {
      const verdict = judgeProbe(outcome, { probe: { kind }, slowMs: 800, timeoutMs: 1000, tries });
      for (const one of [verdict, withoutProof(verdict, 'cut-off'), withoutProof(verdict, 'unproven'), withoutProof(verdict, 'proven')]) {
        expect(CLAIMS).toContain(one.claim);
        expect(one.weight > 0 && one.weight <= 1).toBe(true);
        expect(one.because).toMatch(/^[a-z].{5,}[^.]$/);
      }
      expect(withoutProof(verdict, 'cut-off').claim).not.toBe('down');
      expect(withoutProof(verdict, 'proven')).toEqual(verdict);
      if (verdict.claim === 'down') expect(withoutProof(verdict, 'unproven')).toMatchObject({ claim: 'down', weight: 0.5 });
      else expect(withoutProof(verdict, 'unproven')).toEqual(verdict);
      if (outcome.is === 'name-unknown' || outcome.is === 'not-asked') expect(verdict.claim).toBe('unknown');
    }),
    { numRuns: 300 },
  );
});
