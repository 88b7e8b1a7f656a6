/** Asks for a TwiML document; when that fails for the number's fallback, as Twilio does; and when that fails too, nothing is left. */
import type { Fetch, Session } from './session.ts';
import { statusNow } from './session.ts';
import { readTwiml } from './twiml.ts';
import { sendWebhook } from './webhook-client.ts';
import type { Element } from '../xml.ts';

/** Twilio's own words when an application fails. */
export const CANNED_ERROR = 'We are sorry, an application error has occurred. Goodbye.';

/** The verbs to play; undefined when neither the address nor the fallback gave any. */
export async function fetchDocument(session: Session, wanted: Fetch): Promise<readonly Element[] | undefined> {
  const first = await tryDocument(session, wanted);
  if ('verbs' in first) return first.verbs;
  if (!session.fallback || session.person.gone.aborted) return undefined;
  const params = { ...wanted.params, ErrorCode: String(first.code), ErrorUrl: wanted.url };
  const second = await tryDocument(session, { kind: 'fallback', url: session.fallback.url, method: session.fallback.method, params });
  return 'verbs' in second ? second.verbs : undefined;
}

async function tryDocument(session: Session, wanted: Fetch): Promise<{ verbs: readonly Element[] } | { code: number }> {
  const { scribe } = session;
  if (!/^https?:\/\/./.test(wanted.url)) return fail(session, { code: 11100, detail: 'Not a URL that can be asked' }, wanted.url);
  const params = { ...session.params, CallStatus: statusNow(session), ...wanted.params };
  const record = await sendWebhook(session.world, scribe, { kind: wanted.kind, callSid: session.sid, url: wanted.url, method: wanted.method, params }, session.deliver);
  if (!record) return fail(session, { code: 11200, detail: 'Dropped on the way' }, wanted.url);
  if (!record.response) return fail(session, record.failure ?? { code: 11200, detail: 'No answer' }, record.url);
  const reading = readTwiml(record.response, session.audience);
  if ('faults' in reading) {
    for (const { code, detail } of reading.faults) scribe.violation(code, detail, record.url);
    return fail(session, reading.faults[0] ?? { code: 12100, detail: 'Unreadable' }, record.url);
  }
  session.url = record.url;
  return reading;
}

function fail(session: Session, { code, detail }: { code: number; detail: string }, url: string): { code: number } {
  session.scribe.step({ what: 'error', code, detail, url });
  return { code };
}

/** Posts a callback whose answer is not followed; it must still be a success. */
export async function postCallback(session: Session, callback: Fetch & { params: Readonly<Record<string, string>> }): Promise<void> {
  const { scribe, world, deliver } = session;
  const params = { ...session.params, ...callback.params };
  const record = await sendWebhook(world, scribe, { kind: callback.kind, callSid: session.sid, url: callback.url, method: callback.method, params }, deliver);
  const status = record?.response?.status;
  if (status !== undefined && (status < 200 || status > 299)) scribe.violation(11200, `HTTP status ${status} to a ${callback.kind} callback`, callback.url);
}
