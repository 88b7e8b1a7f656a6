/** A scenario: an outage as somebody writes it down, to be played through the rules. Its form, and what in it does not fit together. */
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { openYaml, type YamlFault } from '../config/read-yaml.ts';
import { CLAIMS } from '../domain/evidence.ts';
import { APPROVAL_MODES } from '../domain/health-policy.ts';
import { Id, Instant, Strict } from '../domain/schema.ts';

const Seconds = (minimum: number, description: string) => Type.Number({ minimum, maximum: 604_800, description });
const At = Seconds(0, 'Seconds since the beginning');
const Share = Type.Number({ minimum: 0, maximum: 1 });

const PrimaryItem = Strict({
  id: Id,
  probes: Type.Optional(Type.Array(Strict({ kind: Type.String({ minLength: 1, maxLength: 40 }), everySeconds: Type.Optional(Type.Number({ minimum: 0.5, maximum: 3600 })) }), { maxItems: 20 })),
  mode: Type.Optional(Type.Enum(APPROVAL_MODES)),
  dependsOn: Type.Optional(Type.Array(Id, { maxItems: 20 })),
});

const NumbersItem = Strict({
  count: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  primary: Id,
  divertBy: Type.Optional(Type.Enum(['call', 'number', 'trunk', 'sip'])),
  safetyNet: Type.Optional(Type.Boolean()),
  withPlan: Type.Optional(Share),
  carrier: Type.Optional(Id),
  class: Type.Optional(Type.Enum(['critical', 'standard', 'low'])),
});

/** What is so with a primary from then on. */
export const TRUTHS = ['up', 'down', 'slow', 'flaky', 'busy'] as const;

const WorldItem = Strict({
  at: At,
  primary: Type.Optional(Id),
  observer: Type.Optional(Type.Integer({ minimum: 0, maximum: 63 })),
  is: Type.Enum([...TRUTHS, 'cut-off', 'paused']),
  only: Type.Optional(Type.Enum(['calls', 'probes'])),
  delayMs: Type.Optional(Type.Number({ minimum: 0, maximum: 600_000 })),
  failure: Type.Optional(Share),
});

const SignalItem = Strict({
  at: At,
  source: Type.String({ minLength: 1, maxLength: 100 }),
  primary: Id,
  says: Type.Enum([...CLAIMS, 'resolved']),
  forSeconds: Type.Optional(Seconds(1, 'How long it counts; default 900')),
});

const OrderItem = Strict({ at: At, primary: Id, says: Type.Enum(['divert', 'restore']), how: Type.Optional(Type.Enum(['steps', 'now'])) });

export const ScenarioSchema = Strict({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  startsAt: Type.Optional(Instant),
  seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 4_294_967_295 })),
  durationSeconds: Seconds(1, 'How long it is played'),
  observers: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  primaries: Type.Array(PrimaryItem, { minItems: 1, maxItems: 1000 }),
  numbers: Type.Union([NumbersItem, Type.Array(NumbersItem, { minItems: 1, maxItems: 1000 })]),
  carriers: Type.Optional(Type.Array(Strict({ id: Id, writesPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10_000 })) }), { maxItems: 100 })),
  calls: Type.Optional(Strict({ perSecond: Type.Number({ minimum: 0, maximum: 1000 }) })),
  world: Type.Optional(Type.Array(WorldItem, { maxItems: 10_000 })),
  signals: Type.Optional(Type.Array(SignalItem, { maxItems: 10_000 })),
  orders: Type.Optional(Type.Array(OrderItem, { maxItems: 1000 })),
});

export type Scenario = Static<typeof ScenarioSchema>;
export type NumbersGroup = Static<typeof NumbersItem>;
export type WorldChange = Static<typeof WorldItem>;

const validator = Compile(ScenarioSchema);

interface Misfit {
  path: string[];
  detail: string;
}

export function groupsOf({ numbers }: Scenario): NumbersGroup[] {
  return Array.isArray(numbers) ? numbers : [numbers];
}

function worldMisfit({ primary, observer, is, only }: WorldChange, observers: number): string | undefined {
  if ((primary === undefined) === (observer === undefined)) return 'must be of a primary or of an observer';
  if (observer === undefined) return is === 'cut-off' || is === 'paused' ? `a primary is not ${is}: an observer is` : undefined;
  if (observer >= observers) return `there is no observer ${observer}: they are numbered from 0`;
  if (only !== undefined) return 'only is for primaries';
  return is === 'cut-off' || is === 'paused' || is === 'up' ? undefined : `an observer is up, cut-off or paused, not ${is}`;
}

/** What the schema cannot tell: names that nobody has, and observers that are not there. */
function misfits(scenario: Scenario): Misfit[] {
  const found: Misfit[] = [];
  const primaries = new Set(scenario.primaries.map(({ id }) => id));
  const carriers = new Set((scenario.carriers ?? []).map(({ id }) => id));
  const known = (path: string[], id: string | undefined): void => {
    if (id !== undefined && !primaries.has(id)) found.push({ path, detail: `there is no primary ${id}` });
  };
  if (primaries.size < scenario.primaries.length) found.push({ path: ['primaries'], detail: 'two of them have the same id' });
  for (const [at, { primary, carrier }] of groupsOf(scenario).entries()) {
    const path = Array.isArray(scenario.numbers) ? ['numbers', String(at)] : ['numbers'];
    known([...path, 'primary'], primary);
    if (carrier !== undefined && !carriers.has(carrier)) found.push({ path: [...path, 'carrier'], detail: `there is no carrier ${carrier}` });
  }
  for (const [at, change] of (scenario.world ?? []).entries()) {
    known(['world', String(at), 'primary'], change.primary);
    const detail = worldMisfit(change, scenario.observers ?? 1);
    if (detail !== undefined) found.push({ path: ['world', String(at)], detail });
  }
  for (const part of ['signals', 'orders'] as const) for (const [at, { primary }] of (scenario[part] ?? []).entries()) known([part, String(at), 'primary'], primary);
  return found;
}

export function readScenario(text: string): { scenario: Scenario } | { faults: YamlFault[] } {
  const opened = openYaml(text);
  if ('faults' in opened) return opened;
  const { value } = opened;
  if (!validator.Check(value)) return { faults: opened.faultsOf(validator.Errors(value), 'the scenario') };
  const faults = misfits(value).map(({ path, detail }) => ({ line: opened.lineOf(path), detail: `${path.join('.')}: ${detail}` }));
  return faults.length === 0 ? { scenario: value } : { faults };
}
