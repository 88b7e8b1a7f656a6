/** What is so with a source, for who set it up and wonders whether it works: when it last posted, what is open, what matched nothing, what was refused. Pure. */
import { Type, type Static } from 'typebox';
import { iso } from '../../domain/instant.ts';
import { member, parseJson, textAt } from '../../domain/json.ts';
import type { Source } from '../../domain/source.ts';
import type { SourceNotes } from '../../store/alert-ledger.ts';
import { fromLedger } from './alert-evidence.ts';
import { INTAKE_KINDS } from './kinds.ts';
import { mappingsFor } from './match.ts';
import { labelsAt } from './signal.ts';

const COUNTS = {
  posts: 'Posts that were taken',
  alerts: 'Alerts in them',
  repeated: 'Alerts that said the same as before',
  outdated: "Alerts that were older, by their sender's time, than what was known",
  unmatched: 'Alerts that the map has no primary for',
  ignored: 'Things that say nothing of health: tests, acknowledgements, planned work',
  missing: 'Alerts that could not be read, or were left out by their sender',
  refused: 'Posts that were refused, at most one a second counted',
} as const;

const Labels = Type.Record(Type.String(), Type.String());
const Count = (description: string) => Type.Integer({ description });

export const SourceStatusSchema = Type.Object({
  address: Type.String({ description: 'Where it posts' }),
  lastPostAt: Type.Optional(Type.String()),
  quiet: Type.Optional(Type.Boolean({ description: 'With `expectEverySeconds`: nothing came for longer than that' })),
  counts: Type.Object(Object.fromEntries(Object.entries(COUNTS).map(([name, description]) => [name, Count(description)])) as Record<keyof typeof COUNTS, ReturnType<typeof Count>>),
  open: Type.Array(Type.Object({ alert: Type.String(), says: Type.String(), title: Type.String(), at: Type.String(), expiresAt: Type.String(), labels: Labels, primaries: Type.Array(Type.String()) }), { description: 'Alerts that are open, the newest 50' }),
  openCount: Type.Integer(),
  lastUnmatched: Type.Array(Type.Object({ at: Type.String(), title: Type.String(), labels: Labels }), { description: 'The last alerts that the map has no primary for, with their labels: what a map can match' }),
  lastRefused: Type.Optional(Type.Object({ at: Type.String(), code: Type.String(), detail: Type.String() })),
}, { description: 'Read-only: what is so now' });
export type SourceStatus = Static<typeof SourceStatusSchema>;

const OPEN_SHOWN = 50;

const momentIn = (fields: Readonly<Record<string, string>>, name: string): number | undefined => (/^\d{1,15}$/.test(fields[name] ?? '') ? Number(fields[name]) : undefined);

/** `now`: milliseconds since 1970. */
export function sourceStatus({ id, source, notes, baseUrl, now }: { id: string; source: Source; notes: SourceNotes; baseUrl: string; now: number }): SourceStatus {
  const { fields } = notes;
  const lastPostAt = momentIn(fields, 'lastPostAt');
  const refusedAt = momentIn(fields, 'refusedAt');
  const open = notes.alerts.flatMap((stored) => fromLedger(source, stored, now) ?? []).filter(({ says }) => says !== 'closed').toSorted((one, other) => other.at - one.at);
  return {
    address: `${baseUrl}/intake/${id}${INTAKE_KINDS[source.kind].inAddress ? '/{secret}' : ''}`,
    ...(lastPostAt === undefined ? {} : { lastPostAt: iso(lastPostAt) }),
    ...(source.expectEverySeconds === undefined ? {} : { quiet: lastPostAt === undefined || now - lastPostAt > source.expectEverySeconds * 1000 }),
    counts: Object.fromEntries(Object.keys(COUNTS).map((name) => [name, momentIn(fields, name) ?? 0])) as SourceStatus['counts'],
    open: open.slice(0, OPEN_SHOWN).map(({ alert, says, title, at, expiresAt, labels }) => ({ alert, says, title, at: iso(at), expiresAt: iso(expiresAt), labels: { ...labels }, primaries: mappingsFor(source.map, labels).map(({ primary }) => primary) })),
    openCount: open.length,
    lastUnmatched: notes.unmatched.flatMap((text) => {
      const value = parseJson(text);
      const at = textAt(value, 'at');
      return at === undefined || member(value, 'labels') === undefined ? [] : [{ at, title: textAt(value, 'title') ?? '', labels: labelsAt(value, 'labels') }];
    }),
    ...(refusedAt === undefined ? {} : { lastRefused: { at: iso(refusedAt), code: fields['refusedCode'] ?? '', detail: fields['refusedDetail'] ?? '' } }),
  };
}
