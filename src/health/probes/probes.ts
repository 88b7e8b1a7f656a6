/** Puts the probes together, and keeps them in step with the primaries and the policy in force. */
import { lookup, Resolver } from 'node:dns/promises';
import type { Logger } from 'pino';
import type { Sight } from '../../../rules/diagnose/view.ts';
import type { Proof } from '../../../rules/own-network.ts';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import type { PolicyFile } from '../../config/policy-file.ts';
import type { Metrics } from '../../operations/metrics.ts';
import type { System } from '../../system/system.ts';
import type { EvidenceBoard } from '../evidence-board.ts';
import { createPauseWatch } from '../pause-watch.ts';
import { createReferences } from '../references.ts';
import { createAsker } from './kinds.ts';
import { createNameLookup, type NameServer } from './name-lookup.ts';
import { createProber } from './prober.ts';

export interface Probes {
  /** Targets that are asked. */
  readonly targets: number;
  /** Reference targets that did not answer when they were last asked. */
  readonly referencesSilent: number;
  /** What the reference targets tell of this process now. */
  readonly sight: Sight;
  start(): void;
  stop(): void;
}

export interface ProbesOptions {
  /** This process, as its sources name it. */
  self: string;
  board: Pick<EvidenceBoard, 'tell' | 'withdraw'>;
  tables: RoutingTableHolder;
  policyFile: Pick<PolicyFile, 'current' | 'events'>;
  metrics: Pick<Metrics, 'probes' | 'probeSeconds' | 'pauses'>;
  system: System;
  log: Logger;
}

const SIGHTS: Readonly<Record<Proof, Sight>> = { proven: 'reached', 'cut-off': 'lost', unproven: 'unknown' };

/** A name server that does not answer is asked twice, milliseconds. */
const NAME_TIMEOUT_MS = 1000;

function systemNames(): NameServer {
  const resolver = new Resolver({ timeout: NAME_TIMEOUT_MS, tries: 2 });
  return {
    resolve4: (name) => resolver.resolve4(name),
    resolve6: (name) => resolver.resolve6(name),
    resolveSrv: (name) => resolver.resolveSrv(name),
    lookup: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  };
}

export function createProbes({ self, board, tables, policyFile, metrics, system, log }: ProbesOptions): Probes {
  const watch = createPauseWatch(system);
  const deps = { names: createNameLookup({ server: systemNames(), steady: system.steady }), system };
  const policy = () => policyFile.current.health;
  const references = createReferences({ policy: () => policy().references, createAsker: (probe) => createAsker(probe, policy().probes.timeoutMs, deps), system });
  const prober = createProber({
    process: self,
    board, references, watch, system, log,
    policy: () => policy().probes,
    createAsker: (probe, timeoutMs) => createAsker(probe, timeoutMs, deps),
    count(kind, claim, seconds) {
      metrics.probes.inc({ kind, claim });
      if (seconds !== undefined) metrics.probeSeconds.observe({ kind }, seconds);
    },
  });
  watch.events.on('paused', () => metrics.pauses.inc());
  let known = new Set<string>();

  function takeAll(): void {
    const ids = new Set(tables.current.ids('primaries'));
    for (const id of known) if (!ids.has(id)) prober.take(id, undefined);
    for (const id of ids) prober.take(id, tables.current.primary(id));
    known = ids;
  }

  function changed(collection: string, id: string): void {
    if (collection !== 'primaries') return;
    known.add(id);
    prober.take(id, tables.current.primary(id));
  }

  function renew(): void {
    references.renew();
    prober.renew();
  }

  return {
    get targets() {
      return prober.size;
    },
    get sight() {
      return SIGHTS[references.lately];
    },
    get referencesSilent() {
      return references.silent;
    },
    start() {
      watch.start();
      references.start();
      takeAll();
      tables.events.on('replaced', takeAll);
      tables.events.on('change', changed);
      policyFile.events.on('changed', renew);
    },
    stop() {
      tables.events.off('replaced', takeAll);
      tables.events.off('change', changed);
      policyFile.events.off('changed', renew);
      prober.stop();
      references.stop();
      watch.stop();
    },
  };
}
