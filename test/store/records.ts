/** Arbitrary valid records of every kind, for properties of the store. */
import * as fc from 'fast-check';
import { APPROVAL_STATES, HELD_COLLECTIONS } from '../../src/domain/approval.ts';
import { ACTS } from '../../src/domain/health-record.ts';
import { IMPORT_STATES } from '../../src/domain/import.ts';
import { PRIMARY_STATES } from '../../src/domain/primary-states.ts';
import type { Probe } from '../../src/domain/probe.ts';
import { OPEN_CLAIMS, SOURCE_KINDS } from '../../src/domain/source.ts';
import type { Records } from '../../src/store/codec.ts';
import type { Collection } from '../../src/store/keys.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
const MARKS = [...LETTERS, '.', '_', '-'];
const hex = (length: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length });

export const anyId = fc.tuple(fc.constantFrom(...LETTERS), fc.string({ unit: fc.constantFrom(...MARKS), maxLength: 63 })).map(([first, rest]) => first + rest);
const text = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: 'binary', minLength: 1, maxLength: Math.min(maxLength, 30) });
const moment = fc.integer({ min: 0, max: 4_102_444_800_000 });
const zone = fc.constantFrom('Europe/London', 'UTC', 'America/New_York');

/** Each field of `optional` is there or not. */
function records<R, O>(required: { [K in keyof R]: fc.Arbitrary<R[K]> }, optional: { [K in keyof O]: fc.Arbitrary<O[K]> }): fc.Arbitrary<R & Partial<O>> {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) as never }) as unknown as fc.Arbitrary<R & Partial<O>>;
}

const who = records({ key: anyId, role: fc.constantFrom('viewer', 'operator', 'admin') }, {});
const act = records({ at: moment, by: who, reason: text(500) }, {});
const destination = records(
  { to: fc.constantFrom('+447400123456', 'sip:desk@backup.example.net', 'voicemail', 'announcement') },
  { ringSeconds: fc.integer({ min: 5, max: 120 }), screen: fc.boolean(), maxCalls: fc.integer({ min: 1, max: 10_000 }), hours: text(500), say: text(1000) },
);
/** At an hour's distance, to the machine itself: a service of a test may come to ask them. */
const probe: fc.Arbitrary<Probe> = fc.record({ kind: fc.constantFrom('tcp', 'http', 'sip-options'), everySeconds: fc.constant(3600) }).map(({ kind, everySeconds }) => ({ kind, everySeconds, target: { tcp: '127.0.0.1:9', http: 'http://localhost:9/x', 'sip-options': 'sip:127.0.0.1:9' }[kind] }));
const counts = fc.nat({ max: 1_000_000 });
const flag = fc.constant(true);
/** Without what JSON has no word for, such as -0. */
const plain = fc.json().map((text) => JSON.parse(text) as unknown);

const drillTest = records(
  { to: fc.constantFrom('+447400123456', 'sip:desk@backup.example.net'), plans: fc.array(anyId, { maxLength: 3 }), customer: anyId, primaries: fc.array(anyId, { maxLength: 3 }), carrier: anyId, timeZone: zone, ringSeconds: fc.integer({ min: 5, max: 120 }) },
  { from: fc.constant('+442079460000'), hours: text(500), skip: fc.constantFrom('policy', 'hours'), outcome: records({ is: fc.constantFrom('proven', 'no-answer', 'skipped'), times: records({}, { accepted: counts, answered: counts }) }, { why: text(100), calledAt: moment }) },
);

const health = records(
  {
    version: counts, state: fc.constantFrom(...PRIMARY_STATES), since: moment, condition: fc.constantFrom('well', 'failing'), conditionSince: moment,
    failures: fc.array(records({ from: moment }, { to: moment }), { maxLength: 5 }), atCarriers: fc.boolean(), step: fc.nat({ max: 9 }), stepSince: moment,
  },
  {
    pending: records({ action: fc.constantFrom(...ACTS), since: moment, diagnosis: fc.constantFrom('healthy', 'calls-failing') }, {}),
    blocked: records({ action: fc.constantFrom(...ACTS), brake: fc.constantFrom('hold', 'approval') }, {}),
    word: records({ says: fc.constantFrom('divert', 'restore'), at: moment, settled: fc.boolean() }, {}),
  },
);

export const anyRecord = {
  provider: records({}, { name: text(200), defaultPlan: anyId, timeZone: zone }),
  automation: records({}, { stop: act }),
  customers: records({ name: text(200) }, { class: fc.constantFrom('critical', 'standard', 'low'), defaultPlan: anyId, timeZone: zone }),
  carriers: records(
    { kind: fc.constant('twilio'), credentials: records({ accountSid: hex(32).map((digits) => `AC${digits}`), authToken: text(4096) }, { nextAuthToken: text(4096) }) },
    { name: text(200), baseUrl: fc.constant('https://api.example.net'), fallbackUrl: fc.constant('https://static.example.net/sorry.xml') },
  ),
  primaries: records({ kind: fc.constantFrom('pbx', 'carrier'), target: fc.constantFrom('sip:{number}@pbx.example.net', 'sips:10.0.0.1:5061') }, { name: text(200), ringSeconds: fc.integer({ min: 10, max: 300 }), probes: fc.uniqueArray(probe, { maxLength: 3, selector: ({ target }) => target }), mode: fc.constantFrom('auto', 'confirm', 'manual'), dependsOn: fc.uniqueArray(anyId, { maxLength: 3 }) }),
  states: records(
    { is: fc.constantFrom('up', 'degraded', 'down', 'recovering'), since: moment },
    {
      override: records({ says: fc.constantFrom('divert', 'restore'), by: who, reason: text(500), at: moment }, { how: fc.constantFrom('steps', 'now') }),
      diversion: anyId,
      share: fc.constantFrom(0.05, 0.25, 1),
      hold: records({ by: who, reason: text(500), at: moment }, { until: moment }),
      answer: records({ action: fc.constantFrom(...ACTS), says: fc.constantFrom('approve', 'refuse'), by: who, reason: text(500), at: moment }, {}),
      health,
    },
  ),
  plans: records(
    { destinations: fc.array(destination, { minLength: 1, maxLength: 10 }) },
    { customer: anyId, name: text(200), timeZone: zone, language: fc.constantFrom('en', 'en-GB'), followOn: fc.uniqueArray(fc.constantFrom('busy', 'no-answer')), failOpen: fc.boolean() },
  ),
  numbers: records({ customer: anyId, primary: anyId, carrier: anyId }, { plan: anyId, carrierRef: fc.string({ unit: fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '_', '-'), minLength: 1, maxLength: 64 }), divertBy: fc.constantFrom('call', 'number', 'trunk') }),
  keys: records({ role: fc.constantFrom('viewer', 'operator', 'admin'), hash: hex(64), createdAt: moment }, { customer: anyId, name: text(200), expiresAt: moment.map((at) => new Date(at).toISOString()), made: records({ by: anyId, at: moment }, {}) }),
  approvals: records(
    { state: fc.constantFrom(...APPROVAL_STATES), collection: fc.constantFrom(...HELD_COLLECTIONS), id: anyId, action: text(100), before: plain, after: plain, numbers: counts, recent: counts, by: who, account: anyId, askedAt: moment, expiresAt: moment },
    { basis: text(22), reason: text(500), endedAt: moment, endedBy: who },
  ),
  // Over: a service of a test may come to carry open ones out.
  drills: records(
    { state: fc.constantFrom('done', 'stopped', 'expired'), by: who, scope: records({}, { customer: anyId, primary: anyId, plan: anyId }), at: moment, until: moment, tests: fc.array(drillTest, { maxLength: 3 }) },
    { reason: text(500), customer: anyId, notBefore: moment, anyHour: flag, scheduled: flag, stopping: records({ at: moment, by: who }, {}), endedAt: moment, rehearsed: fc.array(records({ primary: anyId }, { detect: counts, decide: counts, why: text(100) }), { maxLength: 2 }) },
  ),
  diversions: records({ primary: anyId, started: act }, { ended: act }),
  imports: records(
    {
      state: fc.constantFrom(...IMPORT_STATES),
      kind: fc.constantFrom('import', 'revert'),
      format: fc.constantFrom('csv', 'ndjson'),
      by: who,
      startedAt: moment,
      stateAt: moment,
      ...Object.fromEntries(['rows', 'chunks', 'chunksDone', 'created', 'changed', 'unchanged', 'rejected', 'removed', 'nameless', 'images'].map((name) => [name, counts])),
    },
    { reason: text(500), endedAt: moment, dryRun: flag, confirm: flag, complete: flag, customer: anyId, allowRemoving: counts, appliedBy: who, redirected: counts, approvalNeeded: flag, mayRedirect: counts, reverts: anyId, revertedBy: anyId },
  ),
  sources: records(
    {
      kind: fc.constantFrom(...SOURCE_KINDS),
      secret: text(4096),
      map: fc.array(records({ match: fc.dictionary(fc.stringMatching(/^[a-z-]{1,20}$/), text(200), { maxKeys: 5 }), primary: anyId }, { claim: fc.constantFrom(...OPEN_CLAIMS) }), { maxLength: 5 }),
    },
    { name: text(200), nextSecret: text(4096), weight: fc.double({ min: 0.001, max: 1, noNaN: true }), holdSeconds: fc.integer({ min: 10, max: 604_800 }), expectEverySeconds: fc.integer({ min: 5, max: 604_800 }) },
  ),
  receivers: records({ kind: fc.constant('webhook'), url: fc.constant('https://alerts.example.net/x'), secret: text(4096) }, { name: text(200), primaries: fc.uniqueArray(anyId, { minLength: 1, maxLength: 3 }), groupWaitSeconds: fc.integer({ min: 0, max: 3600 }) }),
  silences: records({ match: records({}, { primary: anyId }), until: moment.map((at) => new Date(at).toISOString()), reason: text(500) }, {}),
  subscribers: records(
    { url: fc.constant('https://pbx.example.net/events'), secret: text(4096) },
    { name: text(200), oldSecrets: fc.array(text(4096), { maxLength: 3 }), customer: anyId, primary: anyId, kinds: fc.uniqueArray(fc.constantFrom('*', 'call.*', 'call.missed'), { minLength: 1 }), maxInFlight: fc.integer({ min: 1, max: 500 }), maxWaiting: fc.integer({ min: 1, max: 10_000_000 }) },
  ),
} as unknown as { [C in Collection]: fc.Arbitrary<Records[C]> };
