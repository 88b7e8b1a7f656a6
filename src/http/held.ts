/** The answer to a change that is held until a second admin has approved it, and how such a change is shown. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { APPROVAL_STATES, ApprovalSchema, type Approval } from '../domain/approval.ts';
import { iso } from '../domain/instant.ts';
import { Instant } from '../domain/schema.ts';
import type { Held } from '../policy/approvals.ts';
import { stateOf, type MakeChange } from '../policy/decide-approval.ts';
import type { Draft } from '../store/draft.ts';
import type { Clock } from '../system/system.ts';

const { collection: _collection, id: _id, basis: _basis, account: _account, ...shownProperties } = ApprovalSchema.properties;
export const APPROVAL_STATES_SHOWN = [...APPROVAL_STATES, 'expired'] as const;

export const ShownApproval = Type.Object({
  id: Type.String(),
  ...shownProperties,
  state: Type.Enum([...APPROVAL_STATES_SHOWN]),
  subject: Type.String({ description: 'The record that is changed: `plans/night`, `imports/…`' }),
  askedAt: Instant,
  expiresAt: Instant,
  endedAt: Type.Optional(Instant),
}, { $id: 'Approval', description: 'A change that is not in force: it waits until a second admin has approved it' });

export function shownApproval(id: string, approval: Approval, now: number) {
  const { collection, id: subject, basis: _1, account: _2, askedAt, expiresAt, endedAt, ...rest } = approval;
  return { id, ...rest, state: stateOf(approval, now), subject: `${collection}/${subject}`, askedAt: iso(askedAt), expiresAt: iso(expiresAt), ...(endedAt === undefined ? {} : { endedAt: iso(endedAt) }) };
}

interface Parts<R> {
  change(current: R | undefined): R | undefined | Promise<R | undefined>;
  also(draft: Draft): void;
}

/** A held change as it is made: judged again as a change of its kind, then by the approval's own check, at each try; and what both write goes into one commit. */
export function asHeld<R>({ basis }: Pick<Approval, 'basis'>, { check, also }: Pick<Parameters<MakeChange>[1], 'check' | 'also'>, parts: Parts<R>) {
  return {
    ifMatch: basis === undefined ? ('absent' as const) : { tag: basis },
    async change(current: R | undefined): Promise<R | undefined> {
      const next = await parts.change(current);
      await check();
      return next;
    },
    also(draft: Draft): void {
      parts.also(draft);
      also(draft);
    },
  };
}

/** 202: it was taken down, and is not in force. */
export function answerHeld(reply: FastifyReply, { id, approval }: Held, clock: Clock): ReturnType<typeof shownApproval> {
  void reply.code(202).header('location', `/v1/approvals/${id}`);
  return shownApproval(id, approval, clock.now());
}
