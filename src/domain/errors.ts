/**
 * The error catalogue: every failure that a caller can meet, with its stable code, kind and title. The HTTP
 * status follows from the kind at the edge. Callers match codes; codes are never reused. docs/errors.md has
 * one entry a code, and a test keeps the two in step.
 */
export const ERROR_KINDS = ['invalid', 'unauthenticated', 'forbidden', 'not-found', 'method', 'conflict', 'stale', 'too-large', 'unsupported', 'unprocessable', 'throttled', 'internal', 'unavailable', 'carrier'] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export const ERRORS = {
  request_invalid: { kind: 'invalid', title: 'The request does not match its schema' },
  body_malformed: { kind: 'invalid', title: 'The body could not be parsed' },
  cursor_invalid: { kind: 'invalid', title: 'The cursor is not one of ours' },
  number_invalid: { kind: 'invalid', title: 'Not a valid telephone number in E.164' },
  unauthenticated: { kind: 'unauthenticated', title: 'A valid API key is needed' },
  throttled_authentication: { kind: 'throttled', title: 'Too many requests with keys that are not valid' },
  role_insufficient: { kind: 'forbidden', title: 'The key has not the role for this' },
  provider_only: { kind: 'forbidden', title: 'Keys of one customer cannot do this' },
  field_provider_only: { kind: 'forbidden', title: 'Keys of one customer cannot change this field' },
  route_unknown: { kind: 'not-found', title: 'No such address' },
  method_unknown: { kind: 'method', title: 'This address does not take this method' },
  not_found: { kind: 'not-found', title: 'No such record' },
  reference_unknown: { kind: 'unprocessable', title: 'The record refers to another that does not exist' },
  plan_invalid: { kind: 'unprocessable', title: 'The plan breaks a rule' },
  probe_invalid: { kind: 'unprocessable', title: 'A probe of the primary breaks a rule' },
  destination_refused: { kind: 'unprocessable', title: 'The destination policy refuses a destination' },
  country_unknown: { kind: 'unprocessable', title: 'No such ISO 3166 country' },
  plan_foreign: { kind: 'unprocessable', title: 'The plan belongs to another customer' },
  carrier_api_invalid: { kind: 'unprocessable', title: "The description of a carrier's API breaks a rule" },
  secret_reference_invalid: { kind: 'unprocessable', title: 'The secret reference cannot be used' },
  public_address_unusable: { kind: 'unprocessable', title: 'Carriers cannot reach this service at its public address' },
  time_zone_unknown: { kind: 'unprocessable', title: 'No such IANA time zone' },
  in_use: { kind: 'conflict', title: 'Other records still refer to this one' },
  diverted: { kind: 'conflict', title: 'Not while the primary is diverted' },
  nothing_asked: { kind: 'conflict', title: 'Automation asks nothing of anybody about this primary' },
  evidence_missing: { kind: 'conflict', title: 'Nothing sees this primary: it cannot be given its calls back in steps' },
  approval_required: { kind: 'conflict', title: 'A second admin must approve it' },
  approval_own: { kind: 'forbidden', title: 'A change is approved by another admin than the one who asked for it' },
  approval_ended: { kind: 'conflict', title: 'The change does not wait for approval any more' },
  approval_stale: { kind: 'conflict', title: 'What was to be approved is not so any more; ask for the change again' },
  write_contended: { kind: 'conflict', title: 'Too many writers at once on this record; try again' },
  last_admin_key: { kind: 'conflict', title: 'The last admin key cannot be removed' },
  etag_mismatch: { kind: 'stale', title: 'The record was changed since it was read' },
  body_too_large: { kind: 'too-large', title: 'The body is too large' },
  media_type_unsupported: { kind: 'unsupported', title: 'This media type is not taken here' },
  import_header_invalid: { kind: 'unprocessable', title: 'The header line of the CSV lacks a column or has an unknown one' },
  import_state: { kind: 'conflict', title: 'The import is not in a state for this' },
  import_conflict: { kind: 'conflict', title: 'The number was changed since the import' },
  import_images_gone: { kind: 'conflict', title: 'What the import changed is not kept any more' },
  removal_refused: { kind: 'conflict', title: 'The import would remove too many numbers' },
  row_malformed: { kind: 'unprocessable', title: 'The row could not be parsed' },
  row_invalid: { kind: 'unprocessable', title: 'The row does not match the schema of a number' },
  upload_aborted: { kind: 'invalid', title: 'The upload ended before its end' },
  record_unreadable: { kind: 'internal', title: 'The stored record cannot be read; it is set aside' },
  internal: { kind: 'internal', title: 'Something failed here that should not' },
  store_unavailable: { kind: 'unavailable', title: 'The store does not answer; nothing was changed unless said otherwise' },
  overloaded: { kind: 'unavailable', title: 'There is too much to do: calls come first' },
  carrier_refused: { kind: 'carrier', title: 'The carrier refused' },
  carrier_unavailable: { kind: 'unavailable', title: 'The carrier does not answer' },
  carrier_outcome_unknown: { kind: 'unavailable', title: 'Whether the carrier has done it is not known' },
  carrier_throttled: { kind: 'throttled', title: 'The carrier asks us to slow down' },
  carrier_number_unknown: { kind: 'carrier', title: 'The carrier does not know this number' },
  group_mixed: { kind: 'carrier', title: 'What many numbers share is not moved for some of them alone' },
  number_not_routed: { kind: 'conflict', title: "The number's routing is not set at its carrier" },
  conflict_absent: { kind: 'conflict', title: 'The number is in no conflict' },
  carrier_ability_missing: { kind: 'unprocessable', title: 'This kind of carrier cannot do that' },
  carrier_secret_missing: { kind: 'unavailable', title: "The carrier's secret cannot be read" },
  webhook_unsigned: { kind: 'forbidden', title: 'The webhook has no signature' },
  webhook_forged: { kind: 'forbidden', title: 'The signature of the webhook does not match' },
  source_invalid: { kind: 'unprocessable', title: 'The source breaks a rule' },
  source_secret_missing: { kind: 'unavailable', title: "The source's secret cannot be read" },
  alert_unproved: { kind: 'forbidden', title: 'The post does not prove that it is from this source' },
  alert_unreadable: { kind: 'unprocessable', title: 'The body is none that this kind of source sends' },
  receiver_invalid: { kind: 'unprocessable', title: 'The receiver breaks a rule' },
  receiver_address_refused: { kind: 'unprocessable', title: 'Nothing is sent to this address' },
  receiver_secret_missing: { kind: 'unavailable', title: "The receiver's secret cannot be read" },
  receiver_refused: { kind: 'carrier', title: 'The receiver refused the message' },
  receiver_unavailable: { kind: 'unavailable', title: 'The receiver does not take the message' },
  subscriber_invalid: { kind: 'unprocessable', title: 'The subscriber breaks a rule' },
  notification_invalid: { kind: 'unprocessable', title: 'The notification breaks a rule' },
  idempotency_key_reused: { kind: 'unprocessable', title: 'The Idempotency-Key was used for another body' },
  silence_invalid: { kind: 'unprocessable', title: 'The silence breaks a rule' },
  drill_empty: { kind: 'unprocessable', title: 'There is nobody to call: no such number has a plan with a telephone or SIP address' },
  drill_too_large: { kind: 'unprocessable', title: 'The drill would make too many calls' },
  drill_too_many: { kind: 'conflict', title: 'As many drills are open as there may be' },
  drill_ended: { kind: 'conflict', title: 'The drill has ended' },
  webhook_replayed: { kind: 'forbidden', title: 'The webhook was seen before' },
} as const satisfies Record<string, { kind: ErrorKind; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface FieldIssue {
  /** JSON pointer into the body, or the name of a parameter. */
  at: string;
  detail: string;
  /** The rule of the destination policy that refuses it. */
  rule?: string;
}

/** A failure from the catalogue. Match on `code`, never on the class or the message. */
export class Failure extends Error {
  readonly code: ErrorCode;
  readonly issues: readonly FieldIssue[];
  /** Seconds after which trying again may help. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail?: string, more: { issues?: readonly FieldIssue[]; retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(detail ?? ERRORS[code].title, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.issues = more.issues ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** A failure whose detail says each of its issues with its place. */
export function issuesFailure(code: ErrorCode, issues: readonly FieldIssue[], cause?: unknown): Failure {
  return new Failure(code, issues.map(({ at, detail }) => `${at}: ${detail}`).join('; '), { issues, ...(cause === undefined ? {} : { cause }) });
}

/** The catalogue code of any thrown value; what is not ours is `internal`. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof Failure ? error.code : 'internal';
}
