/** What every resource of Twilio's APIs has in common: forms that are applied field by field, or refused as a whole, and how refusals look. */
import { formOf, type Asked, type RestAnswer } from '../rest-server.ts';

export interface Refusal {
  status: number;
  code: number;
  message: string;
}

export type Setter<T> = (settings: T, value: string) => Refusal | undefined;

export const refuse = (code: number, message: string): Refusal => ({ status: 400, code, message });

export function isRefusal(value: object): value is Refusal {
  return 'code' in value && 'status' in value;
}

function isHttpUrl(value: string): boolean {
  try {
    return /^https?:$/.test(new URL(value).protocol);
  } catch {
    return false;
  }
}

/** An address of the web, or nothing. */
export function address<Name extends string>(field: Name, code: number): Setter<Record<Name, string>> {
  return (settings, value) => {
    if (value !== '' && !isHttpUrl(value)) return refuse(code, `${value} is not a valid URL`);
    settings[field] = value;
    return undefined;
  };
}

export function httpMethod<Name extends string>(field: Name, code: number): Setter<Record<Name, string>> {
  return (settings, value) => {
    if (value !== 'GET' && value !== 'POST') return refuse(code, `${value} is not a valid method`);
    settings[field] = value;
    return undefined;
  };
}

/** The settings after a form has been applied to them, or why it is refused as a whole. */
export function applied<T extends object>(current: T, form: URLSearchParams, setters: Readonly<Record<string, Setter<T>>>): T | Refusal {
  const next = { ...current };
  for (const [field, value] of form) {
    const setter = setters[field];
    if (!setter) return refuse(20001, `Unknown parameter ${field}`);
    if (form.getAll(field).length > 1) return refuse(20001, `${field} is given more than once`);
    const refusal = setter(next, value);
    if (refusal) return refusal;
  }
  return next;
}

export function error(status: number, code: number, message: string): RestAnswer {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

export const notFound = (path: string): RestAnswer => error(404, 20404, `The requested resource ${path} was not found`);
export const notAllowed = (): RestAnswer => error(405, 20004, 'Method not allowed');

/** One resource: shown, or changed by a form. */
export function resourceAnswer<T extends object>(asked: Asked, resource: { apply(form: URLSearchParams): T | Refusal; keep(next: T): void; show(): object }): RestAnswer {
  if (asked.method === 'GET') return { status: 200, body: resource.show() };
  if (asked.method !== 'POST') return notAllowed();
  const form = formOf(asked);
  if (!form) return error(415, 20415, 'A form is expected');
  const next = resource.apply(form);
  if (isRefusal(next)) return error(next.status, next.code, next.message);
  resource.keep(next);
  return { status: 200, body: resource.show() };
}
