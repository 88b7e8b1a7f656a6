/** The provider's own settings: one record. */
import { ProviderSchema, type Provider } from '../../domain/customer.ts';
import { Failure } from '../../domain/errors.ts';
import { createGate, type ApprovalDeps } from '../../policy/approvals.ts';
import type { DecideApprovalDeps } from '../../policy/decide-approval.ts';
import type { EntryCheck } from '../../policy/entry-check.ts';
import type { Draft } from '../../store/draft.ts';
import { edit } from '../../store/edit.ts';
import type { App } from '../app-type.ts';
import { answerHeld, asHeld, ShownApproval } from '../held.ts';
import { ProblemSchema } from '../problem.ts';
import { conditionOf, deedOf, etagOf, OWN_TABLE_MS, type ResourceDeps } from '../resource.ts';
import { assertTimeZone, assertUsablePlan } from './records.ts';

const ID = 'provider';

const ACTION = 'provider.put';

export interface ProviderDeps extends ResourceDeps {
  entry: EntryCheck;
  approvals: ApprovalDeps & Pick<DecideApprovalDeps, 'make'>;
}

export function providerRoutes(app: App, { store, clock, follower, entry, approvals }: ProviderDeps): void {
  /** The change of a PUT. */
  function putting(provider: Provider) {
    let more: ((draft: Draft) => void)[] = [];
    return {
      async change(current: Provider | undefined): Promise<Provider> {
        more = [];
        assertTimeZone(provider.timeZone);
        await assertUsablePlan(store, provider.defaultPlan, undefined, (one) => void more.push(one));
        if (provider.defaultPlan !== current?.defaultPlan) await entry.provider(provider, (one) => void more.push(one));
        return provider;
      },
      also: (draft: Draft): void => more.forEach((one) => one(draft)),
    };
  }

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
    schema: { tags: ['Provider'], summary: "Replace the provider's own settings", body: ProviderSchema, response: { 200: ProviderSchema, 202: ShownApproval, default: ProblemSchema } },
    handler: async (request, reply) => {
      const provider = request.body;
      const ifMatch = conditionOf(request);
      const deed = deedOf(request, clock);
      const gate = createGate(approvals, { collection: 'provider', id: ID, action: ACTION, deed });
      const { change, also } = putting(provider);
      const all = (draft: Draft): void => {
        also(draft);
        gate.also(draft);
      };
      const edited = await edit(store, { collection: 'provider', id: ID, action: ACTION, ...(ifMatch === undefined ? {} : { ifMatch }), change, hold: gate.hold, customerOf: () => undefined, also: all }, deed);
      await follower.reached(edited.revision, OWN_TABLE_MS);
      const held = edited.held ? gate.held() : undefined;
      if (held) return answerHeld(reply, held, clock);
      void reply.header('etag', etagOf('provider', provider));
      return provider;
    },
  });

  approvals.make.provider = async (approval, how) => {
    const { revision } = await edit(store, { collection: 'provider', id: ID, action: ACTION, customerOf: () => undefined, ...asHeld(approval, how, putting(approval.after as Provider)) }, how.deed);
    await follower.reached(revision, OWN_TABLE_MS);
  };
}
