/** Calls that we place at SignalWire (compatible REST API, `Calls`), which are Twilio's but for the longest that they may last: nothing limits that there. */
import { codeOf } from '../../domain/errors.ts';
import { textAt } from '../../domain/json.ts';
import type { PlacedCalls, PlacedCallState } from '../api.ts';
import { endOrSeeEnded } from '../end-call.ts';
import { unusable, type CarrierRequest } from '../http.ts';
import { overUdp } from './dialect.ts';
import { accountPath, CARRIER, checkedId } from './requests.ts';

const FINAL = new Set(['completed', 'busy', 'no-answer', 'canceled', 'failed']);

export function placedCalls(projectId: string, ask: (request: CarrierRequest) => Promise<unknown>): PlacedCalls {
  const path = `${accountPath(projectId)}/Calls`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };

  async function placedCall(ref: string): Promise<PlacedCallState | undefined> {
    try {
      const status = textAt(await ask({ method: 'GET', path: `${path}/${checkedId(ref)}` }), 'status');
      if (status === undefined) throw unusable(CARRIER, 'gave no usable answer', false);
      return FINAL.has(status) ? { is: 'ended', status } : { is: 'going-on' };
    } catch (error) {
      if (codeOf(error) === 'carrier_number_unknown') return undefined;
      throw error;
    }
  }

  return {
    async placeCall({ to, from, answerUrl, statusUrl, ringSeconds }) {
      const form = new URLSearchParams({ To: overUdp(to), From: from, Url: answerUrl, Method: 'POST', StatusCallback: statusUrl, StatusCallbackMethod: 'POST', Timeout: String(ringSeconds) });
      for (const event of ['initiated', 'ringing', 'answered', 'completed']) form.append('StatusCallbackEvent', event);
      const ref = textAt(await ask({ method: 'POST', path, headers, body: form.toString() }), 'sid');
      if (ref === undefined) throw unusable(CARRIER, 'gave no usable answer', true);
      return { ref };
    },
    placedCall,
    async endCall(ref) {
      const end = () => ask({ method: 'POST', path: `${path}/${checkedId(ref)}`, headers, body: 'Status=completed' });
      await endOrSeeEnded(end, () => placedCall(ref));
    },
  };
}
