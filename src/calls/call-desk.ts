/**
 * Answers the webhooks of a call, one function a webhook: judge, decide the next step, note what is now known. No I/O:
 * the facts are in memory and what must be kept goes to the recorder.
 */
import { outcomeAtEnd, type EndedLeg } from '../../rules/call-outcome.ts';
import { nextStep, type LastLeg } from '../../rules/next-step.ts';
import { PRIMARY_KEY } from '../../rules/step-key.ts';
import { SCREENING_PROMPT, DEFAULT_LANGUAGE } from '../../rules/announcements.ts';
import { callerIdFor } from '../carriers/caller-id.ts';
import { markFor } from '../carriers/mark.ts';
import type { Answer, ArrivingCall, ClosingReport, VoicemailReport } from '../carriers/dialect.ts';
import { callId, OUTCOME_RANK, type CallClaim } from '../domain/call.ts';
import type { LegResult } from '../domain/leg.ts';
import { isDial, type DialStep, type Step } from '../domain/step.ts';
import type { Clock } from '../system/system.ts';
import type { ActiveLeg, ActiveLegs } from './active-legs.ts';
import type { DestinationJudge } from './destination-judge.ts';
import { judgeCall, type JudgedCall } from './judge-call.ts';
import type { RoutingTableHolder } from './table-holder.ts';
import { placeQuery, readFailedAddress, webhookAddress, type CallPlace } from './webhook-address.ts';

/** What is now known of a call: noted when the answer is under way. */
export interface CallNews {
  claim(claim: CallClaim): void;
  legBegan(leg: ActiveLeg): void;
  legEnded(call: string): void;
  /** A leg to a backup has ended that may have begun in another process, unheard of here. */
  backupEnded(call: string): void;
  callClosed(call: string): void;
  /** A call is offered to its primary: it is at no backup. And how that ended. */
  primaryOffered(call: string, primary: string | undefined): void;
  primaryEnded(call: string, primary: string | undefined, number: string, result: LegResult): void;
  /** One call was answered like this: for the metrics. */
  answered(judged: JudgedCall): void;
}

/** An answer, and in a sentence without telephone numbers why it is this one. */
export interface Decided {
  answer: Answer;
  because: string;
}

export interface CallDesk {
  voice(carrier: string, call: ArrivingCall): Decided;
  /** A leg has ended. */
  step(carrier: string, call: ArrivingCall, place: CallPlace, result: LegResult): Decided;
  /** Asked because something failed: our own address, or every target of a trunk. */
  recovery(carrier: string, call: ArrivingCall, result: LegResult): Decided;
  /** Played to who was called. */
  screen(carrier: string, options: { customer: string | undefined; open: boolean }): Decided;
  pressed(key: string | undefined, open: boolean): Decided;
  /** The caller has spoken after the tone, or not. */
  voicemailDone(): Decided;
  /** Claims for the callbacks that are no answers; undefined when there is nothing to note. */
  recorded(carrier: string, report: VoicemailReport | undefined): CallClaim | undefined;
  closed(carrier: string, report: ClosingReport): CallClaim | undefined;
  /** It was a test call that came back: nothing is to be noted of it. */
  isTest(call: ArrivingCall): boolean;
}

interface Options {
  tables: RoutingTableHolder;
  legs: ActiveLegs;
  judge: DestinationJudge;
  news: CallNews;
  clock: Clock;
  loopWindowMs: number;
}

/** The key that takes a screened call. */
const ACCEPT = '1';
/** What comes back of a test call is over in this time, milliseconds. */
const TEST_MS = 600_000;

/** Where a leg was sent: the step may have gone from the plan meanwhile. */
function addressOf(judged: JudgedCall, key: string): string {
  const step = judged.decision.steps.find((one) => one.key === key);
  return step && isDial(step) ? step.to : key;
}

export function createCallDesk({ tables, legs, judge: destinations, news, clock, loopWindowMs }: Options): CallDesk {
  function judge(carrier: string, call: ArrivingCall, passage: CallPlace['passage']): JudgedCall {
    return judgeCall(call, { call: callId(carrier, call.ref), table: tables.current, legs, judge: destinations, at: clock.now(), loopWindowMs }, passage);
  }

  const claim = (carrier: string, call: ArrivingCall, what: Omit<CallClaim, 'carrier' | 'ref' | 'at'>): void => news.claim({ carrier, ref: call.ref, at: clock.now(), ...what });

  function arrived(carrier: string, call: ArrivingCall, { decision, route }: JudgedCall): void {
    claim(carrier, call, {
      arrival: {
        number: call.number ?? '',
        from: call.from,
        route: decision.route,
        protected: decision.protectedBy !== undefined,
        ...(route ? { customer: route.customer, primary: route.primary, ...(route.diversion === undefined ? {} : { diversion: route.diversion }) } : {}),
      },
    });
  }

  function dial(carrier: string, call: ArrivingCall, step: DialStep, judged: JudgedCall, tried: readonly EndedLeg[]): Answer {
    const id = callId(carrier, call.ref);
    const callerId = callerIdFor({ from: call.from, number: call.number ?? '', overSip: call.overSip, to: step });
    if (step.kind === 'primary') news.primaryOffered(id, judged.route?.primary);
    // Should it be forwarded back to us, it comes from whom it shows.
    else news.legBegan({ call: id, to: step.to, number: call.number ?? '', from: callerId ?? call.from, at: clock.now() });
    return {
      do: 'dial',
      step,
      callerId,
      mark: markFor(call.ref, call.number ?? ''),
      afterUrl: webhookAddress(carrier, 'step', placeQuery({ tried, step: step.key, passage: judged.passage })),
      screenUrl: step.screen === 'no' ? undefined : webhookAddress(carrier, 'screen', { customer: judged.route?.customer ?? '', open: step.screen === 'open' ? '1' : '' }),
    };
  }

  function give(carrier: string, call: ArrivingCall, step: Step, judged: JudgedCall, tried: readonly EndedLeg[]): Answer {
    if (isDial(step)) return dial(carrier, call, step, judged, tried);
    news.legEnded(callId(carrier, call.ref));
    if (step.kind === 'voicemail') {
      // Until a message is left: the caller met nobody.
      claim(carrier, call, { outcome: { is: 'missed', rank: OUTCOME_RANK.nobodyAnswered } });
      return { do: 'voicemail', step, language: step.language ?? judged.decision.language, doneUrl: webhookAddress(carrier, 'voicemail'), recordedUrl: webhookAddress(carrier, 'recorded') };
    }
    if (step.because === 'looped') {
      claim(carrier, call, { outcome: { is: 'returned', rank: OUTCOME_RANK.cameBack } });
      return { do: 'reject' };
    }
    claim(carrier, call, { outcome: outcomeAtEnd(tried) });
    return { do: 'announce', say: step.say, language: step.language ?? judged.decision.language };
  }

  function goOn(carrier: string, call: ArrivingCall, judged: JudgedCall, tried: readonly EndedLeg[], last?: LastLeg): Decided {
    const move = nextStep(judged.decision, tried.map(({ step }) => step), last);
    if (move.do === 'hang-up') {
      news.legEnded(callId(carrier, call.ref));
      return { answer: { do: 'hangup' }, because: move.because };
    }
    const answer = give(carrier, call, move.step, judged, last ? [...tried, { step: last.step, end: last.result.end }] : tried);
    return { answer, because: last ? move.because : judged.decision.because };
  }

  function legEnded(carrier: string, call: ArrivingCall, place: CallPlace, last: LastLeg): Decided {
    if (last.step !== PRIMARY_KEY) news.backupEnded(callId(carrier, call.ref));
    const judged = judge(carrier, call, place.passage);
    if (last.step === PRIMARY_KEY) news.primaryEnded(callId(carrier, call.ref), judged.route?.primary, call.number ?? '', last.result);
    const leg = { position: place.tried.length, step: last.step, to: addressOf(judged, last.step), result: last.result };
    const { end } = last.result;
    if (end === 'answered') claim(carrier, call, { leg, outcome: { is: 'answered', rank: OUTCOME_RANK.bridged, by: last.step } });
    else if (end === 'cancelled') claim(carrier, call, { leg, outcome: { is: 'missed', rank: OUTCOME_RANK.closedUnanswered } });
    else claim(carrier, call, { leg });
    return goOn(carrier, call, judged, place.tried, last);
  }

  function voice(carrier: string, call: ArrivingCall): Decided {
    if (legs.isDrill(call)) return { answer: { do: 'reject' }, because: 'A test call of a drill came back to its own caller.' };
    const judged = judge(carrier, call, undefined);
    arrived(carrier, call, judged);
    news.answered(judged);
    return goOn(carrier, call, judged, []);
  }

  return {
    voice,
    step(carrier, call, place, result) {
      return place.step === undefined ? goOn(carrier, call, judge(carrier, call, place.passage), place.tried) : legEnded(carrier, call, place, { step: place.step, result });
    },
    recovery(carrier, call, result) {
      if (!call.afterOurFailure) {
        // A trunk's last resort: the carrier has tried every address of the primary.
        const judged = judge(carrier, call, undefined);
        arrived(carrier, call, judged);
        news.answered(judged);
        return legEnded(carrier, call, { tried: [], step: undefined, passage: judged.passage }, { step: PRIMARY_KEY, result: { end: 'failed', cause: 'down' } });
      }
      const failed = readFailedAddress(call.failedUrl);
      if (failed === undefined || failed.verb === 'voice') return voice(carrier, call);
      if (failed.verb !== 'step' || failed.place.step === undefined) {
        return call.connected ? { answer: { do: 'hangup' }, because: 'The call was connected, and what failed came after it.' } : voice(carrier, call);
      }
      // The leg's end was to be told at an address that failed. A call that is connected was answered by it.
      const end: LegResult = call.connected ? { end: 'answered', cause: 'user' } : result;
      return legEnded(carrier, call, failed.place, { step: failed.place.step, result: end });
    },
    screen(carrier, { customer, open }) {
      const name = customer === undefined ? undefined : tables.current.customer(customer)?.name;
      const say = name === undefined ? SCREENING_PROMPT : `Call for ${name}. ${SCREENING_PROMPT}`;
      const answer: Answer = { do: 'screen', say, language: DEFAULT_LANGUAGE, failOpen: open, pressedUrl: webhookAddress(carrier, 'pressed', { open: open ? '1' : '' }) };
      return { answer, because: 'Who picked up is asked to take the call.' };
    },
    pressed(key, open) {
      if (key === ACCEPT) return { answer: { do: 'connect' }, because: 'The call was taken.' };
      if (open) return { answer: { do: 'connect' }, because: 'Another key was pressed, and there is nobody after this one.' };
      return { answer: { do: 'hangup', refused: true }, because: 'The call was not taken; it goes on to the next step.' };
    },
    voicemailDone: () => ({ answer: { do: 'hangup' }, because: 'The caller has left a message.' }),
    recorded(carrier, report) {
      if (!report || report.ref === '' || report.seconds < 1) return undefined;
      const { ref, recording, url, seconds } = report;
      const voicemail = { ref: recording, seconds, ...(url === undefined ? {} : { url }) };
      return { carrier, ref, at: clock.now(), voicemail, outcome: { is: 'voicemail', rank: OUTCOME_RANK.messageLeft, by: 'voicemail' } };
    },
    isTest: (call) => legs.isDrill(call, clock.now() - TEST_MS),
    closed(carrier, report) {
      if (!report.final || report.ref === '') return undefined;
      const { ref, status, seconds, connected } = report;
      news.callClosed(callId(carrier, ref));
      const outcome = connected ? ({ is: 'answered', rank: OUTCOME_RANK.closedConnected } as const) : ({ is: 'missed', rank: OUTCOME_RANK.closedUnanswered } as const);
      return { carrier, ref, at: clock.now(), ended: { status, ...(seconds === undefined ? {} : { seconds }) }, outcome };
    },
  };
}
