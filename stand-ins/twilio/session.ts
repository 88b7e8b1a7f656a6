/** One leg of a call on which TwiML runs: the caller's, or a callee's while it is being screened. */
import type { Person } from './person.ts';
import type { CallStatus, DialStatus, Scribe, WebhookKind } from './transcript.ts';
import type { Audience } from './twiml.ts';
import type { Deliver, World } from './world.ts';

/** A document to be asked for. */
export interface Fetch {
  kind: WebhookKind;
  url: string;
  method: 'GET' | 'POST';
  params: Readonly<Record<string, string>>;
}

export interface Session {
  world: World;
  scribe: Scribe;
  audience: Audience;
  sid: string;
  from: string;
  to: string;
  overSip: boolean;
  hops: number;
  /** Parameters of every webhook, without CallStatus. */
  params: Readonly<Record<string, string>>;
  person: Person;
  deliver: Deliver | undefined;
  fallback: { url: string; method: 'GET' | 'POST' } | undefined;
  /** Address of the document that is being played: relative URLs start from it. */
  url: string;
  /** When the leg was answered, real ms of the scribe; undefined while it rings. */
  answeredAt: number | undefined;
  lastDial: DialStatus | undefined;
  /** Callbacks under way. */
  callbacks: Promise<unknown>[];
  onPickedUp(): void;
}

/** The leg is answered, if it was not. */
export function pickUp(session: Session): void {
  if (session.answeredAt !== undefined || session.person.gone.aborted) return;
  session.answeredAt = session.scribe.elapsed();
  if (session.audience === 'caller') session.scribe.step({ what: 'picked-up' });
  session.onPickedUp();
}

/** CallStatus at this moment. */
export function statusNow(session: Session): CallStatus {
  const answered = session.answeredAt !== undefined;
  if (session.person.gone.aborted) return answered ? 'completed' : 'no-answer';
  return answered ? 'in-progress' : 'ringing';
}

export function absolute(session: Session, url: string): string {
  return new URL(url, session.url).href;
}
