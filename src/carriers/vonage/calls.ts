/** Calls that we place at Vonage (https://developer.vonage.com/en/api/voice), as an application of the account: its private key proves who asks. */
import { textAt } from '../../domain/json.ts';
import type { CarrierAccount, PlacedCalls, PlacedCallState } from '../api.ts';
import { endOrSeeEnded } from '../end-call.ts';
import { refused, type CarrierRequest } from '../http.ts';
import { noClock } from '../no-clock.ts';
import { isSipUri } from '../party.ts';
import { jsonRequest } from '../plain-api.ts';
import { UUID } from '../uuid.ts';
import { createTokens } from './application-token.ts';
import { CARRIER } from './requests.ts';
import type { VonageRest } from './rest.ts';

const CALLS = '/v1/calls';
const FINAL = new Set(['completed', 'machine', 'busy', 'cancelled', 'failed', 'rejected', 'timeout', 'unanswered']);
/** "Set the number of seconds that elapse before Vonage hangs up after the call state changes to ringing": at most. */
const MOST_RING_SECONDS = 120;

const digits = (number: string): string => number.replace('+', '');

export function placedCalls({ credentials: { applicationId, privateKey }, now = noClock }: CarrierAccount, rest: VonageRest): PlacedCalls {
  const tokens = applicationId === undefined || privateKey === undefined ? undefined : createTokens(applicationId, privateKey, now);

  async function ask(request: CarrierRequest): Promise<unknown> {
    if (tokens === undefined) throw refused(CARRIER, 'as which application calls are made is not said');
    return rest.calls(request, tokens(request));
  }

  async function placedCall(ref: string): Promise<PlacedCallState | undefined> {
    const found = UUID.test(ref) ? await ask({ method: 'GET', path: `${CALLS}/${ref}` }) : undefined;
    if (found === undefined) return undefined;
    const status = textAt(found, 'status');
    if (status === undefined) throw rest.unusable(false);
    return FINAL.has(status) ? { is: 'ended', status } : { is: 'going-on' };
  }

  return {
    async placeCall({ to, from, answerUrl, statusUrl, ringSeconds, limitSeconds }) {
      const found = await ask(jsonRequest('POST', CALLS, {
        to: [isSipUri(to) ? { type: 'sip', uri: to } : { type: 'phone', number: digits(to) }], from: { type: 'phone', number: digits(from) },
        answer_url: [answerUrl], answer_method: 'POST', event_url: [statusUrl], event_method: 'POST', ringing_timer: Math.min(ringSeconds, MOST_RING_SECONDS), length_timer: limitSeconds,
      }));
      if (found === undefined) throw refused(CARRIER, 'no such application');
      const ref = textAt(found, 'uuid');
      if (ref === undefined || !UUID.test(ref)) throw rest.unusable(true);
      return { ref };
    },
    placedCall,
    async endCall(ref) {
      if (UUID.test(ref)) await endOrSeeEnded(() => ask(jsonRequest('PUT', `${CALLS}/${ref}`, { action: 'hangup' })), () => placedCall(ref));
    },
  };
}
