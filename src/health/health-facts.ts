/** What a judgement must know of a primary besides its evidence, from the routing table. */
import type { HealthFacts } from '../../rules/judge.ts';
import type { Surroundings } from '../../rules/brakes/brake.ts';
import type { Sight } from '../../rules/diagnose/view.ts';
import { hasSameFate } from '../../rules/same-fate.ts';
import type { Tried } from '../../rules/trial.ts';
import { planFor } from '../calls/number-facts.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { NumberRecord } from '../domain/number.ts';
import { primaryTarget, type PrimaryState } from '../domain/primary.ts';

export interface Looker {
  /** This process, as its sources name it. */
  self: string;
  /** What the reference targets tell of each process. */
  sight(): Readonly<Record<string, Sight>>;
  /** Calls that were offered to a primary on probation since `since`. */
  tried(primary: string, since: number): Tried | undefined;
}

/** What falls with a primary is a matter of hosts, not of the number that is dialled there. */
const ANY_NUMBER = '0';

/**
 * True when the plan has a destination that does not fall with the primary: what the policy has against it was said when it was entered. Not the answer of
 * rules/readiness.ts on purpose: that is of each number, at this hour, by what Redis knows of carriers, and takes seconds for a million. A
 * brake must judge in one look, also without Redis, and where it is in doubt a failing primary is diverted: a plan that is closed now is worth more than none.
 */
function isAnswered(table: RoutingTable, id: string, rule: NumberRecord): boolean {
  const { chosen } = planFor(table, rule);
  const settings = table.primary(id);
  const falls = (to: string): boolean => settings !== undefined && hasSameFate(to, { id, target: primaryTarget(settings, ANY_NUMBER) }, (other) => table.number(other)?.primary);
  return chosen?.plan.destinations.some(({ to }) => !falls(to)) ?? false;
}

/** True for a primary whose calls automation, not a person, has sent elsewhere. */
const isMovedByAutomation = ({ diversion, override }: PrimaryState): boolean => diversion !== undefined && override?.says !== 'divert';

function countsOf(table: RoutingTable, id: string, stateOf: (primary: string) => PrimaryState): Surroundings['numbers'] {
  const counts = { all: table.numberCount, own: 0, answered: 0, moved: 0 };
  table.eachRule((rule, numbers) => {
    if (rule.primary !== id) {
      if (isMovedByAutomation(stateOf(rule.primary))) counts.moved += numbers;
      return;
    }
    counts.own += numbers;
    if (isAnswered(table, id, rule)) counts.answered += numbers;
  });
  return counts;
}

/** `state` is the one that is judged; `stateOf` those of the others. */
export function healthFacts({ self, sight, tried }: Looker, table: RoutingTable, id: string, state: PrimaryState, stateOf: (primary: string) => PrimaryState): HealthFacts {
  const { override, hold, answer, health } = state;
  const { stop } = table.automation();
  let numbers: Surroundings['numbers'] | undefined;
  return {
    primary: id,
    self,
    sight: sight(),
    word: override && { says: override.says, at: override.at, how: override.how },
    tried: health && state.is === 'recovering' ? tried(id, health.stepSince) : undefined,
    mode: table.primary(id)?.mode,
    stopped: stop && { reason: stop.reason },
    hold: hold && { reason: hold.reason, until: hold.until },
    approval: answer && { action: answer.action, says: answer.says, at: answer.at },
    // Asked for only where something is to be done, which is seldom: it is a walk over all rules.
    get numbers() {
      return (numbers ??= countsOf(table, id, stateOf));
    },
  };
}
