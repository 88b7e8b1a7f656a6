/**
 * VoIP.ms' forwardings and SIP addresses: entries that a routing names by their id (`fwd:1026`). Ours are found or made by what they lead
 * to, and read so (`fwd:+14155550100`, `sip:desk@pbx.example.net`); everybody else's keep their id, with all that is set on them.
 */
import { unusable } from '../http.ts';
import { member, textAt } from '../../domain/json.ts';
import { entryIn, isId, KINDS, makeParams, OURS, type EntryKind } from './entry-kinds.ts';
import { CARRIER, type VoipmsRest } from './rest.ts';

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
    const theirs = values.filter((value) => value.startsWith(`${header}:`));
    if (theirs.length === 0) continue;
    const ours = await ourEntries(rest, kind);
    for (const value of theirs) {
      const target = ours.get(value.slice(header.length + 1));
      if (target !== undefined) named.set(value, `${header}:${target}`);
    }
  }
  return named;
}

async function idOf(rest: VoipmsRest, entry: { kind: EntryKind; of: string }): Promise<string> {
  for (const [id, target] of await ourEntries(rest, entry.kind)) if (target === entry.of) return id;
  const made = textAt(await rest.write(...makeParams(entry)), entry.kind.id);
  if (made === undefined || !isId(made)) throw unusable(CARRIER, 'did not say which entry it made', true);
  return made;
}

/** The ids of what the routings name by where it leads, which is made where there is none: `fwd:+14155550100` to `1026`. */
export async function entryIds(rest: VoipmsRest, values: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  // One after the other: two with the same target must not make two entries.
  for (const value of new Set(values)) {
    const entry = entryIn(value);
    if (entry) ids.set(value, await idOf(rest, entry));
  }
  return ids;
}

/** The ids of all entries of ours, in the same way. */
export async function allEntries(rest: VoipmsRest): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [header, kind] of Object.entries(KINDS)) for (const [id, target] of await ourEntries(rest, kind)) ids.set(`${header}:${target}`, id);
  return ids;
}
