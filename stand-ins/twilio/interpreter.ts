/** Plays TwiML on a leg: asks for a document, plays its verbs in order, follows where they lead. */
import { dial } from './dial.ts';
import { CANNED_ERROR, fetchDocument } from './documents.ts';
import type { Next, RunEnd } from './flow.ts';
import { gather } from './gather.ts';
import { record } from './record.ts';
import { absolute, type Fetch, type Session } from './session.ts';
import { hear, pause, say } from './say.ts';
import type { Element } from '../xml.ts';

/** A call that leads through more documents than this goes in circles. */
const MAX_DOCUMENTS = 50;

export async function play(session: Session, first: Fetch): Promise<RunEnd> {
  let wanted = first;
  for (let documents = 0; documents < MAX_DOCUMENTS; documents += 1) {
    const verbs = await fetchDocument(session, wanted);
    // Whoever has hung up hears nothing more: an answer to the last request is read, and not played.
    if (session.person.gone.aborted) return 'gone';
    if (!verbs) return cannedError(session);
    const next = await playVerbs(session, verbs);
    if (next.go !== 'fetch') return next.go === 'stop' ? next.end : 'end';
    wanted = next.fetch;
  }
  session.scribe.violation(12200, `More than ${MAX_DOCUMENTS} documents in one call`, wanted.url);
  return cannedError(session);
}

async function cannedError(session: Session): Promise<RunEnd> {
  await hear(session, CANNED_ERROR);
  if (session.audience === 'caller') session.scribe.outcome({ is: 'canned-error' });
  return 'failed';
}

async function playVerbs(session: Session, verbs: readonly Element[]): Promise<Next> {
  for (const verb of verbs) {
    if (session.person.gone.aborted) return { go: 'stop', end: 'gone' };
    const next = await playVerb(session, verb);
    if (next.go !== 'on') return next;
  }
  return session.person.gone.aborted ? { go: 'stop', end: 'gone' } : { go: 'on' };
}

async function playVerb(session: Session, verb: Element): Promise<Next> {
  switch (verb.name) {
    case 'Say':
    case 'Play':
      await say(session, verb);
      return { go: 'on' };
    case 'Pause':
      await pause(session, verb);
      return { go: 'on' };
    case 'Gather':
      return gather(session, verb);
    case 'Record':
      return record(session, verb);
    case 'Dial':
      return dial(session, verb, play);
    case 'Redirect':
      return { go: 'fetch', fetch: { kind: 'redirect', url: absolute(session, verb.text.trim()), method: verb.attributes['method'] === 'GET' ? 'GET' : 'POST', params: {} } };
    case 'Reject':
      if (session.answeredAt !== undefined) session.scribe.violation(12200, '<Reject> of a call that has been answered', session.url);
      return { go: 'stop', end: verb.attributes['reason'] === 'busy' ? 'rejected-busy' : 'rejected' };
    default:
      return { go: 'stop', end: 'hangup' };
  }
}
