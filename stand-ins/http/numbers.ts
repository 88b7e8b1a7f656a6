/** The numbers of a carrier that nobody has heard of, and the words with which it refuses: what its REST and its form API share. */

export interface HeldNumber {
  id: string;
  /** E.164. */
  e164: string;
  forwarding: { enabled: boolean; to: string | null };
  /** Absent where it was never set. */
  failover?: string | null;
  ring_seconds: number;
  note: string;
}

export interface Refusal {
  code: string;
  message: string;
}

export function isRefusal(value: object): value is Refusal {
  return 'code' in value;
}

/** Telephones in E.164 and SIP addresses. */
function isTarget(value: unknown): value is string {
  return typeof value === 'string' && (/^\+[1-9][0-9]{6,14}$/.test(value) || /^sips?:[^\s@]+@[^\s@]+$/.test(value));
}

function unknownField(given: object, known: readonly string[]): Refusal | undefined {
  const field = Object.keys(given).find((name) => !known.includes(name));
  return field === undefined ? undefined : { code: 'unknown_field', message: `There is no field ${field}` };
}

/** The forwarding that is asked for, whole. */
export function forwardingOf(held: HeldNumber, given: unknown): HeldNumber['forwarding'] | Refusal {
  if (typeof given !== 'object' || given === null) return { code: 'invalid', message: 'forwarding is an object' };
  const unknown = unknownField(given, ['enabled', 'to']);
  if (unknown) return unknown;
  const { enabled, to } = given as { enabled?: unknown; to?: unknown };
  if (typeof enabled !== 'boolean') return { code: 'invalid', message: 'enabled is true or false' };
  if (to !== null && !isTarget(to)) return { code: 'invalid_target', message: `${JSON.stringify(to)} cannot be called` };
  if (to === held.e164) return { code: 'loop', message: `${held.e164} cannot be forwarded to itself` };
  return { enabled, to };
}

export function failoverOf(given: unknown): { to: string | null } | Refusal {
  if (typeof given !== 'object' || given === null) return { code: 'invalid', message: 'an object is expected' };
  const unknown = unknownField(given, ['to']);
  if (unknown) return unknown;
  const { to } = given as { to?: unknown };
  return to === null || isTarget(to) ? { to } : { code: 'invalid_target', message: `${JSON.stringify(to)} cannot be called` };
}
