/** What messages say, in each form that they are sent in. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANNOUNCEMENT_KINDS, SEVERITIES, type AnnouncementKind } from '../../src/domain/announcement.ts';
import { slackBody } from '../../src/telling/forms/slack.ts';
import { teamsBody } from '../../src/telling/forms/teams.ts';
import { webhookBody } from '../../src/telling/forms/webhook.ts';
import { createSigner, signedHeaders, webhookKey } from '../../src/posting/standard-webhooks.ts';
import { plainText, wordsOf } from '../../src/telling/wording.ts';
import { createHttpReceiver } from '../../stand-ins/receivers/receiver.ts';
import { announcement, message } from './samples.ts';

const KINDS = Object.keys(ANNOUNCEMENT_KINDS) as AnnouncementKind[];

describe('the words', () => {
  test('say what happened, why, what was done, what to do, and which command to type', () => {
    expect(plainText(wordsOf(message(announcement('started', { by: 'ops-desk' }))))).toBe([
      'pbx: diverted by ops-desk (2026-11-22 03:15:00 UTC)', 'Why: It does not answer.', 'Done: Its calls go to the backup plans.', 'To do: Repair it; its calls come back in steps when it is well.', '  ringthrough status', '',
    ].join('\n'));
    expect(plainText(wordsOf(message(announcement('pending', { facts: { action: 'divert', brake: 'approval' } }))))).toContain('pbx: somebody must agree to divert it');
  });
  test('name commands that there are', () => {
    const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    const commands = KINDS.flatMap((kind) => wordsOf(message(announcement(kind))).parts.flatMap(({ command }) => /^ringthrough ([a-z-]+)/.exec(command ?? '')?.[1] ?? []));
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) expect(page).toContain(`ringthrough ${command}`);
  });
  test('of several begin with the gravest, and say that it is so still', () => {
    const { title, severity } = wordsOf({ ...message(announcement('restored', { severity: 'info' }), announcement('started', { subject: 'primaries/other' })), isRepeat: true });
    expect({ title, severity }).toEqual({ title: 'Still: other: diverted, and 1 more', severity: 'critical' });
  });
  test('say when they come from one process alone', () => {
    expect(plainText(wordsOf(message(announcement('started', { alone: true }))))).toContain('cannot reach Redis');
  });
});

test('whatever is told, each form is one that its receiver takes', async () => {
  const receiver = await createHttpReceiver();
  try {
    const some = fc.record({ kind: fc.constantFrom(...KINDS), severity: fc.constantFrom(...SEVERITIES), sentence: fc.string({ maxLength: 1000, unit: 'grapheme' }), subject: fc.string({ maxLength: 60 }).map((name) => `primaries/${name}`) });
    await fc.assert(fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 30 }), async (all) => {
      const told = message(...all.map(({ kind, ...more }) => announcement(kind, more)));
      const hook = webhookBody(told);
      const key = webhookKey(receiver.secret)!;
      for (const [path, body, headers] of [
        ['/webhook', hook, signedHeaders(told.id, createSigner([key])(told.id, Date.now(), hook))], ['/slack', slackBody(told), {}], ['/teams', teamsBody(told, 'adaptive'), {}], ['/connector', teamsBody(told, 'message'), {}],
      ] as const) {
        const answer = await fetch(receiver.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
        expect([path, answer.status < 300, await answer.text()]).toEqual([path, true, expect.not.stringContaining('error')]);
      }
    }), { numRuns: 15 });
  } finally {
    await receiver.close();
  }
});

test('what a monitoring wrote calls nobody in Slack, and makes no links in Teams', () => {
  const told = message(announcement('started', { sentence: '<!channel> see <https://evil.example|here> [here](https://evil.example)' }));
  expect(slackBody(told)).not.toContain('<!channel>');
  expect(teamsBody(told, 'adaptive')).not.toContain('[here](');
});
