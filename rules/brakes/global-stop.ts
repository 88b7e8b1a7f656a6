/** Automation is stopped everywhere: whoever stopped it does what is to be done. */
import type { Brake } from './brake.ts';

export const globalStop: Brake = {
  name: 'global-stop',
  holds: ({ around: { stopped } }) => stopped && `Automation is stopped everywhere: "${stopped.reason}".`,
};
