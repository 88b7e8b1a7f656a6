/** Makes a described request: each value is escaped by where it goes, so that none can change what is asked. */
import type { HttpApi, HttpRequest } from '../../domain/http-api.ts';
import type { CarrierRequest } from '../http.ts';
import { xml } from '../xml.ts';
import { jsonOf, textOf } from './fields.ts';
import { placeholdersOf, render, wholePlaceholder } from './template.ts';

const raw = (value: string): string => value;

/** Every text in a JSON value. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The templates of a request, all in one list. */
export function templatesOf({ path, query = {}, headers = {}, body = {} }: HttpRequest): string[] {
  return [path, ...Object.values(query), ...Object.values(headers), ...Object.values(body.form ?? {}), ...(body.xml === undefined ? [] : [body.xml]), ...textsIn(body.json)];
}

/** Which page of a list is asked for, in one way or another. */
export const PAGING: readonly string[] = ['page', 'offset', 'cursor'];

/** The ways in which a request says so; one of them, as checked when the description was taken. */
export function pagingOf(request: HttpRequest): string[] {
  return [...new Set(templatesOf(request).flatMap(placeholdersOf))].filter((name) => PAGING.includes(name));
}

/** The fields that a request sets. */
export function fieldsIn({ fields }: HttpApi, request: HttpRequest): string[] {
  return [...new Set(templatesOf(request).flatMap(placeholdersOf))].filter((name) => Object.hasOwn(fields, name));
}

function mapTexts(value: unknown, change: (text: string) => unknown): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((element) => mapTexts(element, change));
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapTexts(part, change)])) : value;
}

/**
 * `values`: of all its placeholders; those of fields as a routing has them. Throws `carrier_refused` for a value that its field
 * cannot be.
 */
export function requestOf({ fields }: HttpApi, { method, path, query = {}, headers = {}, body = {} }: HttpRequest, values: ReadonlyMap<string, string>): CarrierRequest {
  const fieldNamed = (name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  const texts = new Map([...values].map(([name, value]) => {
    const field = fieldNamed(name);
    return [name, field ? textOf(name, field, value) : value] as const;
  }));
  const plain = (template: string): string => render(template, texts, raw);
  const form = (parameters: Readonly<Record<string, string>>): string => new URLSearchParams(Object.entries(parameters).map(([name, template]): [string, string] => [name, plain(template)])).toString();

  function jsonText(template: string): unknown {
    const name = wholePlaceholder(template);
    const field = name === undefined ? undefined : fieldNamed(name);
    return name !== undefined && field ? jsonOf(name, field, values.get(name) ?? '') : plain(template);
  }

  function content(): { type: string; text: string } | undefined {
    if (body.json !== undefined) return { type: 'application/json', text: JSON.stringify(mapTexts(body.json, jsonText)) };
    if (body.form !== undefined) return { type: 'application/x-www-form-urlencoded', text: form(body.form) };
    return body.xml === undefined ? undefined : { type: 'application/xml; charset=utf-8', text: render(body.xml, texts, xml) };
  }

  const sent = content();
  const search = form(query);
  return {
    method,
    path: render(path, texts, encodeURIComponent) + (search === '' ? '' : `?${search}`),
    headers: { ...(sent && { 'content-type': sent.type }), ...Object.fromEntries(Object.entries(headers).map(([name, template]) => [name.toLowerCase(), plain(template)])) },
    ...(sent && { body: sent.text }),
  };
}
