/** The described fields: what an answer says of them as the flat texts of a routing, and how those are written back. */
import { Failure } from '../../domain/errors.ts';
import type { HttpApi, HttpField } from '../../domain/http-api.ts';
import type { Routing } from '../api.ts';
import { unusable } from '../http.ts';
import { at, scalarAt } from './pointer.ts';

export const CARRIER = 'The carrier';

type Json = string | number | boolean | null;

/** What may stand in a routing: `true` and `false`, a number as JSON writes it, any text; nothing is set: empty. */
export function isValueOf({ type = 'text' }: HttpField, value: string): boolean {
  if (value === '' || type === 'text') return true;
  return type === 'boolean' ? value === 'true' || value === 'false' : String(Number(value)) === value && Number.isFinite(Number(value));
}

function readField(name: string, field: HttpField, resource: unknown): string {
  const { type = 'text', unset = '', optional = false } = field;
  const found = at(resource, field.at);
  if (found === null || (found === undefined && optional) || (found === unset && found !== undefined)) return '';
  if (found === undefined) throw unusable(CARRIER, `did not say the ${name}`, false);
  if (typeof found !== (type === 'text' ? 'string' : type)) throw unusable(CARRIER, `did not give the ${name} as a ${type}`, false);
  return scalarAt(resource, field.at) ?? '';
}

export function readFields({ fields }: HttpApi, resource: unknown): Routing {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, readField(name, field, resource)]));
}

/** As JSON has it. Throws `carrier_refused` for a text that the field cannot be. */
export function jsonOf(name: string, field: HttpField, value: string): Json {
  const { type = 'text', unset = '' } = field;
  if (!isValueOf(field, value)) throw new Failure('carrier_refused', `The field ${name} is a ${type}`);
  if (value === '') return type === 'text' ? unset : null;
  if (type === 'text') return value;
  return type === 'boolean' ? value === 'true' : Number(value);
}

/** As a text, where there is no JSON. */
export function textOf(name: string, field: HttpField, value: string): string {
  return String(jsonOf(name, field, value) ?? '');
}
