/** The provider's own settings: one record. */
import { ProviderSchema, type Provider } from '../../domain/customer.ts';
import { Failure } from '../../domain/errors.ts';
import type { EntryCheck } from '../../policy/entry-check.ts';
import type { Draft } from '../../store/draft.ts';
import { edit } from '../../store/edit.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import { conditionOf, deedOf, etagOf, OWN_TABLE_MS, type ResourceDeps } from '../resource.ts';
import { assertTimeZone, assertUsablePlan } from './records.ts';

const ID = 'provider';

export function providerRoutes(app: App, { store, clock, follower, entry }: ResourceDeps & { entry: EntryCheck }): void {
  app.route({
    method: 'GET',
    url: '/v1/provider',
    config: { access: { role: 'viewer', scope: 'provider' } },
    schema: { tags: ['Provider'], summary: "The provider's own settings", response: { 200: ProviderSchema, default: ProblemSchema } },
    handler: async (_request, reply) => {
      const found = await store.find('provider', ID);
      if (!found) return {};
      if ('unreadable' in found) throw new Failure('record_unreadable');
      void reply.header('etag', etagOf('provider', found.record));
      return found.record;
    },
  });
  app.route({
    method: 'PUT',
    url: '/v1/provider',
    config: { access: { role: 'admin', scope: 'provider' } },
    schema: { tags: ['Provider'], summary: "Replace the provider's own settings", body: ProviderSchema, response: { 200: ProviderSchema, default: ProblemSchema } },
    handler: async (request, reply) => {
      const provider: Provider = request.body;
      assertTimeZone(provider.timeZone);
      let more: ((draft: Draft) => void)[] = [];
      const change = async (current: Provider | undefined): Promise<Provider> => {
        more = [];
        await assertUsablePlan(store, provider.defaultPlan, undefined, (one) => void more.push(one));
        if (provider.defaultPlan !== current?.defaultPlan) await entry.provider(provider);
        return provider;
      };
      const also = (draft: Draft): void => more.forEach((one) => one(draft));
      const ifMatch = conditionOf(request);
      const { revision } = await edit(
        store,
        { collection: 'provider', id: ID, action: 'provider.put', ...(ifMatch === undefined ? {} : { ifMatch }), change, customerOf: () => undefined, also },
        deedOf(request, clock),
      );
      await follower.reached(revision, OWN_TABLE_MS);
      void reply.header('etag', etagOf('provider', provider));
      return provider;
    },
  });
}
