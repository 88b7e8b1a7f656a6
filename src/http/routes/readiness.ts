/** Readiness: which numbers would be answered if their primary failed now, and why the others would not. */
import { Type } from 'typebox';
import { READINESS_REASONS, type ReadinessReason } from '../../../rules/readiness.ts';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import { Failure } from '../../domain/errors.ts';
import { Id, Strict } from '../../domain/schema.ts';
import { RECENT_DAYS, type Readiness } from '../../readiness/readiness.ts';
import type { Survey } from '../../readiness/survey.ts';
import { itemsOf, summaryOf, type Item, type ItemPage, type Tally, type Wanted } from '../../readiness/view.ts';
import { customerAsked } from '../access.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';

export interface ReadinessDeps {
  readiness: Readiness;
  tables: RoutingTableHolder;
}

const REASONS = Object.keys(READINESS_REASONS) as ReadinessReason[];
const WEEK_MS = 7 * 86_400_000;

const TallySchema = {
  all: Type.Integer(),
  answered: Type.Integer({ description: 'Would be answered if their primary failed now' }),
  passing: Type.Integer({ description: 'Would not at this moment, and that passes by itself: closed at this hour, or full' }),
  atRisk: Type.Integer({ description: 'Answered, and yet something is to be looked at' }),
};
const Share = Type.Optional(Type.Number({ description: 'Answered of all, from 0 to 1; left out where there are none' }));
const Numbers = Type.Object({ ...TallySchema, share: Share });
const Shares = (name: string, description: string) => Type.Array(Type.Object({ [name]: Type.String(), numbers: Numbers }), { description });

const Shown = Type.Object({
  at: Type.String({ description: 'When it was surveyed: some seconds ago at most' }),
  numbers: Numbers,
  calls: Type.Optional(Type.Object({ ...TallySchema, all: Type.Integer({ description: 'Recent calls looked at, an even sample where there are many' }), days: Type.Integer(), share: Share }, { description: 'Recent calls by what they would meet now; left out while Redis does not answer' })),
  problems: Type.Array(Type.Object({
    reason: Type.Enum(REASONS),
    is: Type.Enum(['stops', 'passes', 'risk'], { description: '`stops`: nobody would answer; `passes`: nobody at this moment; `risk`: somebody would' }),
    means: Type.String(),
    numbers: Type.Integer(),
    calls: Type.Integer({ description: 'Of the recent calls looked at' }),
  }), { description: 'A number may have several' }),
  primaries: Shares('primary', 'Those with problems, the worst first, 100 at most'),
  customers: Shares('customer', 'The same by customer'),
  items: Type.Array(Type.Object({
    number: Type.String(),
    customer: Type.String(),
    primary: Type.String(),
    carrier: Type.String(),
    answered: Type.Boolean(),
    reasons: Type.Array(Type.Enum(REASONS)),
    calls: Type.Optional(Type.Object({ last7Days: Type.Integer(), last28Days: Type.Integer() }, { description: 'For keys of the provider' })),
  }), { description: 'The numbers with problems, in the order of customer and number; where few are wanted of many, a page may have fewer than `limit`' }),
  next: Type.Optional(Type.String()),
});

const withShare = (tally: Tally): Tally & { share?: number } => (tally.all === 0 ? tally : { ...tally, share: tally.answered / tally.all });

function positionOf(cursor: string | undefined): ItemPage['next'] {
  const parts = decodeCursor(cursor, 2);
  if (!parts) return undefined;
  const number = Number(parts[1]);
  if (!Number.isSafeInteger(number)) throw new Failure('cursor_invalid');
  return { customer: parts[0] ?? '', number };
}

async function summary({ readiness: { volume, recent }, tables }: ReadinessDeps, survey: Survey, wanted: Wanted) {
  const table = tables.current;
  // Of one customer its own calls are looked at: among those of all there may be few of it, and how many others have is not its to know.
  const sample = wanted.customer === undefined ? survey.sample : await volume.sample(wanted.customer, recent()).catch(() => undefined);
  const { numbers, calls, problems, primaries, customers } = summaryOf(survey, table, wanted, wanted.customer === undefined ? undefined : (sample ?? { total: 0, sampled: 0, byNumber: new Map() }));
  return {
    at: new Date(survey.at).toISOString(),
    numbers: withShare(numbers),
    ...(sample ? { calls: { ...withShare(calls), days: RECENT_DAYS } } : {}),
    problems: problems.map((problem) => ({ ...problem, is: READINESS_REASONS[problem.reason].is, means: READINESS_REASONS[problem.reason].means })),
    primaries: primaries.map(({ id, numbers: own }) => ({ primary: id, numbers: withShare(own) })),
    customers: customers.map(({ id, numbers: own }) => ({ customer: id, numbers: withShare(own) })),
  };
}

/** How many calls each number had lately; undefined while Redis does not answer. A number may have been another customer's then: its own keys are not told. */
async function callsOf({ volume, recent }: Readiness, items: readonly Item[], at: number, { scoped }: Wanted): Promise<number[][] | undefined> {
  if (scoped) return undefined;
  return volume.counts(items.map(({ number }) => number), [at - WEEK_MS, recent()]).catch(() => undefined);
}

export function readinessRoutes(app: App, deps: ReadinessDeps): void {
  const { readiness, tables } = deps;
  app.route({
    method: 'GET',
    url: '/v1/readiness',
    config: { access: { role: 'viewer', scope: 'customer' }, urgency: 'background' },
    schema: {
      tags: ['Readiness'],
      summary: 'Which numbers, and what share of recent calls, would be answered if their primary failed now, and why the others would not. Nobody is called',
      querystring: Strict({ ...PageQuery, customer: Type.Optional(Id), primary: Type.Optional(Id), reason: Type.Optional(Type.Enum(REASONS, { description: 'Only numbers with this problem among the items' })) }),
      response: { 200: Shown, default: ProblemSchema },
    },
    async handler({ actor, query }) {
      const { limit = DEFAULT_LIMIT, cursor, reason, primary } = query;
      const wanted: Wanted = { customer: customerAsked(actor, query.customer), primary, scoped: actor.customer !== undefined };
      const from = positionOf(cursor);
      const survey = await readiness.survey();
      const { items, next } = itemsOf(survey, tables.current, { ...wanted, reason }, from, limit);
      const calls = await callsOf(readiness, items, survey.at, wanted);
      return {
        ...(await summary(deps, survey, wanted)),
        items: items.map(({ number, rule, readiness: { answered, reasons } }, at) => {
          const [last7Days = 0, last28Days = 0] = calls?.[at] ?? [];
          return { number, customer: rule.customer, primary: rule.primary, carrier: rule.carrier, answered, reasons: [...reasons], ...(calls ? { calls: { last7Days, last28Days } } : {}) };
        }),
        ...(next ? { next: encodeCursor([next.customer, String(next.number)]) } : {}),
      };
    },
  });
}
