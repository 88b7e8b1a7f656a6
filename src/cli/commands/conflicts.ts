/** `ringthrough conflicts` and `ringthrough retry`: routings at carriers that others have changed, and those that are to be looked at now. */
import { Argument, type Command } from 'commander';
import { action, part, show, showList, type Context, type Shell } from '../context.ts';
import { moment, pairs, tableOr } from '../layout.ts';

export interface RouteView {
  number: string;
  carrier: string;
  is: string;
  since?: string;
  why?: { code: string; detail: string };
  attempts: number;
  diversion?: string;
  dropped: { to: string; why: string; rule?: string }[];
  unheeded: { to: string; what: string }[];
  /** The trunk or application that has its calls. */
  group?: { ref: string; moved: boolean; numbers?: number; mixed?: { why: string; number?: string; count: number } };
  conflict?: { of: 'divert' | 'net'; since: string; ours: Record<string, string>; there: Record<string, string>; original: Record<string, string> };
}

const HOWS = ['keep', 'ours', 'original'] as const;

const MIXED: Readonly<Record<string, string>> = {
  'not-told': 'the carrier does not say which numbers are on it',
  'not-listed': 'the carrier cannot say for the moment which numbers are on it',
  'not-asked': 'some numbers on it are not to be moved with it',
  primaries: 'numbers on it have different primaries',
  routes: 'numbers on it would go to different destinations',
};

/** Why a number is not moved with its trunk or application; empty when it is, or is on none. */
export function whyMixed({ group }: RouteView): string {
  if (!group?.mixed) return '';
  const { why, number, count } = group.mixed;
  return `${group.ref} is not moved: ${MIXED[why] ?? why}${number === undefined ? '' : ` (${number}${count > 1 ? ` and ${count - 1} more` : ''})`}`;
}

const shownName = ({ number, group }: RouteView): string => (group?.numbers === undefined ? number : `${number || '-'} (${group.ref}, numbers: ${group.numbers})`);

/** The fields that differ, each as we set it, as it is there, and as it was before us. */
function differences({ conflict }: RouteView): string[] {
  if (!conflict) return [];
  const { ours, there, original } = conflict;
  const names = [...new Set([...Object.keys(ours), ...Object.keys(there)])].filter((name) => (ours[name] ?? '') !== (there[name] ?? ''));
  return pairs(names.map((name) => [name, `ours ${ours[name] || '-'}, there ${there[name] || '-'}, before ${original[name] || '-'}`]), '  ');
}

function listLines(items: RouteView[]): string[] {
  const rows = items.map((item) => ({ ...item, name: shownName(item) })).map(({ name, carrier, diversion = '', conflict }) => [name, carrier, conflict?.of === 'net' ? 'safety net' : 'diversion', diversion, moment(conflict?.since)]);
  return [...tableOr('No routing is in conflict.', ['number', 'carrier', 'what', 'diversion', 'since (UTC)'], rows), ...items.flatMap((item) => ['', `${shownName(item)}:`, ...differences(item)])];
}

const list = (context: Context): Promise<void> => showList<RouteView>(context, { path: '/v1/conflicts', lines: listLines });

async function resolve(context: Context, number: string, how: (typeof HOWS)[number], { reason }: { reason?: string }): Promise<void> {
  const { text } = await context.client.ask('POST', `/v1/numbers/${part(number)}/route/resolve`, { json: { how, ...(reason === undefined ? {} : { reason }) } });
  const done = { keep: 'what is there is kept', ours: 'it is set as if nobody had changed it', original: 'what was there before is put back' }[how];
  show(context, text, () => [`${number}: ${done}.`]);
}

async function retry(context: Context, number: string): Promise<void> {
  const { text, body } = await context.client.ask<RouteView>('POST', `/v1/numbers/${part(number)}/route/retry`);
  show(context, text, () => [`${body.number} (${body.is}) is looked at now; \`ringthrough status --numbers\` shows what becomes of it.`]);
}

export function addConflicts(program: Command, shell: Shell): void {
  const conflicts = program.command('conflicts').description('routings at carriers that somebody else has changed');
  conflicts.command('list').description('which, what we set, what is there, and what was there before').action(action(shell, list));
  conflicts
    .command('resolve')
    .description('end a conflict')
    .argument('<number>', 'the number, E.164')
    .addArgument(new Argument('<how>', 'how it is to end').choices(HOWS))
    .option('--reason <text>', 'why: goes into the audit trail')
    .action(action(shell, resolve));
  program.command('retry').description("look at a number's routing at its carrier now").argument('<number>', 'the number, E.164').action(action(shell, retry));
}
