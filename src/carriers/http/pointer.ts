/** JSON pointers (RFC 6901) into answers. */
import { member } from '../../domain/json.ts';

/** Undefined where there is nothing. */
export function at(value: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return member(value, ...names);
}

/** A text, number or truth as text; undefined for anything else. */
export function scalarAt(value: unknown, pointer: string): string | undefined {
  const found = at(value, pointer);
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : undefined;
}
