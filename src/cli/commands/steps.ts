/** `ringthrough steps`: what would happen to a call. Nobody is called. */
import type { Command } from 'commander';
import { action, part, show, type Context, type Shell } from '../context.ts';

interface Step {
  kind: string;
  to?: string;
  ringSeconds?: number;
  screen?: 'no' | 'closed' | 'open';
  maxCalls?: number;
  say?: string;
}

interface Answer {
  number: string;
  because: string;
  steps: Step[];
  skipped: { to: string; why: string; rule?: string }[];
}

const SCREENING = { no: '', closed: ', who answers must press 1', open: ', who answers is asked to press 1' } as const;

function sentence({ kind, to, ringSeconds, screen = 'no', maxCalls, say }: Step): string {
  if (to === undefined) return say === undefined ? kind : `${kind}: "${say}"`;
  const limit = maxCalls === undefined ? '' : `, at most ${maxCalls} at a time`;
  return `${kind} ${to}, rings ${ringSeconds ?? '?'} s${SCREENING[screen]}${limit}`;
}

async function steps(context: Context, number: string, query: { from?: string; at?: string }): Promise<void> {
  const { text, body } = await context.client.ask<Answer>('GET', `/v1/numbers/${part(number)}/steps`, { query: { ...query } });
  show(context, text, () => [
    body.because,
    '',
    ...body.steps.map((step, at) => `  ${at + 1}. ${sentence(step)}`),
    ...(body.skipped.length === 0 ? [] : ['', 'Skipped:', ...body.skipped.map(({ to, why, rule }) => `  ${to}: ${why}${rule === undefined ? '' : ` (${rule})`}`)]),
  ]);
}

export function addSteps(program: Command, shell: Shell): void {
  program
    .command('steps')
    .description('what would happen to a call now; nobody is called')
    .argument('<number>', 'the number called, E.164')
    .option('--from <caller>', 'the caller')
    .option('--at <moment>', 'at another time, e.g. 2027-01-31T12:00:00Z')
    .action(action(shell, steps));
}
