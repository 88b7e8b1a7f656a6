/** The policy of readiness, as data: when a drop of it is told. rules/policy.yaml has the values in force unless POLICY_FILE names others. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

const Part = Type.Number({ minimum: 0.001, maximum: 1 });

export const ReadinessPolicySchema = Strict({
  alarm: Strict({ drop: Part, rise: Part }),
}, { $id: 'ReadinessPolicy' });

export type ReadinessAlarm = Static<typeof ReadinessPolicySchema>['alarm'];
