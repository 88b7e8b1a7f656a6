/** Where playing TwiML goes next, and how it can end. */
import type { Fetch, Session } from './session.ts';

/** `end`: the document came to its end; `gone`: whoever listened hung up; `failed`: no document could be had. */
export type RunEnd = 'end' | 'hangup' | 'rejected' | 'rejected-busy' | 'gone' | 'failed';

export type Next = { go: 'on' } | { go: 'fetch'; fetch: Fetch } | { go: 'stop'; end: RunEnd };

export type Play = (session: Session, first: Fetch) => Promise<RunEnd>;
