/** Who asks for each kind of probe. */
import { placeOf, type Probe } from '../../domain/probe.ts';
import type { Asker, AskerDeps } from './asker.ts';
import { createHttpAsker } from './http.ts';
import { createSipStreamAsker } from './sip-stream.ts';
import { createSipUdpAsker } from './sip-udp.ts';
import { createTcpAsker } from './tcp.ts';

/** The request URI has no `transport`: it is for whoever sends, not for who is asked. */
const requestUri = (target: string): string => target.replace(/;transport=.*$/, '');

function askerOf(probe: Probe, timeoutMs: number, deps: AskerDeps): Asker {
  const options = { ...deps, place: placeOf(probe), timeoutMs };
  switch (probe.kind) {
    case 'sip-options': {
      const uri = requestUri(probe.target);
      if (options.place.over === 'udp') return createSipUdpAsker({ ...options, uri });
      return createSipStreamAsker({ ...options, uri, checkCertificate: probe.certificate !== 'ignore' });
    }
    case 'http':
      return createHttpAsker({ ...options, probe });
    case 'tcp':
      return createTcpAsker(options);
  }
}

/** Never throws: a target that makes no sense, which entry checks refuse and a policy may still have, cannot be asked. */
export function createAsker(probe: Probe, timeoutMs: number, deps: AskerDeps): Asker {
  try {
    return askerOf(probe, timeoutMs, deps);
  } catch {
    return { ask: () => Promise.resolve({ is: 'not-asked', code: 'TARGET_INVALID' }), close: () => undefined };
  }
}
