/** A mark in our own address of what follows a leg: who picked it up was asked to press a key. For carriers that do not tell whether an answered leg was connected. */
import type { Params } from './dialect.ts';
import { first } from './params.ts';

const SCREENED = 'screened';
/** Who does not press a key is hung up on within this time. */
const SCREENING_SECONDS = 30;

export function markScreened(afterUrl: string): string {
  return `${afterUrl}${afterUrl.includes('?') ? '&' : '?'}${SCREENED}=1`;
}

export function wasScreened(params: Params): boolean {
  return first(params, SCREENED) === '1';
}

/**
 * Whether an answered leg, `seconds` long, counts as not taken for it was screened and ended so soon: at worst a caller whose talk was
 * that short hears the next one ring.
 */
export function endedInScreening(params: Params, seconds: number | undefined): boolean {
  return wasScreened(params) && (seconds ?? 0) < SCREENING_SECONDS;
}
