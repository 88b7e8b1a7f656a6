/** Whoever sees everything fail should doubt himself first: automation alone moves only so much. The first primary may always be moved. */
import { movesAway, type Brake } from './brake.ts';

export const blastRadius: Brake = {
  name: 'blast-radius',
  holds({ act, view: { thresholds: { blastRadius: { share } } }, around: { numbers: { all, own, moved } } }) {
    if (!movesAway(act) || moved === 0 || all === 0 || (moved + own) / all <= share) return undefined;
    return `With its ${own} numbers automation would have moved ${moved + own} of ${all}, and may move ${Math.round(share * 100)} %.`;
  },
};
