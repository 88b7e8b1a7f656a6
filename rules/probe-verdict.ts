/** What does the end of a probe say of the primary? Claim, how far it can be trusted, and one clause for people. */
import type { Claim } from '../src/domain/evidence.ts';
import type { Probe, ProbeOutcome } from '../src/domain/probe.ts';

export interface ProbeVerdict {
  claim: Claim;
  /** In (0, 1]. */
  weight: number;
  because: string;
}

export interface ProbeFacts {
  probe: Pick<Probe, 'kind'> & { expectStatus?: readonly number[] | undefined };
  /** An answer that takes as long is slow, milliseconds. */
  slowMs: number;
  timeoutMs: number;
  /** How often it was asked, the last time included. */
  tries: number;
}

/** The server itself answers, and says that what is behind it does not. */
const FAILS_BEHIND = new Set([408, 502, 503, 504]);

/** A stopped program is still connected to, by the kernel: a connection alone proves a machine and a port. */
const CONNECTED = 0.3;
const ANSWERED = 0.8;
const STRONG = 0.9;
/** The way there, or a name, may be what failed. */
const ON_THE_WAY = 0.6;
const NOTHING = 0.1;

const ASKED: Readonly<Record<Probe['kind'], string>> = { 'sip-options': 'OPTIONS', http: 'GET', tcp: 'connection' };

function asked({ probe: { kind }, tries }: ProbeFacts): string {
  return tries === 1 ? ASKED[kind] : `${tries} ${ASKED[kind]}${kind === 'tcp' ? 's' : kind === 'http' ? 's' : ''}`;
}

type Answered = Extract<ProbeOutcome, { is: 'answered' }>;

function judgeSip({ status = 0, retryAfterSeconds }: Answered): ProbeVerdict | undefined {
  if (status === 503 && retryAfterSeconds !== undefined) return { claim: 'overloaded', weight: ANSWERED, because: `answered 503 to OPTIONS, to be asked again after ${retryAfterSeconds} s` };
  return FAILS_BEHIND.has(status) ? { claim: 'down', weight: ANSWERED, because: `answered ${status} to OPTIONS` } : undefined;
}

function judgeHttp({ status = 0, retryAfterSeconds, bodyWrong }: Answered, expected: readonly number[] | undefined): ProbeVerdict | undefined {
  const healthy = expected ? expected.includes(status) : status >= 200 && status < 300;
  if (healthy) return bodyWrong ? { claim: 'down', weight: ANSWERED, because: `answered ${status} to GET, without what was expected in it` } : undefined;
  if (status === 429 || (status === 503 && retryAfterSeconds !== undefined)) return { claim: 'overloaded', weight: ANSWERED, because: `answered ${status} to GET` };
  return { claim: 'down', weight: ANSWERED, because: `answered ${status} to GET, which is not expected` };
}

function judgeAnswer(outcome: Answered, { probe, slowMs }: ProbeFacts): ProbeVerdict {
  const { status, ms, certificateFault } = outcome;
  const bad = probe.kind === 'sip-options' ? judgeSip(outcome) : probe.kind === 'http' ? judgeHttp(outcome, probe.expectStatus) : undefined;
  if (bad) return bad;
  const weight = probe.kind === 'tcp' ? CONNECTED : ANSWERED;
  if (certificateFault !== undefined) return { claim: 'degraded', weight, because: `its certificate is not valid (${certificateFault})` };
  if (ms >= slowMs) return { claim: 'degraded', weight, because: `took ${(ms / 1000).toFixed(1)} s to answer` };
  return { claim: 'up', weight, because: probe.kind === 'tcp' ? 'takes connections' : `answered ${status} to ${ASKED[probe.kind]}` };
}

/** The table of docs/probes.md. */
export function judgeProbe(outcome: ProbeOutcome, facts: ProbeFacts): ProbeVerdict {
  switch (outcome.is) {
    case 'answered':
      return judgeAnswer(outcome, facts);
    case 'silent':
      return { claim: 'down', weight: STRONG, because: `no answer to ${asked(facts)} in ${facts.timeoutMs / 1000} s${facts.tries > 1 ? ' each' : ''}` };
    case 'refused':
      return { claim: 'down', weight: STRONG, because: `its port is closed (${asked(facts)})` };
    case 'closed':
      return { claim: 'down', weight: STRONG, because: `ended the connection without an answer (${asked(facts)})` };
    case 'garbled':
      return { claim: 'down', weight: ANSWERED, because: `what it answers is no ${facts.probe.kind === 'http' ? 'HTTP' : 'SIP'}` };
    case 'tls-failed':
      return { claim: 'down', weight: ON_THE_WAY, because: `no TLS comes about (${outcome.code})` };
    case 'unreachable':
      return { claim: 'down', weight: ON_THE_WAY, because: `there is no way to it (${outcome.code})` };
    case 'name-unknown':
      return { claim: 'unknown', weight: NOTHING, because: `its name cannot be looked up (${outcome.code})` };
    case 'not-asked':
      return { claim: 'unknown', weight: NOTHING, because: `it could not be asked (${outcome.code})` };
  }
}

/** Whether it is worth a second try before anybody is told: one packet may be lost, one answer late. */
export function deservesSecondTry(outcome: ProbeOutcome, verdict: ProbeVerdict): boolean {
  return verdict.claim === 'down' || (verdict.claim === 'degraded' && outcome.is === 'answered' && outcome.certificateFault === undefined);
}

/** What remains of a claim when nobody can say whether it was not us who were cut off. */
export function withoutProof(verdict: ProbeVerdict, proof: 'proven' | 'cut-off' | 'unproven'): ProbeVerdict {
  if (verdict.claim !== 'down' || proof === 'proven') return verdict;
  if (proof === 'cut-off') return { claim: 'unknown', weight: NOTHING, because: `${verdict.because}, but the reference targets do not answer either: it may be us who are cut off` };
  return { ...verdict, weight: Math.min(verdict.weight, UNPROVEN) };
}

/** There are no reference targets: then a probe alone never outweighs another group. */
const UNPROVEN = 0.5;
