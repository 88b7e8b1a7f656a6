/** VoIP.ms' one address: the answer is 200 whatever happened, and a word in it says what did. */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount } from '../api.ts';
import { createCarrierHttp, type CarrierHttp, refused, throttled, unusable } from '../http.ts';
import { member, parseJson } from '../../domain/json.ts';
import { askerFor, plainVoipms } from './requests.ts';

export interface VoipmsRest {
  /** The answer of a method that reads; undefined when it says that there is none. */
  read(method: string, params?: Readonly<Record<string, string>>): Promise<unknown>;
  write(method: string, params: Readonly<Record<string, string>>): Promise<unknown>;
  saidLimits: CarrierHttp['saidLimits'];
  close(): void;
}

export const CARRIER = 'VoIP.ms';
/** All numbers of the account come in one answer, some 1.2 kB each. */
const MAX_ANSWER_BYTES = 20_000_000;

/** "There are no DIDs", "There was no Forwarding", "There are no SIP URIs". */
const NONE = new Set(['no_did', 'no_forwarding', 'no_sipuri']);
const NUMBER_UNKNOWN = new Set(['invalid_did', 'no_did']);
/** "This API method is under maintenance": it was not looked at. */
const CLOSED = 'method_maintenance';
const LIMIT = 'api_limit_exceeded';
/** "please try later", "unavailable at this moment", "One of our providers is out of service": in the midst of it, for all one knows. */
const IN_TROUBLE = new Set(['tls_error', 'unavailable_info', 'provider_outofservice']);

function failureFor(word: string, write: boolean): Failure {
  if (NUMBER_UNKNOWN.has(word)) return refused(CARRIER, word, 'carrier_number_unknown');
  if (word === CLOSED) return new Failure('carrier_unavailable', `${CARRIER}: ${word}; nothing was done`);
  return IN_TROUBLE.has(word) ? unusable(CARRIER, `answered ${word}`, write) : refused(CARRIER, word);
}

export function createVoipmsRest(account: CarrierAccount, timeoutMs: number): VoipmsRest {
  const { baseUrl, headers } = plainVoipms(account);
  const request = askerFor(account.credentials);
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl, timeoutMs, headers, maxAnswerBytes: MAX_ANSWER_BYTES });

  async function ask(method: string, params: Readonly<Record<string, string>>, write: boolean): Promise<{ word: string; answer: unknown }> {
    const { status, text } = await http.ask({ ...request(method, params), reads: !write });
    // The API itself knows no other status: this is somebody before it, who let nothing through.
    if (status !== 200) throw unusable(CARRIER, `answered ${status}`, false);
    const answer = parseJson(text);
    const word = member(answer, 'status');
    if (typeof word !== 'string' || !/^\w{1,80}$/.test(word)) throw unusable(CARRIER, 'gave no usable answer', write);
    if (word === LIMIT) throw throttled(CARRIER, undefined);
    return { word, answer };
  }

  return {
    async read(method, params = {}) {
      const { word, answer } = await ask(method, params, false);
      if (NONE.has(word)) return undefined;
      if (word !== 'success') throw failureFor(word, false);
      return answer;
    },
    async write(method, params) {
      const { word, answer } = await ask(method, params, true);
      if (word !== 'success') throw failureFor(word, true);
      return answer;
    },
    saidLimits: http.saidLimits,
    close: http.close,
  };
}
