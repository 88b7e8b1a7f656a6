/** A mark in our own address of what follows a leg: who picked it up was asked to press a key. For carriers that do not tell whether an answered leg was connected. */
import type { Params } from './dialect.ts';
import { first } from './params.ts';

const SCREENED = 'screened';

export function markScreened(afterUrl: string): string {
  return `${afterUrl}${afterUrl.includes('?') ? '&' : '?'}${SCREENED}=1`;
}

export function wasScreened(params: Params): boolean {
  return first(params, SCREENED) === '1';
}
