/** The bounds of the HTTP server as the settings have them, and what keeps count. */
import type { Logger } from 'pino';
import type { Settings } from '../config/settings.ts';
import type { Metrics } from '../operations/metrics.ts';
import { openFilesLimit } from '../system/open-files.ts';
import type { Clock, Timers } from '../system/system.ts';
import { createBodyWatch, type BodyWatch } from './body-watch.ts';
import { connectionsWithin, createConnectionGate, parseProxies, type ConnectionGate } from './connection-gate.ts';
import { tlsFrom, type Tls } from './tls.ts';

export interface Front {
  gate: ConnectionGate;
  bodies: BodyWatch;
  mostConnections: number;
  proxies: readonly string[];
  /** Time for headers, and for the body of a webhook. */
  slowMs: number;
  /** How often it is looked who is too slow. */
  everyMs: number;
  /** Undefined: plain HTTP. */
  tls: Tls | undefined;
}

/** Throws when TRUSTED_PROXIES has what is no address, or the certificate is no good. */
export function createFront(settings: Settings, { metrics, ...world }: { metrics: Pick<Metrics, 'connectionsRefused' | 'clientsCutOff'>; clock: Clock; timers: Timers; log: Logger }): Front {
  const slowMs = settings.SLOW_CLIENT_SECONDS * 1000;
  const everyMs = Math.min(1000, slowMs / 2);
  const mostConnections = connectionsWithin(openFilesLimit(), settings.MAX_CONNECTIONS);
  const proxies = parseProxies(settings.TRUSTED_PROXIES);
  return {
    gate: createConnectionGate({ most: mostConnections, mostOfAddress: settings.MAX_CONNECTIONS_PER_ADDRESS, proxies }, metrics),
    bodies: createBodyWatch({ everyMs, metrics }),
    mostConnections,
    proxies,
    slowMs,
    everyMs,
    tls: tlsFrom(settings, world),
  };
}
