/** How Telnyx' REST API v2 refuses, and what it takes for a body. */
import type { Asked, RestAnswer } from '../rest-server.ts';
import { fieldsOf, invalid, type Refusal } from './account.ts';

export function refusal({ status, code, title, detail }: Refusal): RestAnswer {
  return { status, body: { errors: [{ code, title, detail }] } };
}

export const notFound = (): RestAnswer => refusal({ status: 404, code: '10005', title: 'Resource not found', detail: 'The requested resource or URL could not be found.' });
export function bodyOf(asked: Asked): Readonly<Record<string, unknown>> | Refusal {
  if (!/^application\/json\b/.test(String(asked.headers['content-type'] ?? ''))) return { status: 415, code: '10006', title: 'Unsupported media type', detail: 'JSON is expected' };
  try {
    return fieldsOf(JSON.parse(asked.body)) ?? invalid('The body must be an object');
  } catch {
    return { status: 400, code: '10006', title: 'Bad Request', detail: 'The body is no JSON' };
  }
}
