/** The two sorts of VoIP.ms' entries that a routing names by an id, forwardings and SIP addresses, and how one of ours is made. */
import { dialled, e164Of } from './numbers.ts';

/** The description by which an entry is known as ours. */
export const OURS = 'Ringthrough';

export interface EntryKind {
  list: string;
  /** The list's name in the answer. */
  items: string;
  make: string;
  id: string;
  /** The field that says where it leads. */
  target: string;
  /** Fields that are empty in ours: what is set there changes the call. */
  empty: readonly string[];
  written(target: string): string;
  /** Undefined for what we would never write. */
  read(written: string): string | undefined;
}

export const KINDS: Readonly<Record<string, EntryKind>> = {
  fwd: { list: 'getForwardings', items: 'forwardings', make: 'setForwarding', id: 'forwarding', target: 'phone_number', empty: ['callerid_override', 'dtmf_digits'], written: dialled, read: e164Of },
  sip: { list: 'getSIPURIs', items: 'sipuris', make: 'setSIPURI', id: 'sipuri', target: 'uri', empty: ['callerid_override'], written: (uri) => uri, read: (uri) => (uri.includes('@') ? uri : undefined) },
};

export const isId = (of: string): boolean => /^[0-9]+$/.test(of);

/** The routing of an entry of ours, by where it leads: `fwd:+14155550100`. Undefined for all others, also for an entry by its id. */
export function entryIn(value: string): { header: string; kind: EntryKind; of: string } | undefined {
  const colon = value.indexOf(':');
  const [header, of] = [value.slice(0, colon), value.slice(colon + 1)];
  const kind = Object.hasOwn(KINDS, header) ? KINDS[header] : undefined;
  return kind && !isId(of) ? { header, kind, of } : undefined;
}

/** The method that makes it, with its parameters. */
export function makeParams({ kind, of }: { kind: EntryKind; of: string }): [method: string, params: Record<string, string>] {
  return [kind.make, { [kind.target]: kind.written(of), description: OURS }];
}
