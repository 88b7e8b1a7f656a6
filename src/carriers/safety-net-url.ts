/**
 * The document, kept by somebody else than us, that leads a call to a target: for carriers that take addresses of documents alone. Its address is made
 * from a template of the carrier's record, for what carriers and their users can keep differs.
 */
import type { Target } from '../domain/target.ts';

/** Undefined where there is no template, or it has no place for a target of this kind. */
export function documentFor(template: string | undefined, target: Target): Target | undefined {
  const [place, value] = target.kind === 'phone' ? ['{number}', target.number] : target.kind === 'sip' ? ['{uri}', target.uri] : ['', ''];
  if (place === '' || template?.includes(place) !== true) return undefined;
  const url = template.replaceAll(/\{(?:number|uri)\}/g, (found) => (found === place ? encodeURIComponent(value) : ''));
  return { kind: 'web', url };
}
