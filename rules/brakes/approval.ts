/** Where somebody must agree first: to the beginning of a diversion, and to the beginning of giving back. */
import { isoSeconds } from '../../src/domain/instant.ts';
import type { Brake } from './brake.ts';

export const approval: Brake = {
  name: 'approval',
  holds({ act, view: { now, record: { pending }, thresholds: { approval: { mode: forAll, actsAfterMinutes } } }, around: { mode = forAll, approval: answer } }) {
    if (mode === 'auto' || (act !== 'divert' && act !== 'begin-probation')) return undefined;
    if (mode === 'manual') return 'It is diverted and restored by hand only.';
    if (pending?.action !== act) return 'Somebody must agree first.';
    if (answer?.action === act && answer.at >= pending.since) return answer.says === 'approve' ? undefined : `Somebody refused it at ${isoSeconds(answer.at)}.`;
    const actsAt = pending.since + actsAfterMinutes * 60_000;
    if (actsAfterMinutes > 0 && now >= actsAt) return undefined;
    return `Somebody must agree first, asked at ${isoSeconds(pending.since)}${actsAfterMinutes > 0 ? `; without an answer it is done at ${isoSeconds(actsAt)}` : ''}.`;
  },
};
