/** What flows to a subscriber while its primary is as it is: nothing to one that is down; only what happens now to one that is coming back or has trouble; everything otherwise. */
import type { PrimaryState } from '../src/domain/primary.ts';

export type Flow = 'all' | 'live' | 'none';

const FLOWS = { up: 'all', degraded: 'live', recovering: 'live', down: 'none' } as const satisfies Record<PrimaryState['is'], Flow>;

/** `state`: of the primary that the subscriber is part of; undefined: it is part of none. */
export function replayFlow(state: Pick<PrimaryState, 'is'> | undefined): Flow {
  return state === undefined ? 'all' : FLOWS[state.is];
}
