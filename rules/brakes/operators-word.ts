/** An operator's word beats all evidence: what was diverted by hand is restored by hand, and what was restored by hand is not diverted again before it was seen well. */
import { isoSeconds } from '../../src/domain/instant.ts';
import { givesBack, movesAway, type Brake } from './brake.ts';

export const operatorsWord: Brake = {
  name: 'operators-word',
  holds({ act, view: { record: { word } } }) {
    if (word?.says === 'divert' && givesBack(act)) return `An operator diverted it at ${isoSeconds(word.at)}: an operator restores it.`;
    if (word?.says === 'restore' && !word.settled && movesAway(act)) return `An operator restored it at ${isoSeconds(word.at)}, and it has not been seen well since.`;
    return undefined;
  },
};
