/** Twilio's REST API for the routing of numbers, through Twilio's SDK. */
import twilio from 'twilio';
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount, CarrierApi, Routing } from '../api.ts';
import { translate } from './errors.ts';
import { createTwilioHttp } from './http-client.ts';

/** The fields of a number that decide where its calls go; diverting and restoring need no others. */
export const ROUTING_FIELDS = ['voiceUrl', 'voiceMethod', 'voiceFallbackUrl', 'voiceFallbackMethod', 'voiceApplicationSid', 'trunkSid', 'statusCallback', 'statusCallbackMethod'] as const;

const DEFAULT_TIMEOUT_MS = 5000;
/** The search is for a part of the number, so others may match too. */
const MAX_MATCHES = 50;

type Resource = Readonly<Partial<Record<(typeof ROUTING_FIELDS)[number], string | null>>>;

function routingOf(resource: Resource): Routing {
  return Object.fromEntries(ROUTING_FIELDS.map((field) => [field, resource[field] ?? '']));
}

function writableOf(fields: Routing): Record<string, string> {
  return Object.fromEntries(ROUTING_FIELDS.flatMap((field) => (fields[field] === undefined ? [] : [[field, fields[field]]])));
}

export function createTwilioApi(account: CarrierAccount): CarrierApi {
  const { accountSid = '', authToken = '' } = account.credentials;
  const http = createTwilioHttp({ baseUrl: account.baseUrl, timeoutMs: account.timeoutMs ?? DEFAULT_TIMEOUT_MS });
  // Set to nothing rather than left out, else the SDK looks for them in the environment.
  const client = new twilio.Twilio(accountSid, authToken, { accountSid, edge: '', region: '', logLevel: '', httpClient: http.client });

  async function read(ref: string, number?: string): Promise<Routing> {
    const resource = await client.incomingPhoneNumbers(ref).fetch();
    // The SDK takes any body for a resource; without this, somebody's HTML page would read as "nothing is set".
    if (resource.sid !== ref) throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
    if (number !== undefined && resource.phoneNumber !== number) throw new Failure('carrier_number_unknown', `${ref} is another number at Twilio`);
    return routingOf(resource);
  }

  async function readRouting(ref: string, number?: string): Promise<Routing> {
    try {
      return await read(ref, number);
    } catch (error) {
      throw translate(error).failure;
    }
  }

  return {
    async findNumber(e164) {
      try {
        const matches = await client.incomingPhoneNumbers.list({ phoneNumber: e164, limit: MAX_MATCHES });
        const match = matches.find(({ phoneNumber }) => phoneNumber === e164);
        return match && { ref: match.sid, routing: routingOf(match) };
      } catch (error) {
        const { failure } = translate(error);
        // It is the account that is not found here: an unknown number is an empty list.
        throw failure.code === 'carrier_number_unknown' ? new Failure('carrier_refused', failure.message) : failure;
      }
    },
    readRouting,
    async setRouting(ref, fields) {
      try {
        await client.incomingPhoneNumbers(ref).update(writableOf(fields));
      } catch (error) {
        const { failure, unknown } = translate(error);
        throw unknown ? new Failure('carrier_outcome_unknown', failure.message) : failure;
      }
      return {};
    },
    close: http.close,
  };
}
