/** The policy of health: when what is seen of a primary counts, as data. rules/policy.yaml has the values in force unless POLICY_FILE names others. */
import { Type, type Static } from 'typebox';
import { ANY_TARGET } from './probe.ts';
import { Strict } from './schema.ts';

const Milliseconds = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

const ProbePolicySchema = Strict({
  everySeconds: Type.Integer({ minimum: 1, maximum: 3600 }),
  timeoutMs: Milliseconds(500, 4000),
  slowMs: Milliseconds(10, 4000),
  secondTryMs: Milliseconds(10, 2000),
  doubtfulEveryMs: Milliseconds(100, 10_000),
  settledAfter: Type.Integer({ minimum: 1, maximum: 100 }),
});
export type ProbePolicy = Static<typeof ProbePolicySchema>;

const Target = Type.String({ maxLength: 1000, pattern: ANY_TARGET });

export const HealthPolicySchema = Strict({
  probes: ProbePolicySchema,
  references: Strict({ targets: Type.Array(Target, { uniqueItems: true, maxItems: 10 }), everySeconds: Type.Integer({ minimum: 1, maximum: 3600 }) }),
}, { $id: 'HealthPolicy' });

export type HealthPolicy = Static<typeof HealthPolicySchema>;
