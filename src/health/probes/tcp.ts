/** A connection over TCP, opened and closed again. */
import type { ProbeOutcome, ProbePlace } from '../../domain/probe.ts';
import { createAskerAt, outcomeOf, question, type Asker, type AskerDeps } from './asker.ts';
import type { Endpoint } from './name-lookup.ts';
import { openStream } from './stream-link.ts';

export function createTcpAsker({ place, timeoutMs, names, system }: AskerDeps & { place: ProbePlace; timeoutMs: number }): Asker {
  const ask = (at: Endpoint): Promise<ProbeOutcome> =>
    question(system, timeoutMs, ({ settle, elapsed, afterwards }) => {
      const socket = openStream({ at, host: place.host, secure: false }, () => settle({ is: 'answered', ms: elapsed() }));
      socket.on('error', (error) => settle(outcomeOf(error)));
      afterwards(() => socket.destroy());
    });
  // Its schema wants a port.
  return createAskerAt({ place, usual: { port: 0 }, names, ask });
}
