/** Subscribers: systems that are told, live or later. */
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import { CONCEALED, concealed, isGivenSecret, type SecretBox } from '../../config/secrets.ts';
import { Failure, type FieldIssue, issuesFailure } from '../../domain/errors.ts';
import { CUSTOMER_NAMESPACE, SubscriberId } from '../../domain/schema.ts';
import { SubscriberSchema, withSubscriberSecrets, type Subscriber } from '../../domain/subscriber.ts';
import { webhookKey } from '../../posting/standard-webhooks.ts';
import type { BacklogStore } from '../../store/backlog-store.ts';
import type { App } from '../app-type.ts';
import type { ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';
import { sealedOrKept } from '../sealed-or-kept.ts';
import { BacklogSchema, backlogOf } from './backlog-reads.ts';

export interface SubscriberDeps extends ResourceDeps {
  secrets: SecretBox;
  backlog: BacklogStore;
  tables: RoutingTableHolder;
}

/** How much of what all share it may use, and whose state holds it back. */
const PROVIDER_FIELDS = ['primary', 'maxInFlight', 'maxWaiting', 'maxWaitingMb'] as const;

/** Every secret of a record, with its place in it. */
function secretsOf(subscriber: Subscriber): { at: string; secret: string; stored(current: Subscriber): string | undefined }[] {
  const { secret, oldSecrets = [] } = subscriber;
  return [{ at: '/secret', secret, stored: (current) => current.secret }, ...oldSecrets.map((one, place) => ({ at: `/oldSecrets/${place}`, secret: one, stored: (current: Subscriber) => current.oldSecrets?.[place] }))];
}

function issuesOf(given: Subscriber, current: Subscriber | undefined): FieldIssue[] {
  const isElsewhere = given.url !== current?.url;
  const issues = secretsOf(given).flatMap(({ at, secret }) => {
    if (isGivenSecret(secret) && !webhookKey(secret)) return [{ at, detail: 'must be `whsec_` and 24 to 64 bytes in Base64' }];
    // A signing secret that stays must not be used for posts to another address.
    return secret === CONCEALED && current && isElsewhere ? [{ at, detail: 'must be given anew with another address' }] : [];
  });
  if (!URL.canParse(given.url)) issues.push({ at: '/url', detail: 'must be an address' });
  if (current && given.customer !== current.customer) issues.push({ at: '/customer', detail: 'stays as it is: what waits and what was sent is of this customer; make another subscriber' });
  return issues;
}

/** Of a key of one customer: what is the provider's to say, and references, which lead to what is the provider's. */
function assertOwnFields(given: Subscriber, current: Subscriber | undefined): void {
  const changed: string[] = PROVIDER_FIELDS.filter((field) => given[field] !== current?.[field]).map((field) => `/${field}`);
  const isElsewhere = given.url !== current?.url;
  for (const { at, secret, stored } of secretsOf(given)) {
    const isKept = secret === CONCEALED || (!isElsewhere && current !== undefined && stored(current) === secret);
    if (!isGivenSecret(secret) && !isKept) changed.push(at);
  }
  if (changed.length > 0) throw new Failure('field_provider_only', undefined, { issues: changed.map((at) => ({ at, detail: at.includes('ecret') ? 'references are for the provider alone' : 'only the provider changes this' })) });
}

export function subscriberRoutes(app: App, deps: SubscriberDeps): void {
  const { backlog, secrets } = deps;
  registerResource(app, deps, {
    collection: 'subscribers',
    path: '/v1/subscribers',
    tag: 'Subscribers',
    idSchema: SubscriberId,
    bodySchema: SubscriberSchema,
    access: { read: { role: 'viewer', scope: 'customer' }, write: { role: 'admin', scope: 'customer' } },
    ownerOf: (_id, subscriber) => subscriber.customer,
    ownerMayMake: (id, customer) => id.startsWith(customer + CUSTOMER_NAMESPACE),
    async accept(sent, { id, current, actor }) {
      const given = sent as Subscriber;
      // A customer's own admin need not say whose it is.
      const subscriber = actor.customer === undefined || given.customer !== undefined ? given : { ...given, customer: actor.customer };
      if (actor.customer !== undefined && subscriber.customer !== actor.customer) throw new Failure('field_provider_only', undefined, { issues: [{ at: '/customer', detail: 'only the provider makes subscribers of others' }] });
      if (actor.customer !== undefined) assertOwnFields(subscriber, current);
      const issues = issuesOf(subscriber, current);
      const [owner, name] = id.split(CUSTOMER_NAMESPACE);
      // Without a collision by construction there would be one to be found by trying.
      if (name !== undefined && subscriber.customer !== owner) issues.push({ at: '/customer', detail: `only subscribers of ${owner} are named ${owner}${CUSTOMER_NAMESPACE}…` });
      if (issues.length > 0) throw issuesFailure('subscriber_invalid', issues);
      // What waited for one of this name that was deleted is not for this one.
      if (!current) await backlog.remove(id);
      return withSubscriberSecrets(subscriber, (secret, old) => sealedOrKept(secret, old === undefined ? current?.secret : current?.oldSecrets?.[old], secrets));
    },
    show: (subscriber) => withSubscriberSecrets(subscriber, concealed),
    status: (id, subscriber) => backlogOf(deps, id, subscriber),
    statusInList: true,
    statusSchema: BacklogSchema,
  });
}
