/** The report of a diversion: one object for machines, or a text that people send on. */
import type { Redis } from 'ioredis';
import { Type } from 'typebox';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import type { PolicyFile } from '../../config/policy-file.ts';
import { DiversionReportSchema, NUMBERS_SHOWN } from '../../domain/diversion-report.ts';
import { Failure } from '../../domain/errors.ts';
import { roleCovers } from '../../domain/key.ts';
import { Id, Strict } from '../../domain/schema.ts';
import { gatherFacts } from '../../report/gather.ts';
import { reportMarkdown } from '../../report/markdown.ts';
import { makeReport } from '../../report/report.ts';
import type { BacklogStore } from '../../store/backlog-store.ts';
import type { CallStore } from '../../store/call-store.ts';
import type { Store } from '../../store/store.ts';
import type { Clock } from '../../system/system.ts';
import type { Telling } from '../../telling/telling.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';

export interface ReportDeps {
  redis: Redis;
  store: Store;
  calls: CallStore;
  tables: RoutingTableHolder;
  telling: Pick<Telling, 'store'>;
  backlog: Pick<BacklogStore, 'status'>;
  policyFile: Pick<PolicyFile, 'current'>;
  clock: Clock;
}

const MARKDOWN = 'text/markdown';

/** Who names both gets what is named first. */
function wantsMarkdown(accept: string | undefined): boolean {
  const named = accept?.split(',').map((range) => range.split(';')[0]?.trim().toLowerCase()) ?? [];
  return named.find((type) => type === MARKDOWN || type === 'application/json') === MARKDOWN;
}

export function reportRoutes(app: App, { redis, store, calls, tables, telling, backlog, policyFile, clock }: ReportDeps): void {
  app.route({
    method: 'GET',
    url: '/v1/diversions/:id/report',
    config: { access: { role: 'viewer', scope: 'provider' }, urgency: 'background' },
    schema: {
      tags: ['Diversions'],
      summary: 'The report of a diversion: what was seen, decided and held back, what callers met, what was moved at carriers, who was told. `Accept: text/markdown` gives a text to send on',
      params: Type.Object({ id: Id }),
      querystring: Strict({
        customer: Type.Optional(Id),
        numbers: Type.Optional(Type.Enum(NUMBERS_SHOWN, { description: '`masked`, the default: it is made to be sent on; `whole`: to call callers back, for the role operator' })),
      }),
      produces: ['application/json', MARKDOWN],
      response: { 200: DiversionReportSchema, default: ProblemSchema },
    },
    async handler({ params: { id }, query: { customer, numbers = 'masked' }, actor, headers }, reply) {
      if (numbers === 'whole' && !roleCovers(actor.role, 'operator')) throw new Failure('role_insufficient', 'Whole numbers ask for the role operator');
      if (customer !== undefined && !(await store.find('customers', customer))) throw new Failure('not_found', 'No such customer');
      const facts = await gatherFacts({ redis, store, calls, telling: telling.store, backlog, table: () => tables.current, now: clock.now }, id, policyFile.current.health.probes.everySeconds);
      const report = makeReport(facts, { customer, numbers });
      void reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (!wantsMarkdown(headers.accept)) return report;
      // A text is not what the schema describes: it is sent as it is.
      return reply.type(`${MARKDOWN}; charset=utf-8`).serializer((text: unknown) => String(text)).send(reportMarkdown(report) as never);
    },
  });
}
