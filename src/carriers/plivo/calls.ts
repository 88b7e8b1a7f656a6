/** Calls that we place at Plivo (https://www.plivo.com/docs/voice/api/call/make-a-call). */
import { member, textAt } from '../../domain/json.ts';
import type { PlacedCalls, PlacedCallState } from '../api.ts';
import { endOrSeeEnded } from '../end-call.ts';
import { refused } from '../http.ts';
import { isSipUri } from '../party.ts';
import { jsonRequest } from '../plain-api.ts';
import { UUID } from '../uuid.ts';
import { accountPath, CARRIER } from './requests.ts';
import type { PlivoRest } from './rest.ts';

/** What its record has as the cause of its end (https://www.plivo.com/docs/voice/troubleshooting/hangup-causes), and the word of its webhooks for the same. */
const STATUSES: readonly (readonly [cause: RegExp, status: string])[] = [[/^busy/i, 'busy'], [/^rejected/i, 'rejected'], [/^(?:no answer|ring timeout)/i, 'no-answer'], [/^cancel/i, 'cancel']];

const addressOf = (to: string): string => (isSipUri(to) ? to : to.replace(/^\+/, ''));

/** From the record of a call that is over. */
function statusOf(record: unknown): string {
  const cause = textAt(record, 'hangup_cause_name') ?? '';
  const [, known] = STATUSES.find(([words]) => words.test(cause)) ?? [];
  return known ?? (typeof member(record, 'answer_time') === 'string' ? 'completed' : 'failed');
}

export function placedCalls(authId: string, rest: PlivoRest): PlacedCalls {
  const calls = `${accountPath(authId)}/Call/`;

  async function placedCall(ref: string): Promise<PlacedCallState | undefined> {
    if (!UUID.test(ref)) return undefined;
    const read = (query: string) => rest.ask({ method: 'GET', path: `${calls}${ref}/${query}` });
    for (const query of ['?status=live', '?status=queued']) if ((await read(query)) !== undefined) return { is: 'going-on' };
    const record = await read('');
    return record === undefined ? undefined : { is: 'ended', status: statusOf(record) };
  }

  return {
    async placeCall({ to, from, answerUrl, statusUrl, ringSeconds, limitSeconds }) {
      // It divides one destination from the next.
      if (to.includes('<')) throw refused(CARRIER, 'one destination is called, not several');
      const found = await rest.ask(jsonRequest('POST', calls, {
        from: addressOf(from), to: addressOf(to), answer_url: answerUrl, answer_method: 'POST', ring_url: statusUrl, ring_method: 'POST', hangup_url: statusUrl, hangup_method: 'POST',
        ring_timeout: ringSeconds, time_limit: limitSeconds,
      }));
      if (found === undefined) throw refused(CARRIER, 'no such account');
      const ref = textAt(found, 'request_uuid');
      if (ref === undefined || !UUID.test(ref)) throw rest.unusable(true);
      return { ref };
    },
    placedCall,
    async endCall(ref) {
      if (UUID.test(ref)) await endOrSeeEnded(() => rest.ask({ method: 'DELETE', path: `${calls}${ref}/` }), () => placedCall(ref));
    },
  };
}
