/** API keys: their records, and a new key in place of an old one. */
import { Type } from 'typebox';
import { hashKey, newKey } from '../../access/key-ring.ts';
import type { DestinationPolicy } from '../../domain/destination-policy.ts';
import { Failure } from '../../domain/errors.ts';
import { iso } from '../../domain/instant.ts';
import { GRACE_SECONDS_MAX, KeySchema, type Actor, type KeySettings, type StoredKey } from '../../domain/key.ts';
import { Id, Strict } from '../../domain/schema.ts';
import { accountOf } from '../../policy/account.ts';
import { windowMs } from '../../policy/approvals.ts';
import { edit } from '../../store/edit.ts';
import type { Draft } from '../../store/draft.ts';
import type { KeyNotes } from '../../store/key-notes.ts';
import { indexName } from '../../store/relations.ts';
import type { Store } from '../../store/store.ts';
import type { Random } from '../../system/system.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import { conditionOf, deedOf, etagOf, OWN_TABLE_MS, type ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';

export interface KeyDeps extends ResourceDeps {
  notes: KeyNotes;
  random: Random;
  policy(): DestinationPolicy;
}

const admin = { role: 'admin', scope: 'provider' } as const;
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

/** Who made a key, or what it may do, knows or shares it: for a while it is no other person (src/policy/account.ts). */
async function madeBy({ store, clock, policy }: Pick<KeyDeps, 'store' | 'clock' | 'policy'>, id: string, actor: Actor): Promise<Pick<StoredKey, 'made'>> {
  const now = clock.now();
  const by = await accountOf(store, actor.key, now, windowMs(policy()));
  return by === id ? {} : { made: { by, at: now } };
}

const shown = ({ hash: _hash, createdAt: _createdAt, previous: _previous, made: _made, ...settings }: StoredKey): Record<string, unknown> => settings;

async function statusOf({ notes, clock }: KeyDeps, id: string, { createdAt, previous }: StoredKey) {
  const used = await notes.lastUsed(id);
  return {
    createdAt: iso(createdAt),
    // What was noted of a key of the same name from before is none of this one's.
    ...(used !== undefined && used >= createdAt ? { lastUsedAt: iso(used) } : {}),
    ...(previous && previous.until > clock.now() ? { oldKeyUntil: iso(previous.until) } : {}),
  };
}

function records(app: App, deps: KeyDeps): void {
  /** The secrets of keys made by requests that are still in flight, for the one answer that shows them. */
  const fresh = new WeakMap<StoredKey, string>();

  registerResource(app, deps, {
    collection: 'keys',
    path: '/v1/keys',
    tag: 'Keys',
    idSchema: Id,
    bodySchema: Type.Object(KeySchema.properties),
    access: { read: admin, write: admin },
    ownerOf: (_id, key) => key.customer,
    async accept(given, { id, current, actor, also }) {
      const settings = given as KeySettings;
      if (current) {
        const { hash, createdAt, previous, made } = current;
        const mayMore = settings.role !== current.role || settings.customer !== current.customer;
        const next = { ...settings, hash, createdAt, ...(previous ? { previous } : {}), ...(made ? { made } : {}), ...(mayMore ? await madeBy(deps, id, actor) : {}) };
        const another = isLastingAdmin(next) ? undefined : await assertNotLastAdmin(deps.store, id, current);
        if (another) also(another);
        return next;
      }
      const secret = newKey(deps.random);
      const stored: StoredKey = { ...settings, hash: hashKey(secret), createdAt: deps.clock.now(), ...(await madeBy(deps, id, actor)) };
      fresh.set(stored, secret);
      return stored;
    },
    beforeRemoval: (id, key) => assertNotLastAdmin(deps.store, id, key),
    show: shown,
    status: (id, key) => statusOf(deps, id, key),
    statusInList: true,
    once: (record) => ({ key: fresh.get(record) }),
  });
}

const RotatedSchema = Type.Object({
  id: Type.String(),
  etag: Type.String(),
  key: Type.String({ description: 'The new key, shown this once' }),
  oldKeyUntil: Type.Optional(Type.String({ description: 'Until when the key from before is good; without it, it has ended' })),
});

function rotation(app: App, deps: KeyDeps): void {
  const { store, follower, clock, random } = deps;
  app.route({
    method: 'POST',
    url: '/v1/keys/:id/rotate',
    config: { access: admin },
    schema: {
      tags: ['Keys'],
      summary: 'Make a new key in place of the old one, which stays good for the time of grace. The key from before the last rotation ends at once',
      params: Type.Object({ id: Id }),
      body: Strict({ graceSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: GRACE_SECONDS_MAX, default: 0, description: 'How long the old key stays good; at most 30 days' })) }),
      response: { 200: RotatedSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const { graceSeconds = 0 } = request.body;
      const ifMatch = conditionOf(request);
      const deed = deedOf(request, clock);
      const until = deed.at + graceSeconds * 1000;
      const secret = newKey(random);
      const change = async (current: StoredKey | undefined): Promise<StoredKey> => {
        if (!current) throw new Failure('not_found');
        const { previous: _previous, ...key } = current;
        return { ...key, ...(await madeBy(deps, id, request.actor)), hash: hashKey(secret), ...(graceSeconds > 0 ? { previous: { hash: current.hash, until } } : {}) };
      };
      const { revision, record } = await edit(
        store,
        { collection: 'keys', id, action: 'keys.rotate', ...(ifMatch === undefined ? {} : { ifMatch }), change, customerOf: (key) => key.customer, shown },
        deed,
      );
      await follower.reached(revision, OWN_TABLE_MS);
      const etag = etagOf('keys', record as StoredKey);
      void reply.header('etag', etag);
      return { id, etag, key: secret, ...(graceSeconds > 0 ? { oldKeyUntil: iso(until) } : {}) };
    },
  });
}

export function keyRoutes(app: App, deps: KeyDeps): void {
  records(app, deps);
  rotation(app, deps);
}
