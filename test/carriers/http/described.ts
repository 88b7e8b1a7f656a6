/** The carriers of docs/carriers/http.md, at the stand-in. */
import { createHttpApi } from '../../../src/carriers/http/api.ts';
import type { CarrierApi } from '../../../src/carriers/api.ts';
import type { Carrier } from '../../../src/domain/carrier.ts';
import type { HttpApi, HttpAuth } from '../../../src/domain/http-api.ts';
import type { AuthWay } from '../../../stand-ins/http/credentials.ts';
import { createHttpCarrier, type HttpCarrier } from '../../../stand-ins/http/http-carrier.ts';
import { blocksOf, read } from '../../support/tree.ts';

const [paths, words] = blocksOf(read('docs/carriers/http.md'), 'json').map((text) => JSON.parse(text) as Carrier);
if (!paths?.api || !words?.api) throw new Error('docs/carriers/http.md has not the two examples');

/** The one of paths and statuses, and the one that answers 200 whatever happens. */
export const PATHS: Carrier & { api: HttpApi } = { ...paths, api: paths.api };
export const WORDS: Carrier & { api: HttpApi } = { ...words, api: words.api };

export const USER = 'office';
export const SECRET = 'a-secret&of=the+test';
export const NOW = 1_800_000_000_000;

export const AUTHS: Readonly<Record<AuthWay, HttpAuth>> = {
  basic: { by: 'basic' },
  bearer: { by: 'bearer' },
  header: { by: 'header', header: 'X-Api-Key' },
  hmac: {
    by: 'hmac', header: 'X-Signature', value: 'ACME {user}:{signature}', hash: 'sha256', encoding: 'base64', sign: '{timestamp}\n{method}\n{target}\n{body-sha256}', timestampHeader: 'X-Timestamp', timestamp: 'seconds',
  },
};

/** `now`: milliseconds since 1970; default a moment that never changes. */
export function openStandIn(auth: AuthWay = 'bearer', mostOfAPage = 100, now: () => number = () => NOW): Promise<HttpCarrier> {
  return createHttpCarrier({ mostOfAPage, user: USER, secret: SECRET, auth, clock: { now } });
}

/** `path` below the stand-in's address. */
export function openDescribed(api: HttpApi, url: string, { secret = SECRET, timeoutMs = 300, now = (): number => NOW } = {}): CarrierApi {
  return createHttpApi({ credentials: { user: USER, secret }, baseUrl: url, timeoutMs, api, now });
}
