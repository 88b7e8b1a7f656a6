/**
 * A carrier's writes as plain HTTP requests, for whoever has nothing but an HTTP client: what the carrier's own client sends and what
 * stands in the go-bag come from the same functions. Pure; asks nobody.
 */
import type { HttpAuth } from '../domain/http-api.ts';
import type { Routing } from './api.ts';
import { basicAuth } from './basic-auth.ts';
import type { CarrierRequest } from './http.ts';

/** How it is proved who asks; `secret` is the name of a credential. With `body` it stands in the body of the request itself. */
export type PlainAuth =
  | { by: 'basic'; user: string; secret: string }
  | { by: 'bearer'; secret: string }
  | { by: 'header'; header: string; secret: string }
  | { by: 'hmac'; user: string; secret: string; how: HttpAuth }
  | { by: 'body'; secret: string };

export interface PlainWrite extends CarrierRequest {
  /** What to send when this is refused. */
  otherwise?: CarrierRequest;
}

/** What a routing names by what it means and the carrier by an id, such as a forwarding entry. */
export interface PlainObjects {
  /** What must be there before these fields can be set, by what it means. */
  neededFor(fields: Routing): readonly string[];
  make(needed: string): CarrierRequest;
  /** The member of the answer to `make` that is its id. */
  id(needed: string): string;
}

/** Of a carrier that carries out later: how what an answer to a write has ordered is asked for. Conditions are extended regular expressions, of an answer without its white space. */
export interface PlainOrder {
  /** What stands in front of the order's id in the answer. */
  before: string;
  /** Below the carrier's address; the id comes behind it. */
  path: string;
  done: string;
  /** Neither done nor this: it failed. */
  working: string;
}

export interface PlainApi {
  /** The address below which the paths are. */
  baseUrl: string;
  /** With every request. */
  headers: Readonly<Record<string, string>>;
  auth: PlainAuth;
  objects?: PlainObjects;
  /**
   * What sets these fields of a number, or of what many share, in this order. `before`: all its fields as they are then. `idOf` gives the ids of what `objects` says
   * is needed. A path may be a whole address. Throws `carrier_refused` for what no request can set.
   */
  write(ref: string, fields: Routing, before: Routing, idOf: (needed: string) => string): readonly PlainWrite[];
  /** What shows all that a write may change of a number. */
  read(ref: string): CarrierRequest;
  /** Of carriers that answer 2xx whatever became of it: what an answer, its white space taken out, holds when it was done (an extended regular expression). */
  done?: string;
  /** Without it, what was answered with 2xx is done. */
  order?: PlainOrder;
}

/** The credential in a header, where it can stand in one without the request being known. */
export function authorization(auth: PlainAuth, credentials: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const secret = credentials[auth.secret] ?? '';
  if (auth.by === 'basic') return { authorization: basicAuth(auth.user, secret) };
  if (auth.by === 'bearer') return { authorization: `Bearer ${secret}` };
  return auth.by === 'header' ? { [auth.header]: secret } : {};
}

export function jsonRequest(method: CarrierRequest['method'], path: string, body: object, type = 'application/json'): CarrierRequest {
  return { method, path, headers: { 'content-type': type }, body: JSON.stringify(body) };
}

export function formRequest(method: CarrierRequest['method'], path: string, form: Readonly<Record<string, string>>): CarrierRequest {
  return { method, path, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString() };
}
