/** What the report of a diversion is made of, as it was gathered; moments in milliseconds since 1970, numbers whole. */
import type { LostCaller } from '../calls/lost-callers.ts';
import type { Diversion } from '../domain/diversion.ts';
import type { Recorded } from '../domain/diversion-report.ts';
import type { SyncState } from '../domain/route.ts';
import type { CallWindow } from '../store/call-window.ts';
import type { DiversionTrail } from '../store/diversion-trail.ts';
import type { SaidThen } from '../store/evidence-journal.ts';
import type { Told } from '../store/telling-store.ts';

/** A number whose routing is set at its carrier. */
export interface MovedNumber {
  number: string;
  carrier: string;
  customer: string | undefined;
  is: SyncState;
  why: string | undefined;
  /** When it was read back as diverted, and as before again, for this diversion. */
  at: number | undefined;
  back: number | undefined;
}

export interface ReportFacts {
  id: string;
  diversion: Diversion;
  /** What its primary is called. */
  name: string | undefined;
  now: number;
  /** The stretch of time that was looked at. */
  from: number;
  to: number;
  trail: DiversionTrail;
  /** What was said of its primary, in the order of its moments; also before `from`. */
  said: readonly SaidThen[];
  /** Of all primaries. */
  calls: CallWindow;
  lost: readonly LostCaller[];
  /** Those looked at, and how many there are. */
  moved: readonly MovedNumber[];
  movedInAll: number;
  states: Readonly<Record<string, number>>;
  told: readonly Told[];
  /** What waits now for subscribers of its primary. */
  backlogs: readonly { subscriber: string; customer: string | undefined; waiting: number; dead: number; oldestAt: number | undefined }[];
  /** How its primary and its numbers are set up now. */
  setUp: Pick<Recorded, 'mode' | 'dependsOn' | 'probes' | 'numbers' | 'carriers'>;
}

/** So long before the divert, and after the end, is looked at, milliseconds. */
export const AROUND_MS = 900_000;
