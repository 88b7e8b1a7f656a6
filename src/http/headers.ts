/** The headers that every answer has, whoever asked for whatever. No answer has one that opens it to pages of another origin (CORS): none is meant for them. */

/** Nothing that is sent is a page: should a browser take it for one, it may load nothing, run nothing and be framed by nobody. */
const NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Of the page of the API's docs, which has all of its parts here and asks nobody else. */
export const DOCS_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'; font-src 'self' data:; img-src 'self' data:; script-src 'self'; style-src 'self'";
const YEAR_SECONDS = 31_536_000;

/** Name, value, name, value. `https`: the public origin is one of https, where HSTS (RFC 6797) means something. */
export function standingHeaders(https: boolean): readonly string[] {
  return [
    'x-content-type-options', 'nosniff',
    'cache-control', 'no-store',
    'referrer-policy', 'no-referrer',
    'content-security-policy', NO_PAGE,
    ...(https ? ['strict-transport-security', `max-age=${YEAR_SECONDS}`] : []),
  ];
}
