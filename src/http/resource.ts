/**
 * What can be done with every kind of record: list, get, put, delete; with ETag and If-Match (RFC 9110, 13.1), audit and
 * tenancy. What a kind adds (its laws, what it hides, its status) comes in its `Resource`.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema, TString } from 'typebox';
import { codeOf, Failure } from '../domain/errors.ts';
import type { Actor } from '../domain/key.ts';
import type { Records } from '../store/codec.ts';
import type { Draft } from '../store/draft.ts';
import { edit, type Condition, type Deed, type Edit } from '../store/edit.ts';
import type { Follower } from '../store/follower.ts';
import type { Collection } from '../store/keys.ts';
import { tagOf } from '../store/record-tag.ts';
import { indexName } from '../store/relations.ts';
import type { Found, Store } from '../store/store.ts';
import type { Asked, Gate } from '../policy/approvals.ts';
import type { MakeChange } from '../policy/decide-approval.ts';
import type { Clock } from '../system/system.ts';
import { customerAsked, maySee } from './access.ts';
import type { Access } from './app-type.ts';
import { answerHeld, asHeld } from './held.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor } from './paging.ts';

export interface ResourceDeps {
  store: Store;
  follower: Follower;
  clock: Clock;
}

export interface Acceptance<C extends Collection> {
  id: string;
  current: Records[C] | undefined;
  actor: Actor;
  /** More for the same commit: what the law that was just checked leans on must still hold when it is written. */
  also(more: (draft: Draft) => void): void;
}

export interface Resource<C extends Collection> {
  collection: C;
  /** Path of the list, e.g. `/v1/plans`; the record is at `/{id}` below it. */
  path: string;
  tag: string;
  /** What the field is called that names the record; default `id`. */
  idName?: string;
  idSchema: TString;
  bodySchema: TSchema;
  access: { read: Exclude<Access, { scope: 'public' }>; write: Exclude<Access, { scope: 'public' }> };
  /** The customer that a record belongs to; undefined for the provider's. */
  ownerOf(id: string, record: Records[C]): string | undefined;
  /** What one customer's key lists, where no index has it. */
  ownIds?(customer: string): string[];
  /** The canonical form of an id, e.g. of a number. Throws to refuse it. */
  canonicalId?(id: string): string;
  /** The record to store for what was sent. Throws a `Failure` when it breaks a law. */
  accept(given: Record<string, unknown>, context: Acceptance<C>): Records[C] | Promise<Records[C]>;
  /** Whether one customer's key may make a record of this id; default never. No record of that id may ever belong to another. */
  ownerMayMake?(id: string, customer: string): boolean;
  /** Before a removal: throws to refuse it, and may give more for the same commit. */
  beforeRemoval?(id: string, record: Records[C], actor: Actor): Promise<((draft: Draft) => void) | undefined>;
  /** Holds a change until a second admin has approved it. */
  gate?(asked: Pick<Asked, 'id' | 'action' | 'deed'>): Gate;
  /** What is shown of a record, default all; `audit` and API alike. */
  show?(record: Records[C]): Record<string, unknown>;
  /** The read-only `status` of one record. */
  status?(id: string, record: Records[C], actor: Actor): Promise<unknown>;
  /** Its form, where that is told. */
  statusSchema?: TSchema;
  /** Whether a list has the `status` of each, too. */
  statusInList?: boolean;
  /** Anything for the one answer to the PUT that created the record. */
  once?(record: Records[C], id: string): Record<string, unknown>;
}

export const etagOf = <C extends Collection>(collection: C, record: Records[C]): string => `"${tagOf(collection, record)}"`;

/** `If-Match: "…"`, `If-Match: *` or `If-None-Match: *`; anything else is no condition that we can meet. */
export function conditionOf(request: FastifyRequest): Condition | undefined {
  if (request.headers['if-none-match'] === '*') return 'absent';
  const given = request.headers['if-match'];
  if (given === undefined) return undefined;
  if (given === '*') return 'present';
  // No record has an empty tag: what is none of ours matches nothing.
  return { tag: /^"([\w-]{22})"$/.exec(given)?.[1] ?? '' };
}

export function deedOf(request: FastifyRequest, clock: Clock, reason?: string): Deed {
  const header = request.headers['ringthrough-reason'];
  const why = reason ?? (typeof header === 'string' ? header.slice(0, 500) : undefined);
  return { at: clock.now(), by: request.actor, requestId: request.id, ...(why === undefined ? {} : { reason: why }) };
}

/** How long a write waits for this process's own table to hold it, milliseconds. */
export const OWN_TABLE_MS = 1000;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

interface Handlers {
  list: Handler;
  get: Handler;
  put: Handler;
  remove: Handler;
  /** Makes a change that was held, when it was approved. */
  make: MakeChange;
}

/** Whose a record is that cannot be read, nobody knows: it is the provider's to put right. */
function assertVisible<C extends Collection>(resource: Resource<C>, found: Found<C>, actor: Actor, id: string): void {
  const seen = 'unreadable' in found ? actor.customer === undefined : maySee(actor, resource.ownerOf(id, found.record));
  if (!seen) throw new Failure('not_found');
}

/** A record that the actor may see; `not_found` for what belongs to others as for what is not there. */
function visible<C extends Collection>(resource: Resource<C>, found: Found<C> | undefined, actor: Actor, id: string): { revision: number; record: Records[C] } {
  if (!found) throw new Failure('not_found');
  assertVisible(resource, found, actor, id);
  if ('unreadable' in found) throw new Failure('record_unreadable');
  return found;
}

/** After a write: that its status cannot be told any more must not be told as if nothing were written. */
async function orWithoutStatus<T>(full: Promise<T>, without: T): Promise<T> {
  try {
    return await full;
  } catch (error) {
    if (codeOf(error) !== 'store_unavailable') throw error;
    return without;
  }
}

export function resourceHandlers<C extends Collection>(resource: Resource<C>, { store, follower, clock }: ResourceDeps): Handlers {
  const { collection } = resource;
  const idName = resource.idName ?? 'id';
  const show = resource.show ?? ((record: Records[C]): Record<string, unknown> => record);
  const customerOf = (id: string) => (record: Records[C]) => resource.ownerOf(id, record);
  const shown = (id: string, found: { record: Records[C] }) => ({ [idName]: id, etag: etagOf(collection, found.record), ...show(found.record) });

  function idOf(request: FastifyRequest): string {
    const raw = (request.params as Record<string, string>)[idName] ?? '';
    return resource.canonicalId ? resource.canonicalId(raw) : raw;
  }

  async function full(id: string, record: Records[C], actor: Actor): Promise<Record<string, unknown>> {
    const status = await resource.status?.(id, record, actor);
    return { ...shown(id, { record }), ...(status === undefined ? {} : { status }) };
  }

  async function idsOf(actor: Actor, asked: string | undefined, after: string | undefined, limit: number): Promise<string[]> {
    const customer = customerAsked(actor, asked);
    const own = customer === undefined ? undefined : resource.ownIds?.(customer);
    if (own) return own.filter((id) => after === undefined || id > after).slice(0, limit);
    return store.page(indexName(collection, customer), after, limit);
  }

  const condition = (request: FastifyRequest) => {
    const ifMatch = conditionOf(request);
    return ifMatch === undefined ? {} : { ifMatch };
  };

  /** Nothing is said of what belongs to others: not even its revision, when a condition does not hold. */
  const admit = (request: FastifyRequest, id: string) => (found: Found<C> | undefined): void => {
    if (found) assertVisible(resource, found, request.actor, id);
    // Before a condition is looked at, a law or anything else: what is not there is answered like what belongs to others.
    else if (request.actor.customer !== undefined && !resource.ownerMayMake?.(id, request.actor.customer)) throw new Failure('not_found');
  };

  /** The change of a PUT. */
  function putting(id: string, given: Record<string, unknown>, actor: Actor): Pick<Edit<C>, 'change'> & { also(draft: Draft): void } {
    let more: ((draft: Draft) => void)[] = [];
    return {
      async change(current) {
        more = [];
        const next = await resource.accept(given, { id, current, actor, also: (one) => void more.push(one) });
        if (!maySee(actor, resource.ownerOf(id, next))) throw new Failure('field_provider_only', 'The record would not belong to your customer');
        return next;
      },
      also: (draft) => more.forEach((one) => one(draft)),
    };
  }

  function removing(id: string, actor: Actor): Pick<Edit<C>, 'change'> & { also(draft: Draft): void } {
    let more: ((draft: Draft) => void) | undefined;
    return {
      async change(current) {
        more = current === undefined ? undefined : await resource.beforeRemoval?.(id, current, actor);
        return undefined;
      },
      also: (draft) => more?.(draft),
    };
  }

  async function write(request: FastifyRequest, action: string, { id, admit: admitted, change, also }: Pick<Edit<C>, 'id' | 'change'> & Required<Pick<Edit<C>, 'admit'>> & { also(draft: Draft): void }) {
    const deed = deedOf(request, clock);
    const gate = resource.gate?.({ id, action, deed });
    const all = (draft: Draft): void => {
      also(draft);
      gate?.also(draft);
    };
    const what = { collection, id, action, ...condition(request), admit: admitted, change, customerOf: customerOf(id), shown: show, also: all, ...(gate ? { hold: gate.hold } : {}) };
    const edited = await edit(store, what, deed);
    const held = edited.held ? gate?.held() : undefined;
    return { ...edited, held };
  }

  return {
    async list(request) {
      const { limit = DEFAULT_LIMIT, cursor, customer } = request.query as { limit?: number; cursor?: string; customer?: string };
      const ids = await idsOf(request.actor, customer, decodeCursor(cursor, 1)?.[0], limit);
      const found = await store.findMany(collection, ids);
      const seen = ids.flatMap((id, at) => {
        const one = found[at];
        return one && 'record' in one && maySee(request.actor, resource.ownerOf(id, one.record)) ? [{ id, record: one.record }] : [];
      });
      const items = await Promise.all(seen.map(async ({ id, record }) => (resource.statusInList ? full(id, record, request.actor) : shown(id, { record }))));
      const last = ids.at(-1);
      return { items, ...(ids.length === limit && last !== undefined ? { next: encodeCursor([last]) } : {}) };
    },

    async get(request, reply) {
      const id = idOf(request);
      const { record } = visible(resource, await store.find(collection, id), request.actor, id);
      void reply.header('etag', etagOf(collection, record));
      return full(id, record, request.actor);
    },

    async put(request, reply) {
      const id = idOf(request);
      const { [idName]: named, etag: _etag, status: _status, ...given } = request.body as Record<string, unknown>;
      if (named !== undefined && named !== id) throw new Failure('request_invalid', undefined, { issues: [{ at: `/${idName}`, detail: `the address says ${id}` }] });
      const { revision, record, before, held } = await write(request, `${collection}.put`, { id, admit: admit(request, id), ...putting(id, given, request.actor) });
      await follower.reached(revision, OWN_TABLE_MS);
      if (held) return answerHeld(reply, held, clock);
      void reply.code(before === undefined ? 201 : 200).header('etag', etagOf(collection, record as Records[C]));
      const made = record as Records[C];
      return { ...(await orWithoutStatus(full(id, made, request.actor), shown(id, { record: made }))), ...(before === undefined ? resource.once?.(made, id) : {}) };
    },

    async remove(request, reply) {
      const id = idOf(request);
      const admitFound = (found: Found<C> | undefined): void => {
        if (!found) throw new Failure('not_found');
        admit(request, id)(found);
      };
      const { revision, held } = await write(request, `${collection}.delete`, { id, admit: admitFound, ...removing(id, request.actor) });
      await follower.reached(revision, OWN_TABLE_MS);
      if (held) return answerHeld(reply, held, clock);
      void reply.code(204);
      return undefined;
    },

    async make(approval, how) {
      const { id, action, after } = approval;
      const by = approval.by as Actor;
      const parts = after === null ? removing(id, by) : putting(id, after as Record<string, unknown>, by);
      const { revision } = await edit(store, { collection, id, action, customerOf: customerOf(id), shown: show, ...asHeld(approval, how, parts) }, how.deed);
      await follower.reached(revision, OWN_TABLE_MS);
    },
  };
}
