/** The parameters of a webhook in JSON: the members of its body by dotted names, then those of its query. */
import type { Params, WebhookRequest } from './dialect.ts';
import { MAX_PARAMS, parseForm } from './form.ts';
import { parseJson } from '../domain/json.ts';
import { isPost, queryOf } from './webhook-form.ts';

const JSON_TYPE = /^application\/json(?:\s*;|\s*$)/i;
/** Events have members within members, and no more than a few deep. */
const MAX_DEPTH = 8;

/** Texts, numbers and truths; of a list each element by the name of the list. What is null is not there. */
function flatten(value: unknown, name: string, depth: number, into: Map<string, string[]>): void {
  if (into.size >= MAX_PARAMS || depth > MAX_DEPTH) return;
  if (Array.isArray(value)) for (const element of value) flatten(element, name, depth + 1, into);
  else if (typeof value === 'object' && value !== null) for (const [member, inner] of Object.entries(value)) flatten(inner, name === '' ? member : `${name}.${member}`, depth + 1, into);
  else if (name !== '' && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')) {
    const values = into.get(name);
    if (values === undefined) into.set(name, [String(value)]);
    else if (values.length < MAX_PARAMS) values.push(String(value));
  }
}

export function parseJsonWebhook(request: WebhookRequest): Params {
  const type = request.headers['content-type'];
  const params = new Map<string, string[]>();
  if (isPost(request) && JSON_TYPE.test((Array.isArray(type) ? type[0] : type)?.trim() ?? '')) flatten(parseJson(request.body.toString('utf8')), '', 0, params);
  return parseForm(queryOf(request.target), params);
}
