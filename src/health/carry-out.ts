/**
 * Writes what a judgement comes to: the primary's state with what is kept of its health, the diversion and the audit entry, in one commit
 * on condition of the very state that was judged. Of several processes that judge the same, one acts.
 */
import type { Judgement } from '../../rules/judge.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { HealthThresholds } from '../domain/health-policy.ts';
import { SYSTEM } from '../domain/key.ts';
import { INITIAL_STATE, shownState, type PrimaryState } from '../domain/primary.ts';
import { openDiversion, turnDiversion } from '../diversion/divert.ts';
import { oweHeldBack, oweTurn } from '../diversion/owed-events.ts';
import { createDraft } from '../store/draft.ts';
import type { Store } from '../store/store.ts';
import { turnedState } from './turned-state.ts';

export interface Kept {
  primary: string;
  /** The state in the store, that is judged anew here: another may have turned it since. Undefined: do nothing. */
  judge(state: PrimaryState): Judgement;
  thresholds: HealthThresholds;
  evidence: readonly Evidence[];
  diversion: string;
  at: number;
}

/** More of it says nothing more. */
const EVIDENCE_TOLD = 20;

/** What was known when it was decided: for who reads the trail later. */
function grounds({ finding, groups, blocked }: Judgement, evidence: readonly Evidence[]) {
  return {
    diagnosis: finding.is,
    because: finding.because,
    ...(blocked ? { action: blocked.action, brake: blocked.brake } : {}),
    groups: groups.map(({ group, claim, since, because }) => ({ group, claim, since, because })),
    evidence: evidence.slice(0, EVIDENCE_TOLD).map(({ source, claim, at, because }) => ({ source, claim, at, because })),
  };
}

/** Undefined when nobody would want to read of it. */
function entryOf(judged: Judgement, before: PrimaryState, after: PrimaryState, { primary, evidence, at }: Kept): AuditEntry | undefined {
  const { transition, blocked } = judged;
  if (!transition && blocked?.isNew !== true) return undefined;
  return {
    at,
    by: SYSTEM,
    action: transition ? `primaries.${transition.action}` : 'primaries.held-back',
    changes: [
      { subject: `states/${primary}`, before: shownState(before), after: shownState(after) },
      { subject: `health/${primary}`, before: null, after: grounds(judged, evidence) },
    ],
    reason: judged.why,
  };
}

export type CarriedOut = { is: 'written'; judgement: Judgement; state: PrimaryState; revision: number } | { is: 'nothing' } | { is: 'overtaken' };

/** Throws `store_unavailable`. */
export async function carryOutJudgement(store: Pick<Store, 'find' | 'commit'>, kept: Kept): Promise<CarriedOut> {
  const { primary, thresholds, diversion, at } = kept;
  const found = await store.find('states', primary);
  if (found && 'unreadable' in found) return { is: 'nothing' };
  const before = found?.record ?? INITIAL_STATE;
  const judged = kept.judge(before);
  if (judged.record === before.health || judged.record.version === (before.health?.version ?? 0)) return { is: 'nothing' };
  const state = turnedState(before, judged, thresholds, diversion);
  const draft = createDraft();
  draft.expect('states', primary, found?.revision ?? 'absent');
  draft.expect('primaries', primary, 'present');
  draft.put('states', primary, state, found?.record);
  const act = { at, by: { key: SYSTEM.key, role: SYSTEM.role }, reason: judged.why };
  turnDiversion(draft, primary, { before, next: state, open: await openDiversion(store, before.diversion) }, act);
  const deed = { at, by: 'automation', reason: judged.why, diagnosis: judged.finding.is } as const;
  oweTurn(draft, primary, { before, after: state }, deed);
  if (judged.blocked?.isNew === true && !judged.transition) oweHeldBack(draft, primary, state, judged.blocked, deed);
  const entry = entryOf(judged, before, state, kept);
  if (entry) draft.audit(entry);
  const committed = await store.commit(draft);
  return 'revision' in committed ? { is: 'written', judgement: judged, state, revision: committed.revision } : { is: 'overtaken' };
}
