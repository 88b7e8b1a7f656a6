/** Does a receiver want an announcement, and is it silenced? Pure. */
import { SEVERITIES, type Announcement } from '../domain/announcement.ts';
import type { Receiver, Silence } from '../domain/receiver.ts';

/** Who was told that something began wants to know that it is over. */
const ENDS = new Set(['restored', 'source-back']);

export function isWanted({ kind, primaries, severity }: Announcement, receiver: Receiver): boolean {
  if (receiver.kinds && !(receiver.kinds as readonly string[]).includes(kind)) return false;
  if (receiver.primaries && !primaries.some((primary) => receiver.primaries?.includes(primary))) return false;
  return ENDS.has(kind) || SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(receiver.atLeast ?? 'info');
}

export function isSilenced({ kind, subject, primaries }: Announcement, receiver: string, silences: Iterable<Silence>, now: number): boolean {
  for (const { match, until } of silences) {
    if (Date.parse(until) <= now) continue;
    const isSo = (match.primary === undefined || primaries.includes(match.primary))
      && (match.source === undefined || subject === `sources/${match.source}`)
      && (match.receiver === undefined || match.receiver === receiver)
      && (match.kind === undefined || match.kind === kind);
    if (isSo) return true;
  }
  return false;
}
