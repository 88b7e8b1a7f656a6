/** What is known of a body that is passed on as it came, and how it is kept where a notification has its content type: one text, a line for each. */

export interface PassedOn {
  contentType: string;
  /** The carrier's record here, and how it asked: `POST /webhooks/main/pass/pbx?about=recording`. Absent for what did not come from a carrier. */
  callback?: { carrier: string; asked: string };
  /** The body is no UTF-8, and is kept in Base64. */
  isBase64: boolean;
}

/** None of these has a line's end in it: HTTP has none in a header or an address. */
export function passedOnText({ contentType, callback, isBase64 }: PassedOn): string {
  const lines = [contentType, callback?.carrier ?? '', callback?.asked ?? '', isBase64 ? 'base64' : ''];
  return lines.join('\n').trimEnd();
}

export function readPassedOn(text: string): PassedOn {
  const [contentType = '', carrier = '', asked = '', encoding = ''] = text.split('\n');
  return { contentType, ...(carrier === '' ? {} : { callback: { carrier, asked } }), isBase64: encoding === 'base64' };
}
