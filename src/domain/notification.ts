/** A notification: one thing that a subscriber is told. What waits for a subscriber is its backlog. */

/**
 * - `history`: each of them counts; delivered all, those of one key in order
 * - `state`: only the newest of its kind and key counts; one that is newer takes the place of the one that waits
 */
export const NOTIFICATION_CLASSES = ['history', 'state'] as const;
export type NotificationClass = (typeof NOTIFICATION_CLASSES)[number];

export interface Notification {
  /** The same at every try: by it a receiver knows what it has had already. */
  id: string;
  /** Such as `call.missed`. */
  kind: string;
  /** What it is about, at most 200 characters; those of one class and key are delivered in order. */
  key: string;
  class: NotificationClass;
  /** When it happened, milliseconds since 1970. */
  at: number;
  /** When it is of no use any more, milliseconds since 1970; undefined: never. */
  expiresAt?: number;
  /** JSON, which the envelope has as `data`; or, when `contentType` says so, the very body that is delivered. */
  data: string;
  /** Of a body that is passed on as it came: what is known of it, see src/domain/passed-on.ts. */
  contentType?: string;
}

/** How an accepted notification can end; until then it waits. Each is counted. */
export const ENDS = ['delivered', 'coalesced', 'expired', 'dropped', 'dead'] as const;
export type End = (typeof ENDS)[number];

/** `accepted` is at all times the sum of the others. */
export const COUNTED = ['accepted', 'waiting', ...ENDS] as const;
export type BacklogCounts = Record<(typeof COUNTED)[number], number>;

/** Such as `call.missed`: words with dots between. */
export const KIND_PATTERN = '^[a-z][a-z0-9-]*(\\.[a-z0-9-]+)*$';
/** Kinds that begin so are told by Ringthrough alone. */
export const OWN_KINDS = ['call.', 'diversion.', 'primary.', 'carrier.'] as const;

/** Bytes of `data` in UTF-8. */
export const NOTIFICATION_MAX_BYTES = 65_536;
