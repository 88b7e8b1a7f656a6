/** Diverting helps only where somebody answers: a primary whose plans lead nowhere may still take some calls itself. */
import { movesAway, type Brake } from './brake.ts';

export const unfitDestination: Brake = {
  name: 'unfit-destination',
  holds({ act, view: { thresholds: { unfit } }, around: { numbers: { own, answered } } }) {
    if (!movesAway(act)) return undefined;
    if (own === 0) return 'No number belongs to it: there is nothing to divert.';
    return answered / own < unfit.answeredShare || answered === 0 ? `Of its ${own} numbers the plans would answer ${answered}.` : undefined;
  },
};
