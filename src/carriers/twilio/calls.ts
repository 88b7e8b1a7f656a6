/** Calls that we place at Twilio (https://www.twilio.com/docs/voice/api/call-resource), through Twilio's SDK. */
import type twilio from 'twilio';
import { Failure } from '../../domain/errors.ts';
import type { PlacedCalls } from '../api.ts';
import { translate } from './errors.ts';

type Client = InstanceType<typeof twilio.Twilio>;

/** "Twilio always adds a five-second timeout buffer", here as with `<Dial>`. */
const ADDED_SECONDS = 5;
const LEAST_SECONDS = 5;
const FINAL = new Set(['completed', 'busy', 'no-answer', 'canceled', 'failed']);
/** "Call is not in-progress": it ended meanwhile (https://www.twilio.com/docs/api/errors/21220). */
const ENDED = 21_220;

export function placedCalls(client: Client): PlacedCalls {
  return {
    async placeCall({ to, from, answerUrl, statusUrl, ringSeconds, limitSeconds }) {
      try {
        const { sid } = await client.calls.create({
          to, from, url: answerUrl, method: 'POST', timeout: Math.max(LEAST_SECONDS, ringSeconds - ADDED_SECONDS), timeLimit: limitSeconds,
          statusCallback: statusUrl, statusCallbackMethod: 'POST', statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
        });
        // The SDK takes any body for a resource.
        if (typeof sid !== 'string' || !sid.startsWith('CA')) throw new Failure('carrier_outcome_unknown', 'Twilio gave no usable answer; whether it calls is not known');
        return { ref: sid };
      } catch (error) {
        const { failure, unknown } = translate(error);
        throw unknown ? new Failure('carrier_outcome_unknown', failure.message) : failure;
      }
    },
    async placedCall(ref) {
      try {
        const { status } = await client.calls(ref).fetch();
        if (typeof status !== 'string') throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
        return FINAL.has(status) ? { is: 'ended', status } : { is: 'going-on' };
      } catch (error) {
        const { failure } = translate(error);
        if (failure.code === 'carrier_number_unknown') return undefined;
        throw failure;
      }
    },
    async endCall(ref) {
      try {
        await client.calls(ref).update({ status: 'completed' });
      } catch (error) {
        const { failure } = translate(error);
        const ended = (error as { code?: unknown }).code === ENDED || failure.code === 'carrier_number_unknown';
        if (!ended) throw failure;
      }
    },
  };
}
