/**
 * A message as Microsoft Teams takes it: an Adaptive Card for workflows (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using),
 * a MessageCard for the connectors of before. Pure.
 */
import type { Message } from '../../domain/announcement.ts';
import { wordsOf, type Words } from '../wording.ts';

/** A card is refused beyond 28 KB. */
const MAX_PARTS = 12;
const MAX_WHY = 600;

const COLOUR = { info: 'good', warning: 'warning', critical: 'attention' } as const;
const THEME = { info: '2EB67D', warning: 'ECB22E', critical: 'E01E5A' } as const;

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);
/** Both render Markdown: what a monitoring wrote must make no links. */
const plain = (text: string): string => cut(text.replace(/[[\]<>*_`#]/g, ' '), MAX_WHY);

function remarks({ parts, notes }: Words): string[] {
  const left = parts.length - MAX_PARTS;
  return [...(left > 0 ? [`${left} more are left out here.`] : []), ...notes];
}

function adaptive(words: Words): object {
  const block = (text: string, more: object = {}) => ({ type: 'TextBlock', text, wrap: true, ...more });
  const body = [
    block(plain(words.title), { size: 'Large', weight: 'Bolder', color: COLOUR[words.severity] }),
    ...words.parts.slice(0, MAX_PARTS).flatMap(({ heading, severity, why, done, todo, command, at }) => [
      block(plain(heading), { weight: 'Bolder', color: COLOUR[severity], separator: true }),
      { type: 'FactSet', facts: [{ title: 'Why', value: plain(why) }, { title: 'Done', value: done }, { title: 'To do', value: todo }, { title: 'At', value: at }] },
      ...(command === undefined ? [] : [block(command, { fontType: 'Monospace' })]),
    ]),
    ...remarks(words).map((remark) => block(remark, { isSubtle: true })),
  ];
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: { $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' }, body } }],
  };
}

function messageCard(words: Words): object {
  return {
    '@type': 'MessageCard',
    '@context': 'https://schema.org/extensions',
    themeColor: THEME[words.severity],
    summary: plain(words.title),
    title: plain(words.title),
    sections: words.parts.slice(0, MAX_PARTS).map(({ heading, why, done, todo, command, at }) => ({
      activityTitle: plain(heading),
      facts: [{ name: 'Why', value: plain(why) }, { name: 'Done', value: done }, { name: 'To do', value: todo }, ...(command === undefined ? [] : [{ name: 'Command', value: command }]), { name: 'At', value: at }],
      markdown: false,
    })),
    text: remarks(words).join(' '),
  };
}

export function teamsBody(message: Message, card: 'adaptive' | 'message'): string {
  const words = wordsOf(message);
  return JSON.stringify(card === 'adaptive' ? adaptive(words) : messageCard(words));
}
