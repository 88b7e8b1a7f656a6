/** One look at a target: asked, once more after a miss, and nobody called down while it may be us who are cut off. */
import { deservesSecondTry, judgeProbe, withoutProof, type ProbeVerdict } from '../../../rules/probe-verdict.ts';
import type { ProbePolicy } from '../../domain/health-policy.ts';
import type { Probe, ProbeOutcome } from '../../domain/probe.ts';
import { createPause } from '../../system/pause.ts';
import type { System } from '../../system/system.ts';
import type { References } from '../references.ts';
import type { Asker } from './asker.ts';

export interface Seen {
  outcome: ProbeOutcome;
  verdict: ProbeVerdict;
}

export interface Target {
  probe: Probe;
  timeoutMs: number;
  asker: Asker;
}

interface LookDeps {
  policy(): ProbePolicy;
  references: Pick<References, 'proofSince'>;
  system: Pick<System, 'timers' | 'steady'>;
}

/** Of two tries the one that is told: a server that was slow and then missed is slow rather than gone. */
function ofTwo(first: Seen, second: Seen): Seen {
  return first.verdict.claim === 'degraded' && second.verdict.claim === 'down' ? first : second;
}

/** An answer came from there, whatever it says: the way is open. */
const provesTheWay = ({ is }: ProbeOutcome): boolean => is === 'answered' || is === 'garbled';

/** `over` says that nobody wants to know any more. */
export function createLook({ policy, references, system }: LookDeps): (target: Target, over: () => boolean) => Promise<Seen> {
  async function ask({ probe, timeoutMs, asker }: Target, tries: number): Promise<Seen> {
    const outcome = await asker.ask();
    const slowMs = probe.slowMs ?? policy().slowMs;
    const expectStatus = probe.kind === 'http' ? probe.expectStatus : undefined;
    return { outcome, verdict: judgeProbe(outcome, { probe: { kind: probe.kind, expectStatus }, slowMs, timeoutMs, tries }) };
  }

  return async (target, over) => {
    const began = system.steady();
    const first = await ask(target, 1);
    if (!deservesSecondTry(first.outcome, first.verdict) || over()) return first;
    await createPause(system.timers, policy().secondTryMs).pause();
    const seen = ofTwo(first, await ask(target, 2));
    if (seen.verdict.claim !== 'down' || provesTheWay(seen.outcome)) return seen;
    return { ...seen, verdict: withoutProof(seen.verdict, await references.proofSince(began)) };
  };
}
