/** `ringthrough approvals`: changes of many numbers' destinations that wait for a second admin. */
import type { Command } from 'commander';
import { action, part, show, showList, type Context, type Shell } from '../context.ts';
import { counted, fields, moment, pairs, tableOr } from '../layout.ts';

export interface ApprovalView {
  id: string;
  state: 'waiting' | 'approved' | 'refused' | 'expired';
  subject: string;
  action: string;
  numbers: number;
  recent: number;
  by: { key: string };
  reason?: string;
  askedAt: string;
  expiresAt: string;
  before: unknown;
  after: unknown;
}

/** What a change that was held comes to, for people. */
export function heldLines({ id, subject, numbers, recent, expiresAt }: ApprovalView): string[] {
  const more = recent > 0 ? ` (and ${recent} that this key has changed lately)` : '';
  return [`Not in force: ${subject} would lead ${counted(numbers, 'number')} elsewhere${more}, and waits for a second admin until ${moment(expiresAt)} (UTC):`, `  ringthrough approvals approve ${id}`];
}

function changeLines({ before, after }: ApprovalView): string[] {
  const texts = (value: unknown): Map<string, string> => new Map(value === null || value === undefined ? [] : fields(value));
  const [from, to] = [texts(before), texts(after)];
  const names = [...new Set([...from.keys(), ...to.keys()])].filter((name) => from.get(name) !== to.get(name));
  return pairs(names.map((name) => [name, `${from.get(name) ?? '-'} → ${to.get(name) ?? '-'}`]), '  ');
}

function listLines(items: ApprovalView[]): string[] {
  const rows = items.map(({ id, askedAt, by, action: asked, subject, numbers, reason }) => [id, moment(askedAt), by.key, asked, subject, String(numbers), reason ?? '']);
  const changes = items.flatMap((item) => ['', `${item.id}:`, ...changeLines(item)]);
  return [...tableOr('Nothing waits for approval.', ['approval', 'asked (UTC)', 'by', 'change', 'of', 'numbers', 'reason'], rows), ...changes];
}

const list = (context: Context): Promise<void> => showList<ApprovalView>(context, { path: '/v1/approvals', query: { state: 'waiting' }, lines: listLines });

async function approve(context: Context, id: string): Promise<void> {
  const { text, body } = await context.client.ask<ApprovalView>('POST', `/v1/approvals/${part(id)}/approve`);
  show(context, text, () => [body.subject.startsWith('imports/') ? `Approved: ${body.subject} is taken in the background.` : `Approved, and in force: ${body.subject} leads ${counted(body.numbers, 'number')} elsewhere.`]);
}

async function refuse(context: Context, id: string): Promise<void> {
  const { text, body } = await context.client.ask<ApprovalView>('POST', `/v1/approvals/${part(id)}/refuse`);
  show(context, text, () => [`Refused: nothing of the change of ${body.subject} is done.`]);
}

export function addApprovals(program: Command, shell: Shell): void {
  const approvals = program.command('approvals').description("changes of many numbers' destinations that wait for a second admin");
  approvals.command('list').description('what waits, and what it would change').action(action(shell, list));
  approvals.command('approve').description('let a change that another admin has asked for be made').argument('<id>', 'id of the approval').action(action(shell, approve));
  approvals.command('refuse').description('refuse a change, or take back what you have asked for').argument('<id>', 'id of the approval').action(action(shell, refuse));
}
