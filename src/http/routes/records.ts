/** Customers, carriers and plans: what each adds to the routes that every kind of record has. */
import { checkPlan } from '../../../rules/plan-laws.ts';
import { isTimeZone } from '../../../rules/zone.ts';
import type { DestinationJudge } from '../../calls/destination-judge.ts';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import { CARRIER_PARTS } from '../../carriers/kinds.ts';
import { CONCEALED, concealed, type SecretBox } from '../../config/secrets.ts';
import { CarrierSchema, withSecrets, type Carrier } from '../../domain/carrier.ts';
import { CustomerSchema, type Customer } from '../../domain/customer.ts';
import { Failure, issuesFailure } from '../../domain/errors.ts';
import type { Actor } from '../../domain/key.ts';
import { callingCodeOf, canonicalNumber } from '../../domain/phone-number.ts';
import { PlanSchema, type Plan } from '../../domain/plan.ts';
import { CUSTOMER_NAMESPACE, Id, PlanId } from '../../domain/schema.ts';
import { createGate, type ApprovalDeps } from '../../policy/approvals.ts';
import type { DecideApprovalDeps } from '../../policy/decide-approval.ts';
import { destinationRefused, type EntryCheck } from '../../policy/entry-check.ts';
import { planWarnings, scopesOf } from '../../policy/warnings.ts';
import type { Draft } from '../../store/draft.ts';
import type { Store } from '../../store/store.ts';
import type { App } from '../app-type.ts';
import type { ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';
import { sealedOrKept } from '../sealed-or-kept.ts';

export interface RecordDeps extends ResourceDeps {
  secrets: SecretBox;
  entry: EntryCheck;
  judge: DestinationJudge;
  tables: RoutingTableHolder;
  approvals: ApprovalDeps & Pick<DecideApprovalDeps, 'make'>;
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
export async function assertUsablePlan(store: Store, id: string | undefined, customer: string | undefined, also: (more: (draft: Draft) => void) => void, actor?: Actor): Promise<void> {
  if (id === undefined) return;
  const found = await store.find('plans', id);
  const foreign = found && 'record' in found && found.record.customer !== undefined && found.record.customer !== customer;
  // A key of one customer is not told that there is such a plan: what it cannot read is not there.
  const hidden = actor?.customer !== undefined && found && (foreign || !('record' in found));
  if (!found || hidden) throw new Failure('reference_unknown', `plans/${id} does not exist`);
  if (foreign) throw new Failure('plan_foreign');
  // At the revision that was read, since it is the plan that says whose it is.
  also((draft) => draft.expect('plans', id, found.revision ?? 'unreadable'));
}

/** A customer's own admin chooses its default plan and time zone; what it is called and how it ranks is the provider's. */
function assertOwnFields(customer: Customer, current: Customer | undefined): void {
  if (!current) throw new Failure('not_found');
  for (const field of ['name', 'class', 'allowedCountries'] as const) {
    if (JSON.stringify(customer[field]) !== JSON.stringify(current[field])) throw new Failure('field_provider_only', undefined, { issues: [{ at: `/${field}`, detail: 'only the provider changes this' }] });
  }
}

function assertCountries(countries: readonly string[] = []): void {
  const issues = countries.flatMap((country, at) => (callingCodeOf(country) === undefined ? [{ at: `/allowedCountries/${at}`, detail: `${country} is no ISO 3166 country with telephone numbers` }] : []));
  if (issues.length > 0) throw new Failure('country_unknown', issues.map(({ detail }) => detail).join('; '), { issues });
}

function customers(app: App, deps: RecordDeps): void {
  deps.approvals.make.customers = registerResource(app, deps, {
    collection: 'customers',
    path: '/v1/customers',
    tag: 'Customers',
    idSchema,
    bodySchema: CustomerSchema,
    access: { read: customerViewer, write: customerAdmin },
    ownerOf: (id) => id,
    ownIds: (customer) => [customer],
    gate: (asked) => createGate(deps.approvals, { collection: 'customers', ...asked }),
    async accept(given, { id, current, actor, also }) {
      const customer = given as Customer;
      if (actor.customer !== undefined) assertOwnFields(customer, current);
      assertTimeZone(customer.timeZone);
      assertCountries(customer.allowedCountries);
      await assertUsablePlan(deps.store, customer.defaultPlan, id, also, actor);
      if (customer.defaultPlan !== current?.defaultPlan) await deps.entry.customer(id, customer, also);
      return customer;
    },
    async beforeRemoval(_id, _customer, actor) {
      if (actor.customer !== undefined) throw new Failure('provider_only', 'Only the provider takes a customer away');
      return undefined;
    },
  });
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
    accept(sent, { current }) {
      const carrier = sent as Carrier;
      const issues = CARRIER_PARTS[carrier.kind].check?.(carrier) ?? [];
      if (issues.length > 0) throw issuesFailure('carrier_api_invalid', issues);
      const kept = current?.kind === carrier.kind ? current.credentials : {};
      if (current && carrier.baseUrl !== current.baseUrl && Object.values(carrier.credentials).includes(CONCEALED)) {
        // Else whoever may edit a carrier could have its secret sent to an address of theirs.
        throw new Failure('secret_reference_invalid', 'With another baseUrl the secret must be given anew');
      }
      return { ...carrier, credentials: withSecrets(carrier, (given, field) => sealedOrKept(given, kept[field], deps.secrets)) };
    },
    show: (carrier) => ({ ...carrier, credentials: withSecrets(carrier, concealed) }),
  });
}

/** Without a collision by construction there would be one to be found by trying. */
function assertOwnNamespace(id: string, plan: Plan): void {
  const [customer, name] = id.split(CUSTOMER_NAMESPACE);
  if (name !== undefined && plan.customer !== customer) throw new Failure('plan_foreign', `Only plans of ${customer} are named ${customer}${CUSTOMER_NAMESPACE}…`);
}

function plans(app: App, deps: RecordDeps): void {
  /** A customer's own admin need not say whose plan it is. */
  const ownedBy = (plan: Plan, actor: Actor): Plan => (actor.customer !== undefined && plan.customer === undefined ? { ...plan, customer: actor.customer } : plan);

  deps.approvals.make.plans = registerResource(app, deps, {
    collection: 'plans',
    path: '/v1/plans',
    tag: 'Plans',
    idSchema: PlanId,
    bodySchema: PlanSchema,
    access: { read: customerViewer, write: customerAdmin },
    ownerOf: (_id, plan) => plan.customer,
    gate: (asked) => createGate(deps.approvals, { collection: 'plans', ...asked }),
    ownerMayMake: (id, customer) => id.startsWith(customer + CUSTOMER_NAMESPACE),
    async accept(given, { id, current, actor, also }) {
      const plan = ownedBy(given as Plan, actor);
      if (actor.customer !== undefined && plan.customer !== actor.customer) {
        throw new Failure('field_provider_only', undefined, { issues: [{ at: '/customer', detail: 'only the provider makes plans for others' }] });
      }
      assertOwnNamespace(id, plan);
      const issues = checkPlan(plan, canonicalNumber);
      const refused = await deps.entry.plan(id, plan, scopesOf(deps.tables.current, deps.judge, id), also);
      if (refused.length > 0) throw destinationRefused([...refused, ...issues.filter(({ at }) => refused.every((other) => other.at !== at))]);
      if (issues.length > 0) throw issuesFailure('plan_invalid', issues);
      if (current !== undefined && current.customer !== plan.customer) {
        if ((await deps.store.referenceCount('plans', id)) > 0) throw new Failure('in_use', 'A plan that is in use cannot change its owner');
        also((draft) => draft.expectUnused('plans', id));
      }
      return plan;
    },
    status: (id, plan, actor) => Promise.resolve({ warnings: planWarnings({ table: deps.tables.current, judge: deps.judge, viewer: actor.customer }, id, plan) }),
  });
}

export function recordRoutes(app: App, deps: RecordDeps): void {
  customers(app, deps);
  carriers(app, deps);
  plans(app, deps);
}
