/**
 * VoIP.ms' forwardings and SIP addresses: entries that a routing names by their id (`fwd:1026`). Ours are found or made by what they lead
 * to, and read so (`fwd:+14155550100`, `sip:desk@pbx.example.net`); everybody else's keep their id, with all that is set on them.
 */
import { unusable } from '../http.ts';
import { member, textAt } from '../../domain/json.ts';
import { dialled, e164Of } from './numbers.ts';
import { CARRIER, type VoipmsRest } from './rest.ts';

/** The description by which an entry is known as ours. */
const OURS = 'Ringthrough';

interface EntryKind {
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

const KINDS: Readonly<Record<string, EntryKind>> = {
  fwd: { list: 'getForwardings', items: 'forwardings', make: 'setForwarding', id: 'forwarding', target: 'phone_number', empty: ['callerid_override', 'dtmf_digits'], written: dialled, read: e164Of },
  sip: { list: 'getSIPURIs', items: 'sipuris', make: 'setSIPURI', id: 'sipuri', target: 'uri', empty: ['callerid_override'], written: (uri) => uri, read: (uri) => (uri.includes('@') ? uri : undefined) },
};

interface Parts {
  kind: EntryKind;
  header: string;
  /** An id or a target. */
  of: string;
}

/** Undefined for routings that name no such entry. */
function partsOf(value: string): Parts | undefined {
  const colon = value.indexOf(':');
  const header = value.slice(0, colon);
  const kind = Object.hasOwn(KINDS, header) ? KINDS[header] : undefined;
  return kind && { kind, header, of: value.slice(colon + 1) };
}

const isId = (of: string): boolean => /^[0-9]+$/.test(of);

/** By id, where our own entries lead. */
async function ourEntries(rest: VoipmsRest, kind: EntryKind): Promise<Map<string, string>> {
  const answer = await rest.read(kind.list);
  const items = answer === undefined ? [] : member(answer, kind.items);
  if (!Array.isArray(items)) throw unusable(CARRIER, `gave no ${kind.items}`, false);
  const ours = new Map<string, string>();
  for (const item of items as unknown[]) {
    const id = textAt(item, kind.id);
    const target = kind.read(textAt(item, kind.target) ?? '');
    const pristine = textAt(item, 'description') === OURS && kind.empty.every((field) => ['', '0'].includes(textAt(item, field) ?? ''));
    if (id !== undefined && target !== undefined && pristine) ours.set(id, target);
  }
  return ours;
}

/** The routings as they are read: those that name an entry of ours by where it leads. */
export async function readable(rest: VoipmsRest, values: readonly string[]): Promise<Map<string, string>> {
  const named = new Map<string, string>(values.map((value) => [value, value]));
  for (const [header, kind] of Object.entries(KINDS)) {
    const theirs = values.filter((value) => partsOf(value)?.header === header);
    if (theirs.length === 0) continue;
    const ours = await ourEntries(rest, kind);
    for (const value of theirs) {
      const target = ours.get(value.slice(header.length + 1));
      if (target !== undefined) named.set(value, `${header}:${target}`);
    }
  }
  return named;
}

async function idOf(rest: VoipmsRest, { kind, of }: Parts): Promise<string> {
  for (const [id, target] of await ourEntries(rest, kind)) if (target === of) return id;
  const made = textAt(await rest.write(kind.make, { [kind.target]: kind.written(of), description: OURS }), kind.id);
  if (made === undefined || !isId(made)) throw unusable(CARRIER, 'did not say which entry it made', true);
  return made;
}

/** The routings as they are written: what leads somewhere by the id of our entry that does, which is made where there is none. */
export async function writable(rest: VoipmsRest, values: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  // One after the other: two with the same target must not make two entries.
  for (const value of new Set(values)) {
    const parts = partsOf(value);
    ids.set(value, parts === undefined || isId(parts.of) ? value : `${parts.header}:${await idOf(rest, parts)}`);
  }
  return ids;
}
