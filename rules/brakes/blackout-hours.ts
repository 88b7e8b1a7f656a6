/** There are hours in which nobody wants calls to change back by themselves. What was begun stays at its step. */
import { isOpen, knownHours } from '../hours.ts';
import { givesBack, type Brake } from './brake.ts';

export const blackoutHours: Brake = {
  name: 'blackout-hours',
  holds({ act, view: { now, thresholds: { blackout } } }) {
    if (!givesBack(act)) return undefined;
    const hours = knownHours(blackout.hours);
    return hours && isOpen(hours, now, blackout.timeZone) ? `Calls are not given back by themselves in these hours: ${blackout.hours} (${blackout.timeZone}).` : undefined;
  },
};
