/** The audit trail, the newest first. */
import { Type } from 'typebox';
import type { AuditEntry } from '../../domain/audit.ts';
import { Failure } from '../../domain/errors.ts';
import { iso } from '../../domain/instant.ts';
import type { Actor } from '../../domain/key.ts';
import { Id, Strict } from '../../domain/schema.ts';
import type { Store } from '../../store/store.ts';
import { customerAsked } from '../access.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';
import type { Veil } from '../veil.ts';

const EntrySchema = Type.Object({
  id: Type.String(),
  at: Type.String(),
  by: Type.Object({ key: Type.String(), role: Type.String(), customer: Type.Optional(Type.String()) }),
  approvedBy: Type.Optional(Type.Object({ key: Type.String(), role: Type.String(), customer: Type.Optional(Type.String()) }, { description: 'The second admin, of a change that needed one' })),
  action: Type.String(),
  changes: Type.Array(Type.Object({ subject: Type.String(), before: Type.Unknown(), after: Type.Unknown() })),
  customer: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  requestId: Type.Optional(Type.String()),
  late: Type.Optional(Type.Object({ writtenAt: Type.String(), effect: Type.String() }, { description: 'An order that a process took while Redis was away: when it was written here, and with what effect' })),
});

function shown({ late, ...entry }: AuditEntry) {
  return { ...entry, at: iso(entry.at), changes: [...entry.changes], ...(late ? { late: { ...late, writtenAt: iso(late.writtenAt) } } : {}) };
}

export function auditRoutes(app: App, { store, veil }: { store: Store; veil: Veil }): void {
  /** Ids as this actor may know them, in the cursor too. */
  const idFor = async ({ customer }: Actor, id: string): Promise<string> => (customer === undefined ? id : veil.hide(customer, id));

  async function positionOf({ customer }: Actor, cursor: string | undefined): Promise<string | undefined> {
    const part = decodeCursor(cursor, 1)?.[0];
    if (part === undefined) return undefined;
    const before = customer === undefined ? part : await veil.reveal(customer, part);
    if (before === undefined || !/^\d{1,16}-\d{1,15}$/.test(before)) throw new Failure('cursor_invalid');
    return before;
  }

  app.route({
    method: 'GET',
    url: '/v1/audit',
    config: { access: { role: 'viewer', scope: 'customer' } },
    schema: {
      tags: ['Audit'],
      summary: 'Who changed what, from what to what, and why; the newest first',
      querystring: Strict({ ...PageQuery, customer: Type.Optional(Id) }),
      response: { 200: Type.Object({ items: Type.Array(EntrySchema), next: Type.Optional(Type.String()) }), default: ProblemSchema },
    },
    handler: async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, customer } = request.query;
      const before = await positionOf(request.actor, cursor);
      const entries = await store.audit({ before, limit, customer: customerAsked(request.actor, customer) });
      const last = entries.at(-1);
      return {
        items: await Promise.all(entries.map(async ({ id, entry }) => ({ id: await idFor(request.actor, id), ...shown(entry) }))),
        ...(entries.length === limit && last ? { next: encodeCursor([await idFor(request.actor, last.id)]) } : {}),
      };
    },
  });
}
