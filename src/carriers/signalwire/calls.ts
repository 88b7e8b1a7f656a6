/** Calls that we place at SignalWire (compatible REST API, `Calls`), which are Twilio's but for the longest that they may last: nothing limits that there. */
import { Failure } from '../../domain/errors.ts';
import { textAt } from '../../domain/json.ts';
import type { CarrierApi } from '../api.ts';
import { unusable, type CarrierRequest } from '../http.ts';
import { overUdp } from './dialect.ts';
import { accountPath, CARRIER, checkedId } from './requests.ts';

const FINAL = new Set(['completed', 'busy', 'no-answer', 'canceled', 'failed']);

export function placedCalls(projectId: string, ask: (request: CarrierRequest) => Promise<unknown>): Required<Pick<CarrierApi, 'placeCall' | 'placedCall' | 'endCall'>> {
  const path = `${accountPath(projectId)}/Calls`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };

  async function statusOf(ref: string): Promise<string | undefined> {
    const found = await ask({ method: 'GET', path: `${path}/${checkedId(ref)}` });
    const status = textAt(found, 'status');
    if (status === undefined) throw unusable(CARRIER, 'gave no usable answer', false);
    return status;
  }

  return {
    async placeCall({ to, from, answerUrl, statusUrl, ringSeconds }) {
      const form = new URLSearchParams({ To: overUdp(to), From: from, Url: answerUrl, Method: 'POST', StatusCallback: statusUrl, StatusCallbackMethod: 'POST', Timeout: String(ringSeconds) });
      for (const event of ['initiated', 'ringing', 'answered', 'completed']) form.append('StatusCallbackEvent', event);
      const ref = textAt(await ask({ method: 'POST', path, headers, body: form.toString() }), 'sid');
      if (ref === undefined) throw unusable(CARRIER, 'gave no usable answer', true);
      return { ref };
    },
    async placedCall(ref) {
      try {
        const status = (await statusOf(ref)) ?? '';
        return FINAL.has(status) ? { is: 'ended', status } : { is: 'going-on' };
      } catch (error) {
        if (error instanceof Failure && error.code === 'carrier_number_unknown') return undefined;
        throw error;
      }
    },
    async endCall(ref) {
      try {
        await ask({ method: 'POST', path: `${path}/${checkedId(ref)}`, headers, body: 'Status=completed' });
      } catch (error) {
        // Refused as of one that has ended: it is seen whether it has.
        if (!(error instanceof Failure) || (error.code !== 'carrier_refused' && error.code !== 'carrier_number_unknown')) throw error;
        if (error.code === 'carrier_refused' && !FINAL.has((await statusOf(ref)) ?? '')) throw error;
      }
    },
  };
}
