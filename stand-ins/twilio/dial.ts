/** Dial: all its nouns at once, or one after the other; then the action, if there is one. */
import { dialLeg, type DialOptions, type LegEnd, type Noun } from './dial-leg.ts';
import type { Next, Play } from './flow.ts';
import { absolute, pickUp, type Session } from './session.ts';
import type { Element } from '../xml.ts';

/** Defaults of https://www.twilio.com/docs/voice/twiml/dial, seconds. */
const RING_SECONDS = '30';
const LIMIT_SECONDS = '14400';

export async function dial(session: Session, verb: Element, play: Play): Promise<Next> {
  const { action, method, timeout = RING_SECONDS, timeLimit = LIMIT_SECONDS, callerId, answerOnBridge, sequential } = verb.attributes;
  if (answerOnBridge !== 'true') pickUp(session);
  const taken = new AbortController();
  const take = () => {
    if (taken.signal.aborted) return false;
    taken.abort();
    return true;
  };
  const options: DialOptions = { callerId, ringSeconds: Number(timeout), limitSeconds: Number(timeLimit), play, taken: taken.signal, take };
  const nouns = nounsOf(verb);
  const end = sequential === 'true' ? await oneByOne(session, nouns, options) : await allAtOnce(session, nouns, options);
  session.lastDial = end.status;
  if (action !== undefined) {
    return { go: 'fetch', fetch: { kind: 'action', url: absolute(session, action), method: method === 'GET' ? 'GET' : 'POST', params: dialParameters(end) } };
  }
  return session.person.gone.aborted ? { go: 'stop', end: 'gone' } : { go: 'on' };
}

function nounsOf(verb: Element): Noun[] {
  if (verb.children.length === 0) return [{ name: 'Number', to: verb.text.trim(), screen: undefined }];
  return verb.children.map(({ name, text, attributes: { url, method } }) => ({
    name: name === 'Sip' ? 'Sip' : 'Number', to: text.trim(), screen: url === undefined ? undefined : { url, method: method === 'GET' ? 'GET' : 'POST' },
  }));
}

async function oneByOne(session: Session, nouns: readonly Noun[], options: DialOptions): Promise<LegEnd> {
  let end: LegEnd | undefined;
  for (const noun of nouns) {
    end = await dialLeg(session, noun, options);
    if (end.bridged || session.person.gone.aborted) break;
  }
  return end ?? NOBODY;
}

/** The leg that got the call, else the one that ended last. */
async function allAtOnce(session: Session, nouns: readonly Noun[], options: DialOptions): Promise<LegEnd> {
  const inOrderOfEnd: LegEnd[] = [];
  await Promise.all(nouns.map(async (noun) => { inOrderOfEnd.push(await dialLeg(session, noun, options)); }));
  return inOrderOfEnd.find((end) => end.bridged) ?? inOrderOfEnd.at(-1) ?? NOBODY;
}

const NOBODY: LegEnd = { status: 'failed', bridged: false, callSid: undefined, seconds: undefined, sip: undefined };

function dialParameters(end: LegEnd): Record<string, string> {
  const params: Record<string, string> = { DialCallStatus: end.status, DialBridged: String(end.bridged) };
  if (end.callSid !== undefined) params['DialCallSid'] = end.callSid;
  if (end.seconds !== undefined) params['DialCallDuration'] = String(end.seconds);
  if (end.sip) params['DialSipCallId'] = end.sip.callId;
  if (end.sip?.status !== undefined) params['DialSipResponseCode'] = String(end.sip.status);
  return params;
}
