/** The policy of health, as data: how primaries are probed, and the thresholds by which what is seen is judged. rules/policy.yaml has the values in force unless POLICY_FILE names others. */
import { Type, type Static, type TProperties } from 'typebox';
import { ANY_TARGET } from './probe.ts';
import { ID_PATTERN, Strict } from './schema.ts';

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
const ReferencesSchema = Strict({ targets: Type.Array(Target, { uniqueItems: true, maxItems: 10 }), everySeconds: Type.Integer({ minimum: 1, maximum: 3600 }) });

const Share = Type.Number({ minimum: 0, maximum: 1 });
const seconds = (minimum: number, maximum = 86_400) => Type.Number({ minimum, maximum });

export const APPROVAL_MODES = ['auto', 'confirm', 'manual'] as const;
export type ApprovalMode = (typeof APPROVAL_MODES)[number];

const SECTIONS = {
  evidence: {
    enoughWeight: Share,
    togetherWeight: Type.Number({ minimum: 0.5, maximum: 5 }),
    twoGroupsForSeconds: seconds(1),
    // Less than a minute by one source alone is no diversion, whatever anybody writes.
    oneGroupForSeconds: seconds(60),
    degradedForSeconds: seconds(1),
    wellForSeconds: seconds(1),
    pauseSeconds: seconds(2, 60),
  },
  calls: {
    minimumCalls: Type.Integer({ minimum: 1, maximum: 10_000 }),
    distinctNumbers: Type.Integer({ minimum: 1, maximum: 32 }),
    downShare: Share,
    degradedShare: Share,
    expectedCalls: Type.Number({ minimum: 5, maximum: 100_000 }),
    missingBelowShare: Share,
  },
  approval: {
    mode: Type.Enum(APPROVAL_MODES),
    actsAfterMinutes: Type.Number({ minimum: 0, maximum: 10_080 }),
  },
  blastRadius: { share: Share },
  unfit: { answeredShare: Share },
  atCarriers: { afterSeconds: seconds(1) },
  holdDown: {
    seconds: seconds(1),
    growth: Type.Number({ minimum: 1, maximum: 10 }),
    halfLifeMinutes: Type.Number({ minimum: 1, maximum: 10_080 }),
    longestMinutes: Type.Number({ minimum: 1, maximum: 10_080 }),
  },
  period: {
    failures: Type.Integer({ minimum: 3, maximum: 10 }),
    tolerance: Type.Number({ minimum: 0.01, maximum: 0.5 }),
    missed: Type.Integer({ minimum: 1, maximum: 10 }),
  },
  probation: {
    steps: Type.Array(Strict({ share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }), seconds: seconds(1) }), { minItems: 1, maxItems: 10 }),
    calls: Type.Integer({ minimum: 0, maximum: 10_000 }),
    failedCalls: Type.Integer({ minimum: 1, maximum: 20 }),
    failedShare: Share,
  },
  blackout: {
    hours: Type.String({ minLength: 1, maxLength: 500 }),
    timeZone: Type.String({ minLength: 1, maxLength: 64 }),
  },
} as const satisfies Record<string, TProperties>;

/** Some fields of some sections: the rest is as for all. */
function overrides() {
  const some = <P extends TProperties>(properties: P) => Type.Optional(Type.Partial(Strict(properties), { additionalProperties: false }));
  const { evidence, calls, approval, blastRadius, unfit, atCarriers, holdDown, period, probation, blackout } = SECTIONS;
  return Strict({
    evidence: some(evidence),
    calls: some(calls),
    approval: some(approval),
    blastRadius: some(blastRadius),
    unfit: some(unfit),
    atCarriers: some(atCarriers),
    holdDown: some(holdDown),
    period: some(period),
    probation: some(probation),
    blackout: some(blackout),
  });
}

function sections() {
  const { evidence, calls, approval, blastRadius, unfit, atCarriers, holdDown, period, probation, blackout } = SECTIONS;
  return {
    evidence: Strict(evidence),
    calls: Strict(calls),
    approval: Strict(approval),
    blastRadius: Strict(blastRadius),
    unfit: Strict(unfit),
    atCarriers: Strict(atCarriers),
    holdDown: Strict(holdDown),
    period: Strict(period),
    probation: Strict(probation),
    blackout: Strict(blackout),
  };
}

const HealthThresholdsSchema = Strict(sections());

/** For one primary. */
export type HealthThresholds = Static<typeof HealthThresholdsSchema>;

export const HealthPolicySchema = Strict({
  probes: ProbePolicySchema,
  references: ReferencesSchema,
  ...sections(),
  primaries: Type.Record(Type.String({ pattern: ID_PATTERN }), overrides(), { additionalProperties: false, description: 'What is otherwise for single primaries' }),
}, { $id: 'HealthPolicy' });

export type HealthPolicy = Static<typeof HealthPolicySchema>;

const made = new WeakMap<HealthPolicy, Map<string, HealthThresholds>>();

function laidOver(policy: HealthPolicy, id: string): HealthThresholds {
  const { primaries, probes: _, references: __, ...all } = policy;
  const own: Readonly<Record<string, object | undefined>> = primaries[id] ?? {};
  return Object.fromEntries(Object.entries(all).map(([name, section]) => [name, { ...section, ...own[name] }])) as HealthThresholds;
}

/** What holds for one primary: its own where it has any, else those for all. */
export function thresholdsOf(policy: HealthPolicy, primary: string): HealthThresholds {
  let known = made.get(policy);
  if (!known) made.set(policy, (known = new Map()));
  let thresholds = known.get(primary);
  if (!thresholds) known.set(primary, (thresholds = laidOver(policy, primary)));
  return thresholds;
}
