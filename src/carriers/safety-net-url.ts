/**
 * The document, kept by somebody else than us, that leads a call to a target: for carriers that take addresses of documents alone. Its address is made
 * from a template of the carrier's record, for what carriers and their users can keep differs.
 */
import type { Target } from '../domain/target.ts';

const PLACE = /\{(?:number|uri)\}/g;
/** What `encodeURIComponent` gives. */
const VALUE = "[\\w.!~*'()%-]*";

/** Undefined where there is no template, or it has no place for a target of this kind. */
export function documentFor(template: string | undefined, target: Target): Target | undefined {
  const [place, value] = target.kind === 'phone' ? ['{number}', target.number] : target.kind === 'sip' ? ['{uri}', target.uri] : ['', ''];
  if (place === '' || template?.includes(place) !== true) return undefined;
  const url = template.replaceAll(PLACE, (found) => (found === place ? encodeURIComponent(value) : ''));
  return { kind: 'web', url };
}

/** Whether an address is that of such a document, whichever target it leads to. */
export function isDocumentOf(template: string | undefined, url: string): boolean {
  const parts = template?.split(PLACE).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return parts !== undefined && new RegExp(`^${parts.join(VALUE)}$`).test(url);
}
