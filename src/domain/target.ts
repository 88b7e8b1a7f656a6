/** Where a carrier can be told to send calls, without us: a telephone number (E.164), a SIP address, or a document that it asks for each call. */
export type Target = { kind: 'phone'; number: string } | { kind: 'sip'; uri: string } | { kind: 'web'; url: string };
export type TargetKind = Target['kind'];

/** As people write it. */
export function targetText(target: Target): string {
  if (target.kind === 'phone') return target.number;
  return target.kind === 'sip' ? target.uri : target.url;
}
