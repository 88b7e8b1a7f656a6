/** Customers, carriers, plans and keys: what each adds to the routes that every kind of record has. */
import { Type } from 'typebox';
import { checkPlan } from '../../../rules/plan-laws.ts';
import { isTimeZone } from '../../../rules/zone.ts';
import { hashKey, newKey } from '../../access/key-ring.ts';
import { CONCEALED, concealed, type SecretBox } from '../../config/secrets.ts';
import { CarrierSchema, type Carrier } from '../../domain/carrier.ts';
import { CustomerSchema, type Customer } from '../../domain/customer.ts';
import { Failure } from '../../domain/errors.ts';
import { KeySchema, type Actor, type KeySettings, type StoredKey } from '../../domain/key.ts';
import { canonicalNumber } from '../../domain/phone-number.ts';
import { PlanSchema, type Plan } from '../../domain/plan.ts';
import { Id } from '../../domain/schema.ts';
import { indexName } from '../../store/relations.ts';
import type { Draft } from '../../store/draft.ts';
import type { Store } from '../../store/store.ts';
import type { Random } from '../../system/system.ts';
import type { App } from '../app-type.ts';
import type { ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';

export interface RecordDeps extends ResourceDeps {
  secrets: SecretBox;
  random: Random;
}

const idSchema = Id;
const providerAdmin = { role: 'admin', scope: 'provider' } as const;
const providerViewer = { role: 'viewer', scope: 'provider' } as const;
const customerAdmin = { role: 'admin', scope: 'customer' } as const;
const customerViewer = { role: 'viewer', scope: 'customer' } as const;

export function assertTimeZone(name: string | undefined): void {
  if (name !== undefined && !isTimeZone(name)) throw new Failure('time_zone_unknown', `${name} is not an IANA time zone`);
}

/** A plan that is named must be one that its bearer may use, still when the commit is made that `also` adds to. */
export async function assertUsablePlan(store: Store, id: string | undefined, customer: string | undefined, also: (more: (draft: Draft) => void) => void): Promise<void> {
  if (id === undefined) return;
  const found = await store.find('plans', id);
  if (!found) throw new Failure('reference_unknown', `plans/${id} does not exist`);
  if ('record' in found && found.record.customer !== undefined && found.record.customer !== customer) throw new Failure('plan_foreign');
  // At the revision that was read, since it is the plan that says whose it is.
  also((draft) => draft.expect('plans', id, found.revision ?? 'unreadable'));
}

/** A customer's own admin chooses its default plan and time zone; what it is called and how it ranks is the provider's. */
function assertOwnFields(customer: Customer, current: Customer | undefined): void {
  if (!current) throw new Failure('not_found');
  for (const field of ['name', 'class'] as const) {
    if (customer[field] !== current[field]) throw new Failure('field_provider_only', undefined, { issues: [{ at: `/${field}`, detail: 'only the provider changes this' }] });
  }
}

function customers(app: App, deps: RecordDeps): void {
  registerResource(app, deps, {
    collection: 'customers',
    path: '/v1/customers',
    tag: 'Customers',
    idSchema,
    bodySchema: CustomerSchema,
    access: { read: customerViewer, write: customerAdmin },
    ownerOf: (id) => id,
    ownIds: (customer) => [customer],
    async accept(given, { id, current, actor, also }) {
      const customer = given as Customer;
      if (actor.customer !== undefined) assertOwnFields(customer, current);
      assertTimeZone(customer.timeZone);
      await assertUsablePlan(deps.store, customer.defaultPlan, id, also);
      return customer;
    },
    async beforeRemoval(_id, _customer, actor) {
      if (actor.customer !== undefined) throw new Failure('provider_only', 'Only the provider takes a customer away');
      return undefined;
    },
  });
}

/** The secret to store for what was sent: a new one sealed, or the one that is there when its concealment came back. */
function sealedOrKept(given: string, kept: string | undefined, secrets: SecretBox): string {
  if (given === 'env:' || given === 'file:') throw new Failure('secret_reference_invalid', `${given} names nothing`);
  if (given !== CONCEALED) return secrets.seal(given);
  if (kept === undefined) throw new Failure('secret_reference_invalid', `${CONCEALED} stands for a stored secret, and there is none`);
  return kept;
}

function carriers(app: App, deps: RecordDeps): void {
  registerResource(app, deps, {
    collection: 'carriers',
    path: '/v1/carriers',
    tag: 'Carriers',
    idSchema,
    bodySchema: CarrierSchema,
    access: { read: providerViewer, write: providerAdmin },
    ownerOf: () => undefined,
    accept(given, { current }) {
      const carrier = given as Carrier;
      const { authToken, nextAuthToken } = carrier.credentials;
      if (current && carrier.baseUrl !== current.baseUrl && [authToken, nextAuthToken].includes(CONCEALED)) {
        // Else whoever may edit a carrier could have its secret sent to an address of theirs.
        throw new Failure('secret_reference_invalid', 'With another baseUrl the secret must be given anew');
      }
      const credentials = { ...carrier.credentials, authToken: sealedOrKept(authToken, current?.credentials.authToken, deps.secrets) };
      if (nextAuthToken !== undefined) credentials.nextAuthToken = sealedOrKept(nextAuthToken, current?.credentials.nextAuthToken, deps.secrets);
      return { ...carrier, credentials };
    },
    show(carrier) {
      const { authToken, nextAuthToken } = carrier.credentials;
      return { ...carrier, credentials: { ...carrier.credentials, authToken: concealed(authToken), ...(nextAuthToken === undefined ? {} : { nextAuthToken: concealed(nextAuthToken) }) } };
    },
  });
}

function plans(app: App, deps: RecordDeps): void {
  /** A customer's own admin need not say whose plan it is. */
  const ownedBy = (plan: Plan, actor: Actor): Plan => (actor.customer !== undefined && plan.customer === undefined ? { ...plan, customer: actor.customer } : plan);

  registerResource(app, deps, {
    collection: 'plans',
    path: '/v1/plans',
    tag: 'Plans',
    idSchema,
    bodySchema: PlanSchema,
    access: { read: customerViewer, write: customerAdmin },
    ownerOf: (_id, plan) => plan.customer,
    async accept(given, { id, current, actor, also }) {
      const plan = ownedBy(given as Plan, actor);
      if (actor.customer !== undefined && plan.customer !== actor.customer) {
        throw new Failure('field_provider_only', undefined, { issues: [{ at: '/customer', detail: 'only the provider makes plans for others' }] });
      }
      const issues = checkPlan(plan, canonicalNumber);
      if (issues.length > 0) throw new Failure('plan_invalid', issues.map((issue) => `${issue.at}: ${issue.detail}`).join('; '), { issues });
      if (current !== undefined && current.customer !== plan.customer) {
        if ((await deps.store.referenceCount('plans', id)) > 0) throw new Failure('in_use', 'A plan that is in use cannot change its owner');
        also((draft) => draft.expectUnused('plans', id));
      }
      return plan;
    },
  });
}

const isLastingAdmin = (key: StoredKey): boolean => key.role === 'admin' && key.customer === undefined && key.expiresAt === undefined;

/** Refuses to lose the last key that can do everything for ever. What is returned goes into the commit: the other one must still be there then. */
async function assertNotLastAdmin(store: Store, id: string, key: StoredKey): Promise<((draft: Draft) => void) | undefined> {
  if (!isLastingAdmin(key)) return undefined;
  for (let after: string | undefined; ; ) {
    const ids = await store.page(indexName('keys'), after, 200);
    const found = await store.findMany('keys', ids);
    for (const [at, one] of found.entries()) {
      const other = ids[at];
      if (other !== undefined && other !== id && one && 'record' in one && isLastingAdmin(one.record)) return (draft) => draft.expect('keys', other, one.revision);
    }
    after = ids.at(-1);
    if (after === undefined) throw new Failure('last_admin_key');
  }
}

function keys(app: App, deps: RecordDeps): void {
  /** The secrets of keys made by requests that are still in flight, for the one answer that shows them. */
  const fresh = new WeakMap<StoredKey, string>();

  registerResource(app, deps, {
    collection: 'keys',
    path: '/v1/keys',
    tag: 'Keys',
    idSchema,
    bodySchema: Type.Object(KeySchema.properties),
    access: { read: { role: 'admin', scope: 'provider' }, write: providerAdmin },
    ownerOf: (_id, key) => key.customer,
    async accept(given, { id, current, also }) {
      const settings = given as KeySettings;
      if (current) {
        const next = { ...settings, hash: current.hash, createdAt: current.createdAt };
        const another = isLastingAdmin(next) ? undefined : await assertNotLastAdmin(deps.store, id, current);
        if (another) also(another);
        return next;
      }
      const secret = newKey(deps.random);
      const stored: StoredKey = { ...settings, hash: hashKey(secret), createdAt: deps.clock.now() };
      fresh.set(stored, secret);
      return stored;
    },
    beforeRemoval: (id, key) => assertNotLastAdmin(deps.store, id, key),
    show: ({ hash: _hash, createdAt: _createdAt, ...settings }) => settings,
    status: (_id, key) => Promise.resolve({ createdAt: new Date(key.createdAt).toISOString() }),
    once: (record) => ({ key: fresh.get(record) }),
  });
}

export function recordRoutes(app: App, deps: RecordDeps): void {
  customers(app, deps);
  carriers(app, deps);
  plans(app, deps);
  keys(app, deps);
}
