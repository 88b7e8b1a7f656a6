/** Calls that we place at Bandwidth (https://dev.bandwidth.com/docs/voice/programmable-voice/calls/createCall), which has another API for them than for numbers. Nothing limits how long they last there. */
import { parseJson, textAt } from '../../domain/json.ts';
import { basicAuth } from '../basic-auth.ts';
import type { CarrierAccount, PlacedCalls, PlacedCallState } from '../api.ts';
import { endOrSeeEnded } from '../end-call.ts';
import { createCarrierHttp, refused, unusable, type CarrierAnswer } from '../http.ts';
import { jsonRequest } from '../plain-api.ts';
import { WEBHOOK_USER } from './credentials.ts';

const CARRIER = 'Bandwidth';
const BASE = 'https://voice.bandwidth.com/api/v2';
const ID = /^c-[A-Za-z0-9-]{1,62}$/;
const MOST_RING_SECONDS = 300;

/** `{"type":"validation","description":"…","id":"…"}` */
function checked({ status, text }: CarrierAnswer): CarrierAnswer {
  const description = textAt(parseJson(text), 'description');
  if (status >= 400) throw refused(CARRIER, description === undefined ? `answered ${status}` : `${status} ${description}`, status === 404 ? 'carrier_number_unknown' : 'carrier_refused');
  return { status, text, headers: {} };
}

export function createPlacedCalls({ credentials }: CarrierAccount, timeoutMs: number): PlacedCalls & { close(): void } {
  const { accountId = '', username = '', password = '', webhookPassword = '', applicationId, voiceUrl = BASE } = credentials;
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl: voiceUrl, timeoutMs, headers: { accept: 'application/json', authorization: basicAuth(username, password) } });
  const calls = `/accounts/${encodeURIComponent(accountId)}/calls`;

  async function placedCall(ref: string): Promise<PlacedCallState | undefined> {
    if (!ID.test(ref)) return undefined;
    const answer = await http.ask({ method: 'GET', path: `${calls}/${ref}` });
    if (answer.status === 404) return undefined;
    const call = parseJson(checked(answer).text);
    const state = textAt(call, 'state');
    if (state === undefined) throw unusable(CARRIER, 'gave no usable answer', false);
    return state === 'disconnected' ? { is: 'ended', status: textAt(call, 'disconnectCause') ?? 'unknown' } : { is: 'going-on' };
  }

  return {
    async placeCall({ to, from, answerUrl, statusUrl, ringSeconds }) {
      if (applicationId === undefined) throw refused(CARRIER, 'as which application calls are made is not said');
      const wanted = {
        to, from, applicationId, answerUrl, answerMethod: 'POST', disconnectUrl: statusUrl, disconnectMethod: 'POST', username: WEBHOOK_USER, password: webhookPassword, callTimeout: Math.min(ringSeconds, MOST_RING_SECONDS),
      };
      const ref = textAt(parseJson(checked(await http.ask(jsonRequest('POST', calls, wanted))).text), 'callId');
      if (ref === undefined || !ID.test(ref)) throw unusable(CARRIER, 'gave no usable answer', true);
      return { ref };
    },
    placedCall,
    async endCall(ref) {
      if (ID.test(ref)) await endOrSeeEnded(async () => checked(await http.ask(jsonRequest('POST', `${calls}/${ref}`, { state: 'completed' }))), () => placedCall(ref));
    },
    close: http.close,
  };
}
