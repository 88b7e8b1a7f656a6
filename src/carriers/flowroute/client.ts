/** Requests to Flowroute's API v2: JSON:API with Basic credentials; refusals in the catalogue's words. */
import type { Failure } from '../../domain/errors.ts';
import type { CarrierAccount } from '../api.ts';
import { createCarrierHttp, refused, unusable, type CarrierAnswer, type CarrierHttp, type CarrierRequest } from '../http.ts';
import { listAt, parseJson, textAt } from '../../domain/json.ts';
import { authorization } from '../plain-api.ts';
import { CARRIER, plainFlowroute } from './requests.ts';

export interface FlowrouteClient {
  /** The document at this path. Throws `carrier_number_unknown` for what is not there. */
  read(path: string): Promise<unknown>;
  /** The document that was answered, undefined when there is none. Throws `carrier_number_unknown` for what is not there. */
  write(request: CarrierRequest): Promise<unknown>;
  saidLimits: CarrierHttp['saidLimits'];
  close(): void;
}

/** `{"errors":[{"id","status","title","detail"}]}` in words; undefined for what is no document of the API. */
function refusal({ status, text }: CarrierAnswer): Failure | undefined {
  const [error] = listAt(parseJson(text), 'errors');
  if (error === undefined) return undefined;
  const said = [textAt(error, 'title'), textAt(error, 'detail')].filter((part) => part !== undefined && part !== '').join(': ');
  return refused('Flowroute', `${status}${said === '' ? '' : ` ${said}`}`, status === 404 ? 'carrier_number_unknown' : 'carrier_refused');
}

export function createFlowrouteClient(account: CarrierAccount, timeoutMs: number): FlowrouteClient {
  const { baseUrl, headers, auth } = plainFlowroute(account);
  const http = createCarrierHttp({ carrier: CARRIER, baseUrl, timeoutMs, headers: { ...headers, ...authorization(auth, account.credentials) } });

  /** A 4xx that is not in the API's own format comes from something in between: nothing was done. */
  function accepted(answer: CarrierAnswer): CarrierAnswer {
    if (answer.status >= 400) throw refusal(answer) ?? unusable('Flowroute', `answered ${answer.status}`, false);
    return answer;
  }

  return {
    async read(path) {
      const document = parseJson(accepted(await http.ask({ method: 'GET', path })).text);
      if (document === undefined) throw unusable('Flowroute', 'gave no usable answer', false);
      return document;
    },
    write: async (request) => parseJson(accepted(await http.ask(request)).text),
    saidLimits: http.saidLimits,
    close: http.close,
  };
}
