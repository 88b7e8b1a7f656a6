/** One parameter of a webhook, as what it should be: whatever is missing, too long or something else gives a plain value, never an exception. */
import type { Params } from './dialect.ts';

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
const WORD = /^[a-z-]{1,32}$/;
const KEYS = /^[0-9*#]{1,32}$/;
const WEB_ADDRESS = /^https?:\/\/[\x21-\x7e]{1,2000}$/;

/** Of a doubled parameter the first counts. */
export function first(params: Params, name: string): string {
  return params.get(name)?.[0] ?? '';
}

/** A status word in lower case, empty when it is none. */
export function word(params: Params, name: string): string {
  const text = first(params, name).slice(0, 64).trim().toLowerCase();
  return WORD.test(text) ? text : '';
}

/** A whole number of at most nine digits, undefined for anything else. */
export function whole(params: Params, name: string): number | undefined {
  const text = first(params, name);
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** An id as carriers make them, empty when it is none. */
export function token(params: Params, name: string): string {
  const text = first(params, name);
  return TOKEN.test(text) ? text : '';
}

/** Keys of a telephone. */
export function keys(params: Params, name: string): string | undefined {
  const text = first(params, name);
  return KEYS.test(text) ? text : undefined;
}

/** An address of the web. */
export function address(params: Params, name: string): string | undefined {
  const text = first(params, name);
  return WEB_ADDRESS.test(text) ? text : undefined;
}
