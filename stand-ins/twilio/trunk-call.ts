/**
 * A call to a number on an Elastic SIP trunk: the origination targets are tried first; when none succeeds, the
 * disaster-recovery URL is asked (https://www.twilio.com/docs/voice/twilio-voice-failover-best-practices).
 */
import { wait } from '../outside.ts';
import { parseSipUri } from '../sip/uri.ts';
import { callerSession, conclude, patience } from './inbound-call.ts';
import { play } from './interpreter.ts';
import type { AnsweredLeg, GiveUp, Ring } from './ring.ts';
import { ringSip } from './ring-sip.ts';
import type { Session } from './session.ts';
import { pickUp } from './session.ts';
import type { Transcript } from './transcript.ts';
import { newSid, realMs, type Arrival, type World } from './world.ts';

export interface TrunkCall extends Arrival {
  /** SIP URIs in the order in which they are tried, e.g. `sip:127.0.0.1:5060`. */
  originationTargets: readonly string[];
  /** Default: none; the call then just ends. */
  disasterRecoveryUrl?: string;
  /** Default POST. */
  disasterRecoveryMethod?: 'GET' | 'POST';
}

/** Twilio publishes no figure for a target that does not answer at all; seconds. */
const NO_REPLY_SECONDS = 4;
/** A target that rings has the call; the caller loses patience after this long, seconds. */
const RING_SECONDS = 60;
const TALK_SECONDS = 600;

export async function trunkCall(world: World, call: TrunkCall): Promise<Transcript> {
  const session = callerSession(world, call);
  const leave = patience(world, call, session);
  const taken = await originate(session, call);
  const end = taken || session.person.gone.aborted || call.disasterRecoveryUrl === undefined ? 'hangup'
    : await play(session, { kind: 'recovery', url: call.disasterRecoveryUrl, method: call.disasterRecoveryMethod ?? 'POST', params: {} });
  leave();
  return conclude(session, session.person.gone.aborted ? 'gone' : end, undefined);
}

/** True when a target had the call, whatever it then did with it. */
async function originate(session: Session, call: TrunkCall): Promise<boolean> {
  for (const target of call.originationTargets) {
    const ring = await tryTarget(session, target, call);
    session.scribe.step({ what: 'origination', target, result: ring.is, ...(ring.sip?.status === undefined ? {} : { sipStatus: ring.sip.status }) });
    if (ring.is === 'answered') {
      await converse(session, target, ring);
      session.lastDial = 'completed';
      return true;
    }
    session.lastDial = ring.is;
    // Busy and ringing out are the callee's doing: they end the call and do not fail over.
    if (ring.is !== 'failed') return true;
  }
  return false;
}

async function tryTarget(session: Session, target: string, call: TrunkCall): Promise<Ring> {
  const { world, person } = session;
  const uri = parseSipUri(target);
  if (!uri) return { is: 'failed', detail: 'Not a SIP URI' };
  const controller = new AbortController();
  const giveUp = (reason: GiveUp) => () => controller.abort(reason);
  const onGone = giveUp('caller');
  const stopTimer = world.timers.after(realMs(world, RING_SECONDS), giveUp('timeout'));
  if (person.gone.aborted) onGone();
  person.gone.addEventListener('abort', onGone, { once: true });
  const to = uri.user === undefined ? target.replace(/^(sips?):/i, `$1:${call.to}@`) : target;
  const ring = await ringSip(world, { to, callerId: call.from, callSid: newSid(world.random, 'CA'), signal: controller.signal }, NO_REPLY_SECONDS);
  stopTimer();
  person.gone.removeEventListener('abort', onGone);
  return ring;
}

async function converse(session: Session, target: string, leg: AnsweredLeg): Promise<void> {
  const { world, scribe, person } = session;
  pickUp(session);
  scribe.outcome({ is: 'answered', by: target, machine: false });
  await wait(world.timers, realMs(world, TALK_SECONDS), leg.person.gone, person.gone);
  if (leg.person.gone.aborted) scribe.step({ what: 'hung-up', who: 'callee' });
  leg.person.hangUp();
}
