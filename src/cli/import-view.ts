/** Imports for people: how far one is, what it came to, what it would change. Shared by `import` and `imports`. */
import { listed, part, type Context } from './context.ts';
import { CliFault, EXIT, type Exit } from './exits.ts';
import { say, sleep, type Progress } from './io.ts';
import { counted, pairs } from './layout.ts';

export interface ImportView {
  id: string;
  state: 'receiving' | 'judging' | 'waiting' | 'applying' | 'removing' | 'done' | 'refused' | 'cancelled' | 'expired' | 'aborted';
  kind: 'import' | 'revert';
  startedAt: string;
  dryRun?: boolean;
  reverts?: string;
  expiresAt?: string;
  rows: number;
  rowsDone: number;
  rowsPerSecond?: number;
  etaSeconds?: number;
  numbersLookedAt?: number;
  created: number;
  changed: number;
  unchanged: number;
  rejected: number;
  removed: number;
  redirected?: number;
  approvalNeeded?: boolean;
  removalRefused?: { because: 'share' | 'limit' | 'unreadable-rows'; customer?: string; removed: number; of: number };
}

interface RejectedRow {
  line: number;
  number?: string;
  code: string;
  detail: string;
}

interface Change {
  number: string;
  before: Record<string, string> | null;
  after: Record<string, string> | null;
}

export interface Seen {
  text: string;
  body: ImportView;
}

/** Between two looks at an import that is under way, milliseconds. */
const LOOK_MS = 200;
/** Changes of each kind that are shown of one that waits. */
const CHANGES_SHOWN = 10;

const UNDER_WAY: readonly ImportView['state'][] = ['receiving', 'judging', 'applying', 'removing'];
const WORDS: Partial<Record<ImportView['state'], string>> = { judging: 'Judging', applying: 'Taking', removing: 'Removing' };

/** `Taking: 1200 of 5000 rows, 900 a second, 5 s to go`. */
export function progressLine({ state, rows, rowsDone, rowsPerSecond, etaSeconds, numbersLookedAt }: ImportView): string {
  const word = WORDS[state] ?? state;
  if (numbersLookedAt !== undefined) return `${word}: ${counted(numbersLookedAt, 'number')} looked at`;
  const pace = rowsPerSecond === undefined || etaSeconds === undefined ? '' : `, ${rowsPerSecond} a second, ${etaSeconds} s to go`;
  return `${word}: ${rowsDone} of ${counted(rows, 'row')}${pace}`;
}

/** Stays until the import waits for a person or has ended. */
export async function untilSettled({ client, io }: Context, id: string, progress: Progress): Promise<Seen> {
  for (;;) {
    const reply = await client.ask<ImportView>('GET', `/v1/imports/${part(id)}`);
    if (reply.body.state === 'aborted') throw new CliFault(EXIT.refused, 'upload_aborted', 'The upload ended before its end; nothing of it was taken');
    if (!UNDER_WAY.includes(reply.body.state)) return reply;
    progress.show(progressLine(reply.body));
    await sleep(io, LOOK_MS);
  }
}

export function countLines({ rows, created, changed, unchanged, rejected, removed, kind }: ImportView): string[] {
  const counts = { [kind === 'revert' ? 'changes' : 'rows']: rows, created, changed, unchanged, ...(removed > 0 ? { removed } : {}), rejected };
  return pairs(Object.entries(counts).map(([name, count]) => [name, String(count)]), '  ');
}

export function refusalLines({ removalRefused, state }: ImportView): string[] {
  if (!removalRefused) return [];
  const { because, customer, removed, of } = removalRefused;
  const why = { share: `that is more than a fifth of the ${of} of ${customer ?? ''}`, limit: `that is more than --allow-removing`, 'unreadable-rows': `${counted(of, 'row')} cannot be read, so the file is not the whole truth` }[because];
  return ['', `${counted(removed, 'number')} ${state === 'waiting' ? 'would be removed' : 'not removed'}: ${why}.`];
}

const recordText = (record: Record<string, string> | null): string => (record === null ? '(none)' : Object.entries(record).map(([name, value]) => `${name}=${value}`).join(' '));

function changeText({ number, before, after }: Change): string {
  if (before === null || after === null) return `${number}  ${recordText(after ?? before)}`;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
  return `${number}  ${names.map((name) => `${name}: ${before[name] ?? '-'} → ${after[name] ?? '-'}`).join(', ')}`;
}

export async function sayChanges({ client, io }: Context, view: ImportView): Promise<void> {
  for (const kind of ['created', 'changed', 'removed'] as const) {
    if (view[kind] === 0) continue;
    const changes: Change[] = [];
    for await (const change of listed<Change>(client, `/v1/imports/${part(view.id)}/changes`, { kind }, CHANGES_SHOWN)) changes.push(change);
    say(io, '', `${view.state === 'waiting' || view.dryRun ? 'Would be' : 'Were'} ${kind}${view[kind] > changes.length ? `, the first ${changes.length} of ${view[kind]}` : ''}:`, ...changes.map((change) => `  ${changeText(change)}`));
  }
}

export async function sayRejected({ client, io }: Context, view: ImportView): Promise<void> {
  if (view.rejected === 0) return;
  say(io, '', view.kind === 'revert' ? 'Left alone:' : view.state === 'waiting' || view.dryRun ? 'Would be rejected:' : 'Rejected, the others were taken:');
  for await (const { line, number, code, detail } of listed<RejectedRow>(client, `/v1/imports/${part(view.id)}/rejected`, {})) say(io, `  ${number ?? `line ${line}`}: ${code}: ${detail}`);
}

export const needsSecondAdmin = ({ state, approvalNeeded }: ImportView): boolean => state === 'waiting' && approvalNeeded === true;

function headline(view: ImportView): string {
  const { id, state, kind, dryRun, expiresAt, redirected = 0 } = view;
  if (needsSecondAdmin(view)) return `Nothing of it is taken: import ${id} would lead ${counted(redirected, 'number')} elsewhere, and waits for a second admin until ${(expiresAt ?? '').slice(0, 16).replace('T', ' ')}; it would come to:`;
  if (state === 'waiting') return `Import ${id} waits until ${(expiresAt ?? '').slice(0, 16).replace('T', ' ')}; it would come to:`;
  if (dryRun) return `Import ${id} was a dry run; it would have come to:`;
  return `${kind === 'revert' ? 'Revert' : 'Import'} ${id} is ${state}:`;
}

/** All there is to say of one that has settled. */
export async function report(context: Context, view: ImportView): Promise<void> {
  say(context.io, headline(view), ...countLines(view), ...refusalLines(view));
  if (view.state === 'waiting' || view.dryRun) await sayChanges(context, view);
  await sayRejected(context, view);
  if (needsSecondAdmin(view)) say(context.io, '', 'Another admin approves it:', `  ringthrough approvals approve ${view.id}`);
}

export function exitOf(view: ImportView): Exit {
  const { state, rejected, removalRefused } = view;
  if (needsSecondAdmin(view)) return EXIT.held;
  if (state === 'refused' || state === 'cancelled' || state === 'expired') return EXIT.refused;
  return rejected > 0 || (removalRefused !== undefined && state === 'done') ? EXIT.partly : EXIT.ok;
}
