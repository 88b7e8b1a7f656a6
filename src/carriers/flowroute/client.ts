/** Requests to Flowroute's API v2: JSON:API with Basic credentials; refusals in the catalogue's words. */
import type { Failure } from '../../domain/errors.ts';
import { basicAuth } from '../basic-auth.ts';
import { createCarrierHttp, refused, unusable, type CarrierAnswer } from '../http.ts';
import { listAt, parseJson, textAt } from '../../domain/json.ts';

export interface FlowrouteClient {
  /** The document at this path. Throws `carrier_number_unknown` for what is not there. */
  read(path: string): Promise<unknown>;
  /** The document that was answered, undefined when there is none. Throws `carrier_number_unknown` for what is not there. */
  write(method: 'POST' | 'PATCH' | 'DELETE', path: string, document?: object): Promise<unknown>;
  close(): void;
}

const BASE = 'https://api.flowroute.com';
const JSON_API = 'application/vnd.api+json';

/** `{"errors":[{"id","status","title","detail"}]}` in words; undefined for what is no document of the API. */
function refusal({ status, text }: CarrierAnswer): Failure | undefined {
  const [error] = listAt(parseJson(text), 'errors');
  if (error === undefined) return undefined;
  const said = [textAt(error, 'title'), textAt(error, 'detail')].filter((part) => part !== undefined && part !== '').join(': ');
  return refused('Flowroute', `${status}${said === '' ? '' : ` ${said}`}`, status === 404 ? 'carrier_number_unknown' : 'carrier_refused');
}

export function createFlowrouteClient(options: { accessKey: string; secretKey: string; baseUrl: string | undefined; timeoutMs: number }): FlowrouteClient {
  const { accessKey, secretKey, timeoutMs } = options;
  const http = createCarrierHttp({ carrier: 'Flowroute', baseUrl: options.baseUrl ?? BASE, timeoutMs, headers: { authorization: basicAuth(accessKey, secretKey), accept: JSON_API } });

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
    async write(method, path, document) {
      // The type goes with every request, those without a body too (https://developer.flowroute.com/api/numbers/v2.0/remove-voice-route/).
      const request = { method, path, headers: { 'content-type': JSON_API }, ...(document === undefined ? {} : { body: JSON.stringify(document) }) };
      return parseJson(accepted(await http.ask(request)).text);
    },
    close: http.close,
  };
}
