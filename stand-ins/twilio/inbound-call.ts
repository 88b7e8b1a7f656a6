/** A call from the telephone network to a held number, from its first webhook to its status callback. */
import { postCallback } from './documents.ts';
import type { RunEnd } from './flow.ts';
import { play } from './interpreter.ts';
import type { NumberSettings } from './numbers.ts';
import { arrivalParameters, legParameters, rfc2822 } from './parameters.ts';
import { createPerson } from './person.ts';
import type { Session } from './session.ts';
import { createScribe, type CallStatus, type Transcript } from './transcript.ts';
import { billedSeconds, newSid, type Arrival, type World } from './world.ts';

export async function inboundCall(world: World, arrival: Arrival): Promise<Transcript> {
  const held = world.numbers.byNumber(arrival.to);
  if (!held) throw new Error('The stand-in does not hold the called number');
  const settings = voiceSettings(world, held.settings);
  const session = callerSession(world, arrival);
  if (settings.voice_fallback_url !== '') session.fallback = { url: settings.voice_fallback_url, method: settings.voice_fallback_method === 'GET' ? 'GET' : 'POST' };
  const leave = patience(world, arrival, session);
  const end = await play(session, { kind: 'voice', url: settings.voice_url, method: settings.voice_method === 'GET' ? 'GET' : 'POST', params: {} });
  leave();
  return conclude(session, end, settings);
}

/** An application takes the place of all the number's own voice URLs. */
function voiceSettings(world: World, settings: NumberSettings): NumberSettings {
  const { voice_application_sid: application } = settings;
  return application === '' ? settings : { ...settings, voice_url: '', voice_fallback_url: '', status_callback: '', ...world.applications.bySid(application)?.settings };
}

/** The caller's leg, before anything has been asked. */
export function callerSession(world: World, arrival: Arrival): Session {
  const sid = newSid(world.random, 'CA');
  const overSip = arrival.overSip === true;
  const from = overSip && !arrival.from.startsWith('sip:') ? `sip:${arrival.from}@198.51.100.7` : arrival.from;
  const to = overSip ? `sip:${arrival.to}@stand-in.sip.twilio.com` : arrival.to;
  const scribe = createScribe(world.clock, { callSid: sid, from, to });
  const keys = [...(arrival.dtmf ?? [])];
  const person = createPerson({ keys: () => keys.shift(), message: arrival.message, gone: arrival.gone });
  person.gone.addEventListener('abort', () => {
    if (scribe.transcript.status === 'ringing') scribe.step({ what: 'hung-up', who: 'caller' });
  }, { once: true });
  return {
    world, scribe, audience: 'caller', sid, from, to, overSip, hops: arrival.hops ?? 0, person, deliver: arrival.deliver, fallback: undefined, url: 'https://unset.invalid/',
    params: { ...legParameters({ accountSid: world.accountSid, callSid: sid, from, to, direction: 'inbound' }), ...arrivalParameters(arrival, world.random) },
    answeredAt: undefined, lastDial: undefined, callbacks: [], onPickedUp: arrival.onPickedUp ?? (() => {}),
  };
}

/** The caller hangs up after a while, if told to; returns what calls that off. */
export function patience(world: World, { hangUpAfterMs }: Arrival, session: Session): () => void {
  return hangUpAfterMs === undefined ? () => {} : world.timers.after(hangUpAfterMs / world.timeScale, session.person.hangUp);
}

export async function conclude(session: Session, end: RunEnd, settings: NumberSettings | undefined): Promise<Transcript> {
  const { world, scribe, person } = session;
  const { transcript } = scribe;
  const heard = transcript.steps.filter((step) => step.what === 'heard' && step.who === 'caller').at(-1);
  if (heard?.what === 'heard') scribe.outcome({ is: 'announcement', text: heard.text });
  if (person.gone.aborted) scribe.outcome({ is: 'hung-up' });
  else scribe.step({ what: 'hung-up', who: 'twiml' });
  transcript.status = finalStatus(session, end);
  const seconds = session.answeredAt === undefined ? 0 : billedSeconds(world, scribe.elapsed() - session.answeredAt);
  scribe.step({ what: 'ended', status: transcript.status, seconds });
  if (settings && settings.status_callback !== '') {
    const params = {
      CallStatus: transcript.status, CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)), Timestamp: rfc2822(world.clock.now()),
      CallbackSource: 'call-progress-events', SequenceNumber: '0',
    };
    session.callbacks.push(postCallback(session, { kind: 'status', url: settings.status_callback, method: settings.status_callback_method === 'GET' ? 'GET' : 'POST', params }));
  }
  await Promise.all(session.callbacks);
  return transcript;
}

/** A caller who was never connected to anything ends as the last leg did, or as not answered. */
function finalStatus(session: Session, end: RunEnd): CallStatus {
  if (session.answeredAt !== undefined) return 'completed';
  if (end === 'rejected-busy') return 'busy';
  if (end === 'rejected' || end === 'gone') return 'no-answer';
  if (session.lastDial === undefined) return 'completed';
  return session.lastDial === 'busy' || session.lastDial === 'failed' ? session.lastDial : 'no-answer';
}
