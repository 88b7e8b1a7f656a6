/** Whether the audit trail is as it was written: its chain of hashes, checked a part at a time. */
import { Type } from 'typebox';
import { Failure } from '../../domain/errors.ts';
import { Strict } from '../../domain/schema.ts';
import { AUDIT_FAULTS, type AuditCheckOptions, type AuditFault, type AuditHead } from '../../store/audit-chain.ts';
import type { Store } from '../../store/store.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';

/** Entries that are looked at for one answer: some tenths of a second. */
const CHECKED_AT_ONCE = 10_000;

const DETAILS: Readonly<Record<AuditFault, string>> = {
  content: 'The entry is not what was written',
  hash: 'The entry, or whose it is, is not what was written',
  gap: 'What came before this entry is missing or was changed',
  unchained: 'The entry was not written by this service',
  beginning: 'What came before this entry is missing, and was not removed by this service',
  end: 'The trail does not end with the last entry that was written',
  witness: 'The entry is missing, or is not the one that was published with this hash',
};

const HeadSchema = Type.Object({ id: Type.String(), hash: Type.String() });
const CheckSchema = Type.Object({
  intact: Type.Boolean({ description: 'No fault so far; with `next` there is more to check' }),
  checked: Type.Integer({ description: 'Entries that were checked and fit' }),
  unchained: Type.Integer({ description: 'Entries at the beginning that were written before there was a chain' }),
  fault: Type.Optional(Type.Object({ id: Type.String(), why: Type.Enum(AUDIT_FAULTS), detail: Type.String() }, { description: 'The first entry that does not fit' })),
  head: Type.Optional(HeadSchema),
  next: Type.Optional(Type.String()),
});

function position(cursor: string | undefined): AuditCheckOptions['after'] {
  const parts = decodeCursor(cursor, 2);
  if (!parts) return undefined;
  const [id = '', hash = ''] = parts;
  if (!/^\d{1,15}-\d{1,15}$/.test(id)) throw new Failure('cursor_invalid');
  return { id, hash: hash === '' ? undefined : hash };
}

function headOf(text: string | undefined): AuditHead | undefined {
  const [id = '', hash = ''] = text?.split(':') ?? [];
  return text === undefined ? undefined : { id, hash };
}

export function auditVerifyRoute(app: App, { store }: { store: Store }): void {
  app.route({
    method: 'GET',
    url: '/v1/audit/verify',
    // The answer to a HEAD would check all for nothing.
    exposeHeadRoute: false,
    config: { access: { role: 'admin', scope: 'provider' }, urgency: 'background' },
    schema: {
      tags: ['Audit'],
      summary: 'Check that the audit trail is as it was written, from the oldest entry on, 10,000 at a time; names the first entry that does not fit',
      querystring: Strict({
        cursor: PageQuery.cursor,
        witness: Type.Optional(Type.String({ pattern: '^\\d{1,15}-\\d{1,15}:[0-9a-f]{40}$', description: 'A head that the log told before, as `id:hash`: checks that it is still a part of the trail, unless it is older than what is kept' })),
      }),
      response: { 200: CheckSchema, default: ProblemSchema },
    },
    handler: async (request) => {
      const after = position(request.query.cursor);
      const witness = headOf(request.query.witness);
      const { checked, unchained, fault, head, next } = await store.checkAudit({ limit: CHECKED_AT_ONCE, ...(after ? { after } : {}), ...(witness ? { witness } : {}) });
      return {
        intact: fault === undefined,
        checked,
        unchained,
        ...(fault ? { fault: { ...fault, detail: DETAILS[fault.why] } } : {}),
        ...(head ? { head } : {}),
        ...(next ? { next: encodeCursor([next.id, next.hash ?? '']) } : {}),
      };
    },
  });
}
