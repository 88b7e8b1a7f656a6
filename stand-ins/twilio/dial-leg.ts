/** One leg of a Dial: rings it, lets the callee be screened, connects it, and says what became of it. */
import { wait } from '../outside.ts';
import { callerIdFor } from './caller-id.ts';
import type { Play } from './flow.ts';
import { legParameters } from './parameters.ts';
import { createPerson } from './person.ts';
import type { AnsweredLeg, GiveUp, SipFacts } from './ring.ts';
import { ringPhone } from './ring-phone.ts';
import { ringSip } from './ring-sip.ts';
import { absolute, pickUp, type Session } from './session.ts';
import type { DialStatus } from './transcript.ts';
import { billedSeconds, newSid, realMs } from './world.ts';

export interface Noun {
  name: 'Number' | 'Sip';
  to: string;
  /** Document that runs on the callee's leg before the two are connected. */
  screen: { url: string; method: 'GET' | 'POST' } | undefined;
}

export interface DialOptions {
  callerId: string | undefined;
  ringSeconds: number;
  /** Longest conversation, seconds. */
  limitSeconds: number;
  play: Play;
  /** Aborted when another leg of the same Dial has got the call. */
  taken: AbortSignal;
  /** Claims the call for this leg; false when another was faster. */
  take(): boolean;
}

export interface LegEnd {
  status: DialStatus;
  bridged: boolean;
  /** Missing when no leg was even created. */
  callSid: string | undefined;
  /** From its answer; missing when it was never answered. */
  seconds: number | undefined;
  sip: SipFacts | undefined;
}

/** "Twilio always adds a five-second timeout buffer" to the timeout of a Dial. */
const BUFFER_SECONDS = 5;
/** A conversation that nobody ends is ended by the caller after this long, seconds. */
const PATIENCE_SECONDS = 600;

export async function dialLeg(session: Session, noun: Noun, options: DialOptions): Promise<LegEnd> {
  const { world, scribe, person: caller } = session;
  const shown = callerIdFor(session, options.callerId, noun.name);
  if ('refused' in shown) {
    scribe.violation(13214, shown.refused, session.url);
    scribe.step({ what: 'error', code: 13214, detail: shown.refused });
    return { status: 'failed', bridged: false, callSid: undefined, seconds: undefined, sip: undefined };
  }
  const callSid = newSid(world.random, 'CA');
  scribe.step({ what: 'dialled', noun: noun.name, to: noun.to, callSid, callerId: shown.show, ringSeconds: options.ringSeconds });
  const { signal, stop } = giveUpSignal(session, options);
  const request = { to: noun.to, callerId: shown.show, callSid, signal };
  const ring = await (noun.name === 'Sip' ? ringSip(world, request) : ringPhone(session, request));
  stop();
  const answeredAt = scribe.elapsed();
  const end = (status: DialStatus, bridged: boolean): LegEnd => {
    const seconds = ring.is === 'answered' ? billedSeconds(world, scribe.elapsed() - answeredAt) : undefined;
    scribe.step({ what: 'leg', noun: noun.name, to: noun.to, callSid, result: status, bridged, seconds: seconds ?? 0, ...(ring.sip?.status === undefined ? {} : { sipStatus: ring.sip.status }) });
    return { status, bridged, callSid, seconds, sip: ring.sip };
  };
  if (ring.is !== 'answered') return end(ring.is, false);
  const connected = !caller.gone.aborted && (!noun.screen || (await screened(session, noun, options, ring, { callSid, callerId: shown.show })));
  if (!connected || caller.gone.aborted || !options.take()) {
    ring.person.hangUp();
    return end('completed', false);
  }
  await converse(session, noun, options, ring);
  return end('completed', true);
}

function giveUpSignal({ world, person }: Session, { ringSeconds, taken }: DialOptions): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const giveUp = (reason: GiveUp) => () => controller.abort(reason);
  const [onGone, onTaken] = [giveUp('caller'), giveUp('taken')];
  const stopTimer = world.timers.after(realMs(world, ringSeconds + BUFFER_SECONDS), giveUp('timeout'));
  if (person.gone.aborted) onGone();
  person.gone.addEventListener('abort', onGone, { once: true });
  taken.addEventListener('abort', onTaken, { once: true });
  return {
    signal: controller.signal,
    stop() {
      stopTimer();
      person.gone.removeEventListener('abort', onGone);
      taken.removeEventListener('abort', onTaken);
    },
  };
}

/** The document at the noun's `url`, played to the callee: connected only when it comes to its end. */
async function screened(session: Session, noun: Noun, options: DialOptions, leg: AnsweredLeg, facts: { callSid: string; callerId: string }): Promise<boolean> {
  const { url, method } = noun.screen ?? { url: '', method: 'POST' };
  const gone = AbortSignal.any([leg.person.gone, session.person.gone, options.taken]);
  let pressed: string | undefined;
  const keys = () => (pressed = leg.person.keys());
  const callee: Session = {
    ...session, audience: 'callee', sid: facts.callSid, from: facts.callerId, to: noun.to, person: createPerson({ gone, keys }), fallback: undefined,
    params: {
      ...legParameters({ accountSid: session.world.accountSid, callSid: facts.callSid, from: facts.callerId, to: noun.to, direction: 'outbound-dial' }),
      ParentCallSid: session.sid, ...(leg.sip ? { SipCallId: leg.sip.callId } : {}),
    },
    answeredAt: session.scribe.elapsed(), lastDial: undefined, onPickedUp: () => {},
  };
  const accepted = (await options.play(callee, { kind: 'screen', url: absolute(session, url), method, params: {} })) === 'end';
  session.scribe.step({ what: 'screened', to: noun.to, pressed, accepted });
  return accepted;
}

async function converse(session: Session, noun: Noun, { limitSeconds }: DialOptions, leg: AnsweredLeg): Promise<void> {
  const { world, scribe, person: caller } = session;
  pickUp(session);
  scribe.outcome({ is: 'answered', by: noun.to, machine: leg.machine });
  leg.bridged();
  const ranOut = await wait(world.timers, realMs(world, Math.min(limitSeconds, PATIENCE_SECONDS)), leg.person.gone, caller.gone);
  if (ranOut && limitSeconds > PATIENCE_SECONDS) caller.hangUp();
  else if (leg.person.gone.aborted) scribe.step({ what: 'hung-up', who: 'callee' });
  leg.person.hangUp();
}
