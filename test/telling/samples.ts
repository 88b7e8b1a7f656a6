/** Announcements to test with. */
import type { Announcement, AnnouncementKind, Message } from '../../src/domain/announcement.ts';

export const AT = Date.parse('2026-11-22T03:15:00Z');

export function announcement(kind: AnnouncementKind, more: Partial<Announcement> = {}): Announcement {
  return { id: '7-0', kind, severity: 'critical', subject: 'primaries/pbx', primaries: ['pbx'], at: AT, sentence: 'It does not answer.', facts: {}, ...more };
}

export function message(...announcements: Announcement[]): Message {
  return { id: 'msg_0123456789abcdef', receiver: 'ops', at: AT, announcements, isRepeat: false };
}
