/** A message as Slack's incoming webhooks take it: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, Block Kit. Pure. */
import type { Message } from '../../domain/announcement.ts';
import { wordsOf, type Part } from '../wording.ts';

/** Of a header, of a section's text, of blocks: https://docs.slack.dev/reference/block-kit/blocks. */
const MAX_HEADER = 150;
const MAX_TEXT = 3000;
const MAX_PARTS = 15;

const MARK = { info: ':white_check_mark:', warning: ':warning:', critical: ':rotating_light:' } as const;

/** These three have a meaning in its texts; nobody is to be called by what a monitoring wrote. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

function section({ heading, severity, why, done, todo, command, at }: Part) {
  const lines = [`${MARK[severity]} *${escaped(heading)}* (${at})`, `*Why:* ${escaped(why)}`, `*Done:* ${escaped(done)}`, `*To do:* ${escaped(todo)}`, ...(command === undefined ? [] : [`\`${escaped(command)}\``])];
  return { type: 'section', text: { type: 'mrkdwn', text: cut(lines.join('\n'), MAX_TEXT) } };
}

export function slackBody(message: Message): string {
  const { title, parts, notes } = wordsOf(message);
  const left = parts.length - MAX_PARTS;
  const remarks = [...(left > 0 ? [`${left} more are left out here.`] : []), ...notes];
  return JSON.stringify({
    // What is shown where blocks are not, such as in a notification.
    text: cut(escaped(title), MAX_TEXT),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, MAX_HEADER) } },
      ...parts.slice(0, MAX_PARTS).map(section),
      ...(remarks.length === 0 ? [] : [{ type: 'context', elements: [{ type: 'mrkdwn', text: escaped(remarks.join(' ')) }] }]),
    ],
  });
}
