/**
 * Receives a carrier's webhook: proves it genuine, reads it in the carrier's dialect, has the call desk answer it and
 * writes the answer back in the dialect. A genuine call is always answered with something the carrier can play.
 */
import type { Logger } from 'pino';
import { ANNOUNCEMENTS, DEFAULT_LANGUAGE } from '../../rules/announcements.ts';
import type { Answer, ArrivingCall, CarrierDialect, Params, PlacedReport, Rendered, SigningKeys, WebhookRequest } from '../carriers/dialect.ts';
import { Failure } from '../domain/errors.ts';
import type { CallClaim } from '../domain/call.ts';
import { maskNumber } from '../domain/phone-number.ts';
import { plainLines } from '../operations/log.ts';
import type { Metrics } from '../operations/metrics.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import type { Clock } from '../system/system.ts';
import type { CallDesk, Decided } from './call-desk.ts';
import type { CarrierDesk } from './carrier-desk.ts';
import type { Recorder } from './recorder.ts';
import type { ReplayGuard } from './replay-guard.ts';
import { readPlace, readTestPlace, type TestPlace, type WebhookVerb } from './webhook-address.ts';

/** What the carrier gets; no document where it only reports something. */
export type WebhookReply = { document: Rendered } | { document: undefined };

/** What a carrier sends for a subscriber: proved genuine, and otherwise as it came. */
export interface PassedCallback {
  carrier: string;
  subscriber: string;
  request: WebhookRequest;
  /** The carrier's id of the call that it is about; empty when it is about none. */
  call: string;
  /** The same when it is sent again, and for no other. */
  fingerprint: string;
}

/** Resolves when it is durable. Throws `not_found` or `store_unavailable`. */
export type PassOn = (callback: PassedCallback) => Promise<void>;

export interface WebhookDesk {
  /** Throws `webhook_unsigned`, `webhook_forged`, `webhook_replayed`, `carrier_secret_missing`, `not_found` or `store_unavailable`. */
  receive(carrier: string, verb: WebhookVerb, request: WebhookRequest): WebhookReply | Promise<WebhookReply>;
  /** Takes what is meant for a subscriber. Throws the same. */
  pass(carrier: string, subscriber: string, request: WebhookRequest): Promise<WebhookReply>;
}

/** The calls of drills: none of them is anybody's call, and nothing of them is counted or recorded as one. */
export interface TestCalls {
  /** Somebody, or something, has picked up. */
  picked(carrier: string, place: TestPlace): Promise<Answer>;
  pressed(carrier: string, place: TestPlace, key: string | undefined): Promise<Answer>;
  told(carrier: string, place: TestPlace, report: PlacedReport): Promise<void>;
}

interface Options {
  carriers: CarrierDesk;
  desk: CallDesk;
  tests: TestCalls;
  recorder: Recorder;
  passOn: PassOn;
  guard: ReplayGuard;
  metrics: Metrics;
  clock: Clock;
  log: Logger;
  load: LoadLevel;
}

const SORRY: Answer = { do: 'announce', say: ANNOUNCEMENTS['nothing-left'], language: DEFAULT_LANGUAGE };
/** Webhooks that only report something: nobody listens to their answer. */
type Report = Extract<WebhookVerb, 'recorded' | 'status'>;
type OfDrill = Extract<WebhookVerb, 'drill' | 'drill-key' | 'drill-status'>;

function isReport(verb: WebhookVerb): verb is Report {
  return verb === 'recorded' || verb === 'status';
}

function isOfDrill(verb: WebhookVerb): verb is OfDrill {
  return verb === 'drill' || verb === 'drill-key' || verb === 'drill-status';
}

interface Admitted {
  dialect: CarrierDialect;
  params: Params;
  keys: SigningKeys;
  /** Of ours, the one that the carrier came to: another may be the one that it cannot reach. */
  origin: string;
}

function originOf({ headers: { host } }: WebhookRequest, [first = '', ...others]: readonly string[]): string {
  return others.find((origin) => typeof host === 'string' && origin.endsWith(`//${host}`)) ?? first;
}

export function createWebhookDesk({ carriers, desk, tests, recorder, passOn, guard, metrics, clock, log, load }: Options): WebhookDesk {
  const callLog = plainLines(log);

  function refuse(verb: WebhookVerb | 'pass', code: 'webhook_unsigned' | 'webhook_forged' | 'webhook_replayed' | 'carrier_secret_missing'): Failure {
    metrics.webhooks.inc({ verb, result: code });
    return new Failure(code, undefined, code === 'carrier_secret_missing' ? { retryAfterSeconds: 5 } : {});
  }

  /** The parameters of a webhook that is genuine and new. */
  function admit(carrier: string, verb: WebhookVerb | 'pass', request: WebhookRequest): Admitted {
    const ready = carriers.find(carrier);
    if (!ready) throw new Failure('not_found', 'No such carrier');
    if (!ready.keys) throw refuse(verb, 'carrier_secret_missing');
    const { dialect, keys } = ready;
    const params = dialect.parse(request);
    const verdict = dialect.verify(request, params, keys, clock.now());
    if (verdict !== 'genuine') throw refuse(verb, verdict === 'unsigned' ? 'webhook_unsigned' : 'webhook_forged');
    if (guard.isReplay(dialect.fingerprint(request), clock.now())) throw refuse(verb, 'webhook_replayed');
    return { dialect, params, keys, origin: originOf(request, keys.origins) };
  }

  function decide(carrier: string, verb: Exclude<WebhookVerb, Report | OfDrill>, dialect: CarrierDialect, params: Params, call: ArrivingCall): Decided {
    const own = (name: string): string | undefined => params.get(name)?.[0];
    switch (verb) {
      case 'voice':
        return desk.voice(carrier, call);
      case 'step': {
        const result = dialect.leg(params);
        metrics.legs.inc({ end: result.end, cause: result.cause });
        return desk.step(carrier, call, readPlace(own), result);
      }
      case 'recovery':
        return desk.recovery(carrier, call, dialect.leg(params));
      case 'screen':
        return desk.screen(carrier, { customer: own('customer'), open: own('open') === '1' });
      case 'pressed':
        return desk.pressed(dialect.pressed(params), own('open') === '1');
      case 'voicemail':
        return desk.voicemailDone();
    }
  }

  function answer(carrier: string, verb: Exclude<WebhookVerb, Report | OfDrill>, { dialect, params, keys, origin }: Admitted): Rendered {
    try {
      const call = dialect.arriving(params);
      const { answer: given, because } = decide(carrier, verb, dialect, params, call);
      // The call's record has it too.
      if (load.level < LEVEL.admin) callLog.info({ carrier, verb, call: call.ref, number: maskNumber(call.number ?? ''), did: given.do, because }, 'call answered');
      return dialect.render(given, { origin, number: call.number, from: call.from, keys });
    } catch (error) {
      metrics.webhooks.inc({ verb, result: 'internal' });
      log.error({ err: error, carrier, verb }, 'a call could not be judged; the caller hears an apology');
      return dialect.render(SORRY, { origin, number: undefined, from: '', keys });
    }
  }

  /** A report is acknowledged when it is on disk. */
  async function take(carrier: string, verb: Report, dialect: CarrierDialect, params: Params): Promise<WebhookReply> {
    const closed = (): CallClaim | undefined => (desk.isTest(dialect.arriving(params)) ? undefined : desk.closed(carrier, dialect.closing(params)));
    const claim = verb === 'status' ? closed() : desk.recorded(carrier, dialect.voicemail(params));
    if (claim) await recorder.recordDurably(claim);
    metrics.webhooks.inc({ verb, result: 'taken' });
    return { document: undefined };
  }

  /** Nobody waits who called: it may take as long as Redis does. */
  async function test(carrier: string, verb: OfDrill, { dialect, params, keys, origin }: Admitted): Promise<WebhookReply> {
    const place = readTestPlace((name) => params.get(name)?.[0]);
    metrics.webhooks.inc({ verb, result: verb === 'drill-status' ? 'taken' : 'answered' });
    if (verb === 'drill-status') {
      if (place) await tests.told(carrier, place, (dialect.placed ?? dialect.closing)(params));
      return { document: undefined };
    }
    const given: Answer = !place ? { do: 'hangup' } : await (verb === 'drill' ? tests.picked(carrier, place) : tests.pressed(carrier, place, dialect.pressed(params)));
    return { document: dialect.render(given, { origin, number: undefined, from: '', keys }) };
  }

  return {
    receive(carrier, verb, request) {
      const admitted = admit(carrier, verb, request);
      const { dialect, params } = admitted;
      if (isOfDrill(verb)) return test(carrier, verb, admitted);
      if (isReport(verb)) return take(carrier, verb, dialect, params);
      if (verb === 'step' && dialect.legGoesOn?.(params) === true) {
        metrics.webhooks.inc({ verb, result: 'taken' });
        return { document: undefined };
      }
      const document = answer(carrier, verb, admitted);
      metrics.webhooks.inc({ verb, result: 'answered' });
      return { document };
    },
    async pass(carrier, subscriber, request) {
      const { dialect, params } = admit(carrier, 'pass', request);
      await passOn({ carrier, subscriber, request, call: dialect.closing(params).ref, fingerprint: dialect.fingerprint(request) });
      metrics.webhooks.inc({ verb: 'pass', result: 'taken' });
      return { document: undefined };
    },
  };
}
