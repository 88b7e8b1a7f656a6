/** Ends a call that we placed; when that is refused, it is seen whether it has ended by itself. */
import { codeOf } from '../domain/errors.ts';
import type { PlacedCallState } from './api.ts';

/** Throws what `end` and `state` throw, but for a refusal of a call that is over. */
export async function endOrSeeEnded(end: () => Promise<unknown>, state: () => Promise<PlacedCallState | undefined>): Promise<void> {
  try {
    await end();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'carrier_number_unknown') return;
    if (code !== 'carrier_refused' || (await state())?.is === 'going-on') throw error;
  }
}
