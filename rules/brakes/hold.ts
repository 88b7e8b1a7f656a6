/** Somebody works on this primary: it stays as it is. */
import { isoSeconds } from '../../src/domain/instant.ts';
import type { Brake } from './brake.ts';

export const hold: Brake = {
  name: 'hold',
  holds({ view: { now }, around: { hold: held } }) {
    if (!held || (held.until !== undefined && held.until <= now)) return undefined;
    return `It is held as it is${held.until === undefined ? '' : ` until ${isoSeconds(held.until)}`}: "${held.reason}".`;
  },
};
