/** Judges one call from what is in memory: gathers the facts from the routing table and asks the rules. No I/O. */
import { callSteps, type CallDecision, type CallFacts } from '../../rules/call-steps.ts';
import { isOffered } from '../../rules/probation.ts';
import { passageOf, type Passage } from '../../rules/passage.ts';
import type { PrimaryState } from '../domain/primary.ts';
import type { ArrivingCall } from '../carriers/dialect.ts';
import { markedWhere } from '../carriers/mark.ts';
import type { ActiveLegs } from './active-legs.ts';
import type { DestinationJudge } from './destination-judge.ts';
import { planFor } from './number-facts.ts';
import { policyFor } from './plan-policy.ts';
import type { RoutingTable } from './routing-table.ts';

export interface JudgedCall {
  decision: CallDecision;
  passage: Passage;
  /** Undefined when the number is not ours. */
  route: { customer: string; primary: string; diversion: string | undefined } | undefined;
}

export interface Bench {
  /** The call among all carriers' calls, as in `legs`. */
  call: string;
  table: RoutingTable;
  legs: ActiveLegs;
  judge: DestinationJudge;
  /** Milliseconds since 1970. */
  at: number;
  /** See LOOP_WINDOW_SECONDS. */
  loopWindowMs: number;
}

const NOTHING_TO_JUDGE: Pick<CallFacts, 'refusedBy' | 'primaryOf'> = { refusedBy: () => undefined, primaryOf: () => undefined };

/** On probation a primary is up for some calls and down for the others: for each call the same in every process and at every step. */
function stateFor(state: PrimaryState, call: string): PrimaryState {
  return state.is !== 'recovering' || isOffered(state.share ?? 1, call) ? state : { ...state, is: 'down' };
}

/**
 * @param known what was found of its passage when it arrived, for the later steps of the same call
 */
export function judgeCall(call: ArrivingCall, { call: id, table, legs, judge, at, loopWindowMs }: Bench, known?: Passage): JudgedCall {
  const { number, from } = call;
  const rule = number === undefined ? undefined : table.number(number);
  if (number === undefined || !rule) {
    return { decision: callSteps({ number: number ?? '', route: undefined, passage: 'fresh', at, activeCalls: legs.count, ...NOTHING_TO_JUDGE }), passage: 'fresh', route: undefined };
  }
  const { chosen, timeZone } = planFor(table, rule);
  const settings = table.primary(rule.primary);
  const state = stateFor(table.state(rule.primary), id);
  const passage =
    known ??
    passageOf({
      number,
      caller: from,
      forwardedBy: call.forwardedBy,
      marked: markedWhere(call.mark, number),
      destinations: chosen?.plan.destinations ?? [],
      isManaged: (other) => table.number(other) !== undefined,
      sameCallJustDiverted: loopWindowMs > 0 && legs.sameCall(id, number, from, at - loopWindowMs),
    }).passage;
  const decision = callSteps({
    number,
    route: { customer: rule.customer, primary: settings && { id: rule.primary, settings, state }, plan: chosen, timeZone },
    passage,
    at,
    activeCalls: legs.count,
    ...(chosen ? policyFor(table, judge, { number, customer: rule.customer, plan: chosen.id }) : NOTHING_TO_JUDGE),
  });
  return { decision, passage, route: { customer: rule.customer, primary: rule.primary, diversion: state.diversion } };
}
