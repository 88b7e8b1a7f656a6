/** Requests to Bandwidth's Numbers API: XML with Basic credentials; refusals in the catalogue's words. */
import { Failure } from '../../domain/errors.ts';
import type { CarrierAccount } from '../api.ts';
import { createCarrierHttp, refused, unusable, type CarrierAnswer, type CarrierHttp, type CarrierRequest } from '../http.ts';
import { authorization } from '../plain-api.ts';
import { parseAnswer, within, type XmlElement } from './answer-xml.ts';
import { plainBandwidth } from './requests.ts';

export interface BandwidthClient {
  /** The root of what is at this path. Throws `carrier_number_unknown` for what is not there. */
  read(path: string): Promise<XmlElement>;
  /** The root of what was answered. */
  order(request: CarrierRequest): Promise<XmlElement>;
  saidLimits: CarrierHttp['saidLimits'];
  close(): void;
}

const CONFLICT = 409;

/** Wherever an answer has them: `<ErrorCode>` or `<Code>`, beside `<Description>`. */
export function errorsIn(element: XmlElement): string[] {
  const code = within(element, 'ErrorCode') ?? within(element, 'Code');
  const description = within(element, 'Description')?.text ?? '';
  const own = code === undefined ? [] : [`${code.text} ${description}`.trim()];
  return [...own, ...element.children.flatMap(errorsIn)];
}

function refusal({ status, text }: CarrierAnswer): Failure {
  const root = parseAnswer(text);
  // Not the API's own words: something in between answered, and nothing was done.
  if (root === undefined && status !== 401 && status !== 403) return unusable('Bandwidth', `answered ${status}`, false);
  const said = root === undefined ? '' : (errorsIn(root)[0] ?? within(root, 'ResponseStatus', 'Description')?.text ?? '');
  // Another order has the number just now: later it can be done.
  if (status === CONFLICT) return new Failure('carrier_unavailable', 'Bandwidth is carrying out another order for this number; nothing was done');
  return refused('Bandwidth', `${status}${said === '' ? '' : ` ${said}`}`, status === 404 ? 'carrier_number_unknown' : 'carrier_refused');
}

export function createBandwidthClient(account: CarrierAccount, timeoutMs: number): BandwidthClient {
  const { baseUrl, headers, auth } = plainBandwidth(account);
  const http = createCarrierHttp({ carrier: 'Bandwidth', baseUrl, timeoutMs, headers: { ...headers, ...authorization(auth, account.credentials) } });

  function rootOf(answer: CarrierAnswer, write: boolean): XmlElement {
    if (answer.status >= 400) throw refusal(answer);
    const root = parseAnswer(answer.text);
    if (root === undefined) throw unusable('Bandwidth', 'gave no usable answer', write);
    return root;
  }

  return {
    read: async (path) => rootOf(await http.ask({ method: 'GET', path }), false),
    order: async (request) => rootOf(await http.ask(request), true),
    saidLimits: http.saidLimits,
    close: http.close,
  };
}
