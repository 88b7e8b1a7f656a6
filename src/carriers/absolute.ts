/** Addresses of ours in an answer as whole URLs, for carriers that take no others. */
import type { Answer } from './dialect.ts';

/** The same answer, with each address that begins with `/` at this origin. */
export function withWholeAddresses(answer: Answer, origin: string): Answer {
  const whole = (url: string): string => (url.startsWith('/') ? origin + url : url);
  switch (answer.do) {
    case 'dial':
      return { ...answer, afterUrl: whole(answer.afterUrl), screenUrl: answer.screenUrl === undefined ? undefined : whole(answer.screenUrl) };
    case 'voicemail':
      return { ...answer, doneUrl: whole(answer.doneUrl), recordedUrl: whole(answer.recordedUrl) };
    case 'screen':
    case 'ask':
      return { ...answer, pressedUrl: whole(answer.pressedUrl) };
    case 'announce': case 'connect': case 'reject': case 'hangup':
      return answer;
  }
}
