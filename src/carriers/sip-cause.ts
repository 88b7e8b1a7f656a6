/**
 * What the final SIP status of a leg that was not connected says: how the leg ended, and what that tells of the
 * place it was sent to. After RFC 3261 (21) and RFC 3398 (7.2.4.1), classed by field practice.
 */
import type { CauseClass, LegResult } from '../domain/leg.ts';

/** Nobody there answers SIP, or says that it cannot reach what is behind it. */
const DOWN = new Set([408, 502, 503, 504]);
/** It lives and could not cope; 503 with Retry-After would belong here, but carriers do not pass that header on. */
const OVERLOADED = new Set([500]);
/** What people did, or what is wrong with this one number or call: never counts against the place. */
const USER = new Set([410, 484, 486, 487, 488, 600, 603, 606, 607, 608]);

const BUSY = new Set([486, 600]);
/** 607 Unwanted (RFC 8197), 608 Rejected (RFC 8688). */
const DECLINED = new Set([603, 607, 608]);
const REQUEST_TERMINATED = 487;

/** All others, 403, 404 and 480 among them, mean different things at different makers of PBXs. */
export function sipCause(status: number): CauseClass {
  if (DOWN.has(status)) return 'down';
  if (OVERLOADED.has(status)) return 'overloaded';
  return USER.has(status) ? 'user' : 'ambiguous';
}

/**
 * The leg's end by its status alone. 487 means that the ringing was ended: by our own side when the caller hung
 * up, else by the far end, which is a call that nobody took.
 */
export function sipFailure(status: number, callerGone: boolean): LegResult {
  const cause = sipCause(status);
  if (BUSY.has(status)) return { end: 'busy', cause };
  if (DECLINED.has(status)) return { end: 'declined', cause };
  if (status === REQUEST_TERMINATED) return { end: callerGone ? 'cancelled' : 'no-answer', cause };
  return { end: 'failed', cause };
}
