/**
 * The contract that every carrier's dialect keeps: what src/calls relies on without knowing the carrier. Each kind
 * of carrier has one line in CONTRACTS (contracts.ts) that says how its requests are made.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, Asked, CarrierDialect, SigningKeys, WebhookRequest } from '../../src/carriers/dialect.ts';
import { CAUSE_CLASSES, LEG_ENDS, type LegEnd, type LegResult } from '../../src/domain/leg.ts';
import { isE164 } from '../../src/domain/phone-number.ts';
import type { DialStep } from '../../src/domain/step.ts';

/** When the requests of fixtures are made and come, for signatures with a time in them. */
export const NOW = 1_800_000_000_000;

export interface DialectFixture {
  keys: SigningKeys;
  /** A request as the carrier would send it, signed with this secret; `params` by the carrier's own names. */
  genuine(target: string, params: Readonly<Record<string, string>>, secret: string): WebhookRequest;
  /** The same without a signature. */
  unsigned(request: WebhookRequest): WebhookRequest;
  /** Carriers that sign the body alone: whoever holds a webhook that has not come yet could send it to another address of ours. */
  signsAddress?: false;
  /** Carriers that sign nothing at all and prove themselves by credentials: `secret` is the password. */
  signsBody?: false;
  /** A call to +442079460123 from +14155550100, with the reference `call-1`. */
  call: Readonly<Record<string, string>>;
  /** Ends of legs that the carrier never tells. */
  untold?: readonly LegEnd[];
  /** Parameters of ended legs; each kind of end that the carrier can tell. */
  legs: readonly { params: Readonly<Record<string, string>>; result: LegResult }[];
  /** Names that the carrier uses, for the fuzzing to hit what is read. */
  names: readonly string[];
  /** The texts of a rendered document; throws when it is not well-formed. */
  textsOf(body: string): readonly string[];
  maxBytes: number;
}

const step: DialStep = { kind: 'primary', key: 'primary', to: 'sip:main@pbx.example.net', ringSeconds: 30, screen: 'no' };
/** For answers of which nothing depends on it. */
export const ASKED: Asked = { origin: 'https://calls.example.net', number: '+442079460123', from: '+14155550100' };
const SAID = 'Tom & <Ann> "é😀"';

/** One of each; a new kind of answer does not compile until it is here. */
const ANSWERS: { [Kind in Answer['do']]: Extract<Answer, { do: Kind }> } = {
  dial: { do: 'dial', step, callerId: '+442079460123', mark: 'mark-1', afterUrl: '/after?a=1&b=2', screenUrl: '/screen?a=1&b=2' },
  voicemail: { do: 'voicemail', step: { kind: 'voicemail', key: 'v', say: SAID, maxSeconds: 60 }, language: 'en-GB', doneUrl: '/done', recordedUrl: '/recorded' },
  announce: { do: 'announce', say: SAID, language: 'en-GB' },
  screen: { do: 'screen', say: SAID, language: 'en-GB', failOpen: false, pressedUrl: '/pressed' },
  ask: { do: 'ask', say: SAID, language: 'en-GB', pressedUrl: '/pressed' },
  connect: { do: 'connect' },
  reject: { do: 'reject' },
  hangup: { do: 'hangup' },
};

function describeSigning(dialect: CarrierDialect, fixture: DialectFixture): void {
  const { keys, call } = fixture;
  const [current = '', next = ''] = keys.secrets;
  const verdict = (request: WebhookRequest) => dialect.verify(request, dialect.parse(request), keys, NOW);

  it('takes a genuine request, with the current secret and the next, with and without a query', () => {
    for (const secret of [current, next]) {
      for (const target of ['/webhooks/main/voice', '/webhooks/main/step?s=1&t=a%20b']) expect(verdict(fixture.genuine(target, call, secret))).toBe('genuine');
    }
  });

  it('refuses an unsigned one, one signed by another, and one for another address', () => {
    const request = fixture.genuine('/webhooks/main/voice', call, current);
    expect(verdict(fixture.unsigned(request))).toBe('unsigned');
    expect(verdict(fixture.genuine('/webhooks/main/voice', call, `${current}x`))).toBe('forged');
    if (fixture.signsAddress !== false) expect(verdict({ ...request, target: '/webhooks/main/status' })).toBe('forged');
  });

  if (fixture.signsBody !== false) it('refuses one with a parameter added, in the body or in the query', () => {
    const request = fixture.genuine('/webhooks/main/voice', call, current);
    expect(verdict({ ...request, body: Buffer.concat([request.body, Buffer.from('&More=1')]) })).toBe('forged');
    if (fixture.signsAddress !== false) expect(verdict({ ...request, target: `${request.target}?More=1` })).toBe('forged');
  });

  if (fixture.signsBody !== false) it('reads nothing that the signature does not cover', () => {
    const read = (request: WebhookRequest) => JSON.stringify([...dialect.parse(request)]);
    const request = fixture.genuine('/webhooks/main/voice', call, current);
    fc.assert(fc.property(fc.constantFrom('GET', 'POST', 'PUT', 'HEAD'), fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', ''), (method, type) => {
      const changed: WebhookRequest = { ...request, method, headers: { ...request.headers, 'content-type': type }, body: Buffer.from('CallSid=other&To=%2B15550001111') };
      if (verdict(changed) === 'genuine') expect(read(changed)).toBe(read(request));
      else expect(verdict(changed)).toBe('forged');
    }));
  });
}

function describeReading(dialect: CarrierDialect, fixture: DialectFixture): void {
  const [secret = ''] = fixture.keys.secrets;
  const read = (params: Readonly<Record<string, string>>) => dialect.parse(fixture.genuine('/webhooks/main/voice', params, secret));

  it('reads who is called and who calls', () => {
    expect(dialect.arriving(read(fixture.call))).toEqual({ ref: 'call-1', number: '+442079460123', from: '+14155550100', overSip: false, forwardedBy: [], mark: undefined, afterOurFailure: false, failedUrl: undefined, connected: false });
  });

  it('tells how a leg ended', () => {
    for (const { params, result } of fixture.legs) expect(dialect.leg(read(params)), JSON.stringify(params)).toEqual(result);
    expect(new Set([...fixture.legs.map(({ result }) => result.end), ...(fixture.untold ?? [])])).toEqual(new Set(LEG_ENDS));
  });

  it('takes a leg of which nothing is known for a failure that says nothing', () => {
    expect(dialect.leg(read({}))).toEqual({ end: 'failed', cause: 'ambiguous' });
  });
}

function describeRendering(dialect: CarrierDialect, fixture: DialectFixture): void {
  it.each(Object.values(ANSWERS))('writes $do', (answer) => {
    const { body, contentType } = dialect.render(answer, { ...ASKED, keys: fixture.keys });
    expect(contentType).toMatch(/^[a-z]+\/[a-z.+-]+/);
    const texts = fixture.textsOf(body);
    if ('say' in answer) expect(texts).toContain(answer.say);
    if (answer.do === 'dial') expect([texts.some((text) => text.startsWith(answer.step.to)), texts.some((text) => text.includes(answer.mark))]).toEqual([true, true]);
  });

  it('stays well-formed and small enough whatever is said', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('&'.repeat(30_000), '\ud800', '\u0000', ']]>')), (say) => {
      for (const answer of [{ ...ANSWERS.announce, say }, { ...ANSWERS.screen, say }, { ...ANSWERS.voicemail, step: { ...ANSWERS.voicemail.step, say } }, { ...ANSWERS.dial, mark: say, afterUrl: say, step: { ...step, to: say } }]) {
        const { body } = dialect.render(answer, { ...ASKED, keys: fixture.keys });
        fixture.textsOf(body);
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(fixture.maxBytes);
      }
    }), { numRuns: 50 });
  });
}

function describeRobustness(dialect: CarrierDialect, fixture: DialectFixture): void {
  const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...fixture.names) }, { weight: 1, arbitrary: fc.string() });
  const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom(...Object.values(fixture.call), 'completed', 'failed', '503', '-1', 'x'.repeat(5000)));
  const form = fc.array(fc.tuple(name, value), { maxLength: 20 }).map((pairs) => Buffer.from(new URLSearchParams(pairs).toString()));
  const body = fc.oneof(form, fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
  const header = fc.constantFrom('application/x-www-form-urlencoded', 'application/json', '', undefined, ['a', 'b']);

  it('answers any request with sensible values and never throws', () => {
    fc.assert(fc.property(body, fc.oneof(fc.webPath(), fc.string({ unit: 'binary' })), fc.constantFrom('GET', 'POST', 'x'), header, (bytes, target, method, type) => {
      const request: WebhookRequest = { method, target, body: bytes, headers: { 'content-type': type } };
      const params = dialect.parse(request);
      expect(dialect.verify(request, params, fixture.keys, NOW)).toBe('unsigned');
      const call = dialect.arriving(params);
      expect(call.number === undefined || isE164(call.number)).toBe(true);
      expect(call.ref).toMatch(/^[A-Za-z0-9_-]{0,64}$/);
      expect(call.from.length).toBeLessThanOrEqual(128);
      expect(call.forwardedBy.every(isE164)).toBe(true);
      const { end, cause } = dialect.leg(params);
      expect(LEG_ENDS).toContain(end);
      expect(CAUSE_CLASSES).toContain(cause);
      if (end !== 'failed') expect(cause).toBe('user');
      const closing = dialect.closing(params);
      expect(closing.status.length).toBeLessThanOrEqual(32);
      expect(closing.seconds ?? 0).toBeGreaterThanOrEqual(0);
      expect(dialect.voicemail(params)?.seconds ?? 0).toBeGreaterThanOrEqual(0);
      expect((dialect.pressed(params) ?? '').length).toBeLessThanOrEqual(32);
    }), { numRuns: 300 });
  });
}

export function describeDialect(kind: string, dialect: CarrierDialect, fixture: DialectFixture): void {
  describe(kind, () => {
    describeSigning(dialect, fixture);
    describeReading(dialect, fixture);
    describeRendering(dialect, fixture);
    describeRobustness(dialect, fixture);
  });
}
