/** The JSON that a webhook gets: the announcements for machines, and their words for people. Pure. */
import type { Announcement, Message } from '../../domain/announcement.ts';
import { iso } from '../../domain/instant.ts';
import { plainText, wordsOf } from '../wording.ts';

function shown({ at, alone, facts, ...rest }: Announcement) {
  return { ...rest, at: iso(at), ...(alone ? { alone: true } : {}), facts };
}

export function webhookBody(message: Message): string {
  const words = wordsOf(message);
  return JSON.stringify({
    // As Standard Webhooks has it: what it is, when, and the data.
    type: 'announcement',
    timestamp: iso(message.at),
    data: { id: message.id, repeat: message.isRepeat, title: words.title, severity: words.severity, text: plainText(words), announcements: message.announcements.map(shown) },
  });
}
