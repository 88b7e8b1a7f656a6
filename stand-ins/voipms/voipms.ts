/**
 * A stand-in for VoIP.ms: an account behind its REST/JSON API, which answers 200 whatever happens and says the rest in a word. It takes
 * credentials in a form alone, never in the query, and knows nothing of the product. Sources: the methods and words that public clients of
 * the API name, e.g. https://docs.rs/voip-ms and https://pypi.org/project/voipms.
 */
import type { Faults } from '../faults.ts';
import { createRestServer, type Asked, type RestAnswer } from '../rest-server.ts';
import { createAccount, EMPTY, type Account, type AccountOptions, type DidSettings, type HeldDid } from './account.ts';
import { METHODS } from './methods.ts';

export interface VoipmsOptions extends AccountOptions {
  username: string;
  apiPassword: string;
}

export interface Voipms {
  /** Put it in place of `https://voip.ms`. */
  url: string;
  addDid(did: string, settings?: Partial<DidSettings>): HeldDid;
  /** What the portal shows and lets people change, behind the API's back. */
  account: Account;
  faults: Faults;
  requests: readonly Asked[];
  /** False: the address that asks is not on the account's list. */
  allowAddress(allowed: boolean): void;
  close(): Promise<void>;
}

const PATH = '/api/v1/rest.php';
const CREDENTIALS: readonly string[] = ['api_username', 'api_password', 'method'];

function answer(status: string, more: object = {}): RestAnswer {
  return { status: 200, body: { status, ...more } };
}

function paramsOf({ method, path, query, headers, body }: Asked): URLSearchParams | RestAnswer {
  if (path !== PATH) return { status: 404, body: '<html>Not Found</html>' };
  if (query.has('api_password')) return answer('invalid_query', { message: 'credentials do not belong into an address' });
  const form = method === 'POST' && String(headers['content-type']).startsWith('application/x-www-form-urlencoded');
  return form ? new URLSearchParams(body) : answer('missing_method');
}

export async function createVoipms(options: VoipmsOptions): Promise<Voipms> {
  const account = createAccount(options);
  let addressAllowed = true;

  function run(request: Asked): RestAnswer {
    const params = paramsOf(request);
    if (!(params instanceof URLSearchParams)) return params;
    if (!params.has('api_username') || !params.has('api_password')) return answer('missing_credentials');
    if (params.get('api_username') !== options.username || params.get('api_password') !== options.apiPassword) return answer('invalid_credentials');
    if (!addressAllowed) return answer('ip_not_enabled');
    const name = params.get('method') ?? '';
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (!method) return answer(name === '' ? 'missing_method' : 'invalid_method');
    const given = [...params].filter(([param]) => !CREDENTIALS.includes(param));
    if (given.some(([param], at) => !method.params.includes(param) || given.findIndex(([other]) => other === param) !== at)) return answer('invalid_query');
    return { status: 200, body: method.run(account, new Map(given)) };
  }

  const server = await createRestServer({
    answer: run,
    // Its own word names no time; what stands before it may.
    throttled: (withWait) => (withWait ? { status: 429, headers: { 'Retry-After': '7' }, body: 'Too Many Requests' } : answer('api_limit_exceeded')),
    broken: { status: 500, headers: { 'Content-Type': 'text/html' }, body: '<html>Internal Server Error</html>' },
  });
  return {
    url: server.url,
    account,
    faults: server.faults,
    requests: server.requests,
    addDid(did, settings = {}) {
      const held = { did, settings: { ...EMPTY, ...settings } };
      account.dids.set(did, held);
      return held;
    },
    allowAddress(allowed) { addressAllowed = allowed; },
    close: server.close,
  };
}
