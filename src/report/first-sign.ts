/** What was seen first of what led to a diversion: since when a source spoke against its primary, or calls to it failed, without a break. Pure. */
import { PRIMARY_KEY } from '../../rules/step-key.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { Call } from '../domain/call.ts';
import type { SaidThen } from '../store/evidence-journal.ts';
import { RENEW_MS } from '../store/evidence-journal.ts';
import type { ReportFacts } from './facts.ts';

export interface Sign {
  at: number;
  text: string;
}

/** A claim that is not said again holds no longer than this: it is kept anew every `RENEW_MS`. */
const HOLDS_MS = 2 * RENEW_MS;

export const isAgainst = (claim: string): boolean => claim === 'down' || claim === 'overloaded';

/** When a claim ceased to hold, unless another of its source came first. */
export const heldUntil = ({ at, expiresAt }: SaidThen): number => Math.max(expiresAt, at + HOLDS_MS);

function ofEvidence(said: readonly SaidThen[], started: number): Sign | undefined {
  const against = new Map<string, SaidThen>();
  let first: Sign | undefined;
  for (const one of said) {
    if (one.at > started) break;
    for (const [source, held] of against) if (heldUntil(held) < one.at) against.delete(source);
    if (against.size === 0) first = undefined;
    if (isAgainst(one.claim)) {
      against.set(one.source, one);
      first ??= { at: one.at, text: `${one.group}: ${one.because}` };
    } else against.delete(one.source);
    if (against.size === 0) first = undefined;
  }
  return first;
}

/** Of a call, how the primary took it; undefined when it was not offered to it, or nothing is known. */
export function offeredTo({ legs, outcome, by }: Pick<Call, 'legs' | 'outcome' | 'by'>): 'taken' | 'failed' | 'overloaded' | undefined {
  const leg = legs.find(({ step }) => step === PRIMARY_KEY);
  if (leg?.result.end === 'failed' && leg.result.cause !== 'user') return leg.result.cause === 'overloaded' ? 'overloaded' : 'failed';
  return leg || (outcome === 'answered' && by === PRIMARY_KEY) ? 'taken' : undefined;
}

/** The first of those that failed one after the other, up to the divert. */
function ofCalls(calls: readonly Call[], started: number): Sign | undefined {
  let first: Sign | undefined;
  for (const call of calls) {
    if (call.startedAt > started) break;
    const offered = offeredTo(call);
    if (offered === 'taken') first = undefined;
    else if (offered) first ??= { at: call.startedAt, text: 'a call to it failed' };
  }
  return first;
}

interface Group {
  group?: unknown;
  claim?: unknown;
  since?: unknown;
  because?: unknown;
}

/** What was noted when it was decided: all there is where nothing else was kept. */
function ofGrounds(entry: AuditEntry | undefined): Sign | undefined {
  const grounds = entry?.changes.find(({ subject }) => subject.startsWith('health/'))?.after as { groups?: unknown } | undefined;
  const groups = Array.isArray(grounds?.groups) ? (grounds.groups as Group[]) : [];
  const signs = groups.flatMap(({ group, claim, since, because }) => (typeof since === 'number' && isAgainst(String(claim)) ? [{ at: since, text: `${String(group)}: ${String(because)}` }] : []));
  return signs.toSorted((one, other) => one.at - other.at)[0];
}

/** The entry of the act that began it. */
export function beginningOf({ id, trail }: Pick<ReportFacts, 'id' | 'trail'>): AuditEntry | undefined {
  return trail.entries.find(({ changes }) => changes.some(({ subject, after }) => subject.startsWith('states/') && (after as { diversion?: unknown } | null)?.diversion === id));
}

/** @param calls those to its primary, in the order of their time */
export function firstSign(facts: ReportFacts, calls: readonly Call[]): Sign | undefined {
  const { at } = facts.diversion.started;
  const signs = [ofEvidence(facts.said, at), ofCalls(calls, at), ofGrounds(beginningOf(facts))].flatMap((sign) => (sign && sign.at <= at ? [sign] : []));
  return signs.toSorted((one, other) => one.at - other.at)[0];
}
