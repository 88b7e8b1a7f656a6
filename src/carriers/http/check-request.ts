/** The laws of one described request: which placeholders may stand where, and what may be sent at all. */
import type { FieldIssue } from '../../domain/errors.ts';
import type { HttpRequest } from '../../domain/http-api.ts';
import { textsIn } from './request.ts';
import { hasStrayBrace, placeholdersOf } from './template.ts';

/** Made by ourselves, from the request or the credentials. */
export const UNSETTABLE_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'upgrade', 'expect', 'te', 'trailer', 'keep-alive', 'proxy-authorization', 'cookie']);
const MAX_DEPTH = 20;

export function* templateIssues(at: string, template: string, allowed: readonly string[]): Generator<FieldIssue> {
  if (hasStrayBrace(template)) yield { at, detail: 'has a brace that belongs to no placeholder such as `{ref}`' };
  for (const name of placeholdersOf(template)) {
    if (!allowed.includes(name)) yield { at, detail: `{${name}} cannot stand here; ${allowed.length === 0 ? 'nothing can' : `only ${allowed.map((one) => `{${one}}`).join(', ')}`}` };
  }
}

/** Placeholders stand in content or in quoted attributes, and nowhere where they would mean something else. */
function xmlFault(template: string): string | undefined {
  const document = template.replace(/^\s*<\?xml [^<>{}]*\?>/, '');
  if (/<[!?]/.test(document)) return 'comments, CDATA, document types and processing instructions are not taken';
  if (!/^\s*<[A-Za-z_]/.test(document)) return 'is no XML document';
  const bare = document.replace(/<[^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>/g, (tag) => {
    const unquoted = tag.replace(/"[^"]*"|'[^']*'/g, '');
    return /[{}]/.test(unquoted) ? '<' : '';
  });
  return bare.includes('<') ? 'a placeholder stands in a tag outside of quotes, or a tag has no end' : undefined;
}

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
}

export function* bodyIssues(where: string, { method, body }: HttpRequest): Generator<FieldIssue> {
  if (body === undefined) return;
  const given = (['json', 'form', 'xml'] as const).filter((kind) => body[kind] !== undefined);
  if (given.length !== 1) yield { at: `${where}/body`, detail: 'is one of `json`, `form` and `xml`' };
  if (method === 'GET') yield { at: `${where}/body`, detail: 'GET has no body' };
  const fault = body.xml === undefined ? undefined : xmlFault(body.xml);
  if (fault !== undefined) yield { at: `${where}/body/xml`, detail: fault };
  if (depthOf(body.json) > MAX_DEPTH) yield { at: `${where}/body/json`, detail: `is nested deeper than ${MAX_DEPTH}` };
}

/** `plain`: what stands in addresses and headers; `parameters`: also in the query and the body; `body`: also in the body, which nobody on the way keeps. */
export function* requestIssues(where: string, { path, query = {}, headers = {}, body = {} }: HttpRequest, names: { plain: readonly string[]; parameters: readonly string[]; body: readonly string[] }): Generator<FieldIssue> {
  const parameters = [...names.plain, ...names.parameters];
  const all = [...parameters, ...names.body];
  yield* templateIssues(`${where}/path`, path, names.plain);
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) yield { at: `${where}/path`, detail: 'has a segment of dots' };
  for (const [name, template] of Object.entries(query)) yield* templateIssues(`${where}/query/${name}`, template, parameters);
  for (const [name, template] of Object.entries(headers)) {
    const at = `${where}/headers/${name}`;
    yield* templateIssues(at, template, names.plain);
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) yield { at, detail: 'is no name of a header' };
    else if (UNSETTABLE_HEADERS.has(name.toLowerCase()) || name.toLowerCase() === 'authorization') yield { at, detail: 'is made from the request and `auth`' };
    if (!/^[\x20-\x7e]*$/.test(template)) yield { at, detail: 'has characters other than those of ASCII' };
  }
  for (const [name, template] of Object.entries(body.form ?? {})) yield* templateIssues(`${where}/body/form/${name}`, template, all);
  if (body.xml !== undefined) yield* templateIssues(`${where}/body/xml`, body.xml, all);
  for (const text of textsIn(body.json)) yield* templateIssues(`${where}/body/json`, text, all);
}
