/** What clients know of what they have sent: made, refused, or nobody can say; told by the answers alone. */
import { expect } from 'vitest';
import type { MemberAnswer } from './member.ts';

/** - `made`: acknowledged; - `refused`: the answer says that nothing was done; - `unknown`: no answer, or one that says that it is not known */
export type Fate = 'made' | 'refused' | 'unknown';

export interface Deed {
  /** `collection/id`, `orders/PRIMARY`, `imports/SERIAL` or `calls/ID`. */
  subject: string;
  /** In words, for who reads a failure. */
  does: string;
  /** What tells this value of the record from all others; undefined: removed. */
  value: string | undefined;
  /** When it was sent and when its answer was there, milliseconds since 1970 with fractions. */
  from: number;
  to: number;
  fate: Fate;
  /** Of the answer, if there was one. */
  requestId: string | undefined;
  body: Record<string, unknown>;
  status: number;
}

export interface Book {
  readonly deeds: readonly Deed[];
  /** Sends it and notes what became of it. Throws when the answer is none that there may be. */
  note(what: Pick<Deed, 'subject' | 'does' | 'value'>, send: () => Promise<MemberAnswer>): Promise<Deed>;
}

/** Refusals that a caller can bring about; each leaves everything as it was. */
const REFUSALS = new Set(['request_invalid', 'reference_unknown', 'plan_invalid', 'plan_foreign', 'destination_refused', 'in_use', 'diverted', 'not_found', 'etag_mismatch']);
const NOT_KNOWN = /whether the change was made is not known/;

export const now = (): number => performance.timeOrigin + performance.now();

function fateOf({ status, headers, body, text }: MemberAnswer): Fate {
  if (status < 300) return 'made';
  const { code, detail } = body as { code?: string; detail?: string };
  if (status === 503) {
    expect({ code, retryAfter: headers.get('retry-after') }).toEqual({ code: 'store_unavailable', retryAfter: '2' });
    return NOT_KNOWN.test(detail ?? '') ? 'unknown' : 'refused';
  }
  expect(REFUSALS.has(code ?? ''), `${status} ${text}`).toBe(true);
  return 'refused';
}

export function createBook(): Book {
  const deeds: Deed[] = [];
  return {
    deeds,
    async note(what, send) {
      const deed: Deed = { ...what, from: now(), to: Number.POSITIVE_INFINITY, fate: 'unknown', requestId: undefined, body: {}, status: 0 };
      deeds.push(deed);
      try {
        const answer = await send();
        deed.fate = fateOf(answer);
        deed.requestId = answer.headers.get('x-request-id') ?? undefined;
        deed.body = answer.body;
        deed.status = answer.status;
      } catch (error) {
        // What fetch says when a connection breaks or is refused; all else is a finding.
        if (!(error instanceof TypeError)) throw error;
      }
      deed.to = now();
      return deed;
    },
  };
}
