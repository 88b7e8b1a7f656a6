/** What subscribers are told of a primary whose state is turned: owed with the change itself. */
import type { Act as HealthAct, BrakeName, Diagnosis } from '../domain/diagnosis.ts';
import type { EventKind } from '../domain/event-kinds.ts';
import { iso } from '../domain/instant.ts';
import { maskNumbersIn } from '../domain/phone-number.ts';
import { INITIAL_STATE, type PrimaryState } from '../domain/primary.ts';
import type { Draft } from '../store/draft.ts';

export interface Deed {
  /** Milliseconds since 1970. */
  at: number;
  by: 'operator' | 'automation';
  reason: string;
  diagnosis?: Diagnosis;
}

const REASON_LENGTH = 1000;

function said({ by, reason }: Deed): { by: Deed['by']; reason?: string } {
  const text = maskNumbersIn(reason.trim()).slice(0, REASON_LENGTH);
  return { by, ...(text === '' ? {} : { reason: text }) };
}

/** The step of a diversion that a change of state is; undefined for none. */
function stepOf(before: PrimaryState, after: PrimaryState): EventKind | undefined {
  if (before.diversion !== after.diversion) return after.diversion === undefined ? 'diversion.ended' : 'diversion.started';
  if (after.diversion === undefined || before.is === after.is) return undefined;
  if (after.is === 'recovering') return 'diversion.recovering';
  return before.is === 'recovering' && after.is === 'down' ? 'diversion.relapsed' : undefined;
}

/** Of a state that is what it was nothing is told. */
export function oweTurn(draft: Draft, primary: string, { before = INITIAL_STATE, after }: { before: PrimaryState | undefined; after: PrimaryState }, deed: Deed): void {
  const { at, diagnosis } = deed;
  const step = stepOf(before, after);
  const diversion = after.diversion ?? before.diversion;
  if (step !== undefined && diversion !== undefined) {
    draft.owe({ event: step, primary, at, data: { primary, diversion, at: iso(at), ...said(deed), ...(diagnosis === undefined ? {} : { diagnosis }) } });
  }
  if (before.is === after.is && before.share === after.share && before.diversion === after.diversion) return;
  const { is, since, share } = after;
  draft.owe({
    event: 'primary.state', primary, at,
    data: { primary, is, since: iso(since), ...(share === undefined ? {} : { share }), ...(after.diversion === undefined ? {} : { diversion: after.diversion }), ...said(deed) },
  });
}

/** Automation would act, and is held back. */
export function oweHeldBack(draft: Draft, primary: string, state: PrimaryState, held: { action: HealthAct; brake: BrakeName }, deed: Deed): void {
  const { at, diagnosis } = deed;
  const { diversion } = state;
  draft.owe({
    event: 'diversion.held-back', primary, at,
    data: { primary, ...(diversion === undefined ? {} : { diversion }), at: iso(at), action: held.action, brake: held.brake, ...said(deed), ...(diagnosis === undefined ? {} : { diagnosis }) },
  });
}
