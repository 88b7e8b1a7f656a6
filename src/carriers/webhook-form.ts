/** Which part of a webhook in forms carries its parameters: exactly the parts that its signature covers, and nothing else. */
import type { Params, WebhookRequest } from './dialect.ts';
import { parseForm } from './form.ts';

const FORM = /^application\/x-www-form-urlencoded(?:\s*;|\s*$)/i;

export function queryOf(target: string): string {
  const mark = target.indexOf('?');
  return mark === -1 ? '' : target.slice(mark + 1);
}

export function isPost(request: WebhookRequest): boolean {
  return request.method.toUpperCase() === 'POST';
}

/** A body without a type is taken for a form, the one type in which carriers of this family post calls. */
export function hasForm(request: WebhookRequest): boolean {
  const type = request.headers['content-type'];
  const first = Array.isArray(type) ? type[0] : type;
  return isPost(request) && (first === undefined || FORM.test(first.trim()));
}

/** Parameters of the form alone: those that are signed one by one. */
export function formParams(request: WebhookRequest): Map<string, string[]> {
  return hasForm(request) ? parseForm(request.body.toString('utf8')) : new Map<string, string[]>();
}

/** The form's parameters, then those of the query, so that a query never hides what the carrier says. */
export function parseWebhook(request: WebhookRequest): Params {
  return parseForm(queryOf(request.target), formParams(request));
}
