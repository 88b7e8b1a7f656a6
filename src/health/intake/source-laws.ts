/** What a source must keep besides its schema. Pure. */
import type { FieldIssue } from '../../domain/errors.ts';
import { SHORTEST_SECRET, type Source } from '../../domain/source.ts';
import { INTAKE_KINDS } from './kinds.ts';

/** A part of an address that no proxy writes in another way; longer ones are not taken there. */
const IN_ADDRESS = /^[A-Za-z0-9._~-]{16,200}$/;
const STANDARD_SECRET = /^whsec_[A-Za-z0-9+/]{16,}={0,2}$/;

function secretIssues(source: Source, field: 'secret' | 'nextSecret', isGiven: (secret: string) => boolean): FieldIssue[] {
  const secret = source[field];
  if (secret === undefined || !isGiven(secret)) return [];
  const at = `/${field}`;
  if (secret.length < SHORTEST_SECRET) return [{ at, detail: `has fewer than ${SHORTEST_SECRET} characters, and could be guessed` }];
  if (INTAKE_KINDS[source.kind].inAddress && !IN_ADDRESS.test(secret)) return [{ at, detail: 'stands in an address: letters, digits, dot, dash, underscore and tilde, at most 200' }];
  if (source.kind === 'generic' && secret.startsWith('whsec_') && !STANDARD_SECRET.test(secret)) return [{ at, detail: 'begins with whsec_, and what follows is not base64' }];
  return [];
}

/** `isGiven`: whether what stands there is the secret itself, and not what leads to it. */
export function sourceIssues(source: Source, isGiven: (secret: string) => boolean): FieldIssue[] {
  const issues = [...secretIssues(source, 'secret', isGiven), ...secretIssues(source, 'nextSecret', isGiven)];
  if (source.kind !== 'heartbeat') return issues;
  if (source.expectEverySeconds === undefined) issues.push({ at: '/expectEverySeconds', detail: 'is missing: a heartbeat says something when it ends' });
  for (const [at, { match }] of source.map.entries()) if (Object.keys(match).length > 0) issues.push({ at: `/map/${at}/match`, detail: 'must be {}: a heartbeat has no labels' });
  return issues;
}
