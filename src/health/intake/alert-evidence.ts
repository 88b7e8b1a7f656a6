/** What an alert is worth as evidence, and how it is written down. Pure. */
import type { Evidence } from '../../domain/evidence.ts';
import { parseJson, member, textAt } from '../../domain/json.ts';
import { OPEN_CLAIMS, SOURCE_DEFAULTS, type Mapping, type Source } from '../../domain/source.ts';
import { safeText } from '../../operations/safe-text.ts';
import type { LedgerAlert } from '../../store/alert-ledger.ts';
import { labelsAt, type Signal } from './signal.ts';

/** An alert with when it came, milliseconds since 1970. */
export interface HeardAlert extends Signal {
  heardAt: number;
  expiresAt: number;
}

/** What one source can put up at once: beyond it nothing more is learnt, and a process has other work. */
export const MOST_CLAIMS = 2000;
/** What it takes back is remembered so long, milliseconds: an older opening may still be on its way. */
const CLOSED_MS = 3_600_000;
const TITLE_LENGTH = 120;
/** Labels may hold anything; those that are named so are kept from everybody. */
const SECRET_LABEL = /secret|token|passw|authorization|api_?key/i;

export function evidenceSource(source: string, alert: string): string {
  return `source/${source}/${alert}`;
}

/** The source's id in the name of its evidence. */
export function sourceIn(name: string): string | undefined {
  return /^source\/([^/]+)\//.exec(name)?.[1];
}

function safeLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !SECRET_LABEL.test(name)));
}

const holdMsOf = (source: Source): number => (source.holdSeconds ?? SOURCE_DEFAULTS[source.kind].holdSeconds) * 1000;

export function heard(source: Source, signal: Signal, now: number): HeardAlert {
  return { ...signal, labels: safeLabels(signal.labels), title: safeText(signal.title).slice(0, TITLE_LENGTH), heardAt: now, expiresAt: signal.says === 'closed' ? now + CLOSED_MS : signal.knownAt + holdMsOf(source) };
}

/** What the primary of a mapping is told of an open alert; undefined of one that is closed: what it said is taken back. */
export function evidenceFor(id: string, source: Source, { says, alert, title, heardAt, expiresAt }: HeardAlert, { primary, claim = 'down' }: Mapping): Evidence | undefined {
  if (says === 'closed') return undefined;
  return {
    primary,
    source: evidenceSource(id, alert),
    group: 'alerts',
    claim: says === 'open' ? claim : says,
    weight: source.weight ?? SOURCE_DEFAULTS[source.kind].weight,
    at: heardAt,
    expiresAt,
    because: safeText(`${source.name ?? id} says: ${title}`),
  };
}

export function toLedger({ alert, at, expiresAt, says, labels, title }: HeardAlert): LedgerAlert {
  return { alert, at, expiresAt, text: JSON.stringify({ says, labels, title }) };
}

const SAYS = ['open', 'closed', ...OPEN_CLAIMS] as const;

/** Undefined when it cannot be read: that hides no other. */
export function fromLedger(source: Source, { alert, at, expiresAt, text }: LedgerAlert, now: number): HeardAlert | undefined {
  const value = parseJson(text);
  const says = SAYS.find((one) => one === member(value, 'says'));
  if (says === undefined) return undefined;
  const heardAt = Math.min(now, expiresAt - holdMsOf(source));
  return { alert, at, expiresAt, says, labels: labelsAt(value, 'labels'), title: textAt(value, 'title') ?? alert, heardAt, knownAt: heardAt };
}
