/** The policy as a whole: what the judgement leaves to each installation. */
import type { Static } from 'typebox';
import { DestinationPolicySchema } from './destination-policy.ts';
import { DrillPolicySchema } from './drill.ts';
import { HealthPolicySchema } from './health-policy.ts';
import { ReadinessPolicySchema } from './readiness-policy.ts';
import { Strict } from './schema.ts';

export const PolicySchema = Strict({ destinations: DestinationPolicySchema, health: HealthPolicySchema, drills: DrillPolicySchema, readiness: ReadinessPolicySchema });
export type Policy = Static<typeof PolicySchema>;
