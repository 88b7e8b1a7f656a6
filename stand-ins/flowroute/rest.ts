/** Flowroute's API v2 as far as voice routes are concerned: strict about addresses, types and every member of a document. */
import type { Asked, RestAnswer } from '../rest-server.ts';
import { numberDocument, RELATIONS, routeResource, type Book, type HeldRoute, type Relation } from './book.ts';

const TYPE = 'application/vnd.api+json';
const MAX_PAGE = 200;
const KINDS: Readonly<Record<string, RegExp>> = {
  host: /^[A-Za-z0-9.-]+(?::[0-9]{1,5})?$/,
  number: /^1[0-9]{10}$/,
  uri: /^sips?:[^\s@]+@[^\s@:;]+(?::[0-9]{1,5})?(?:;transport=(?:tcp|udp))?$/,
};

const nothing: RestAnswer = { status: 204 };

export function error(status: number, title: string, detail: string): RestAnswer {
  return { status, body: { errors: [{ id: '7fc8c70a-ca58-430c-b383-b89df84f8083', status, title, detail }] } };
}

const notFound = (detail: string): RestAnswer => error(404, 'Not Found', detail);
const unprocessable = (detail: string): RestAnswer => error(422, 'Unprocessable Entity', detail);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of a document's `data`, which has these and no others; or what is wrong. */
function dataOf(body: string, members: readonly string[]): Record<string, unknown> | RestAnswer {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return error(400, 'Bad Request', 'The body is not JSON');
  }
  const data = isObject(document) && Object.keys(document).join() === 'data' ? document['data'] : undefined;
  if (!isObject(data) || data['type'] !== 'route') return unprocessable('data of type route is expected');
  const unknown = Object.keys(data).find((name) => name !== 'type' && !members.includes(name));
  return unknown === undefined ? data : unprocessable(`Unknown member ${unknown}`);
}

function isAnswer(value: Record<string, unknown> | RestAnswer): value is RestAnswer {
  return 'status' in value;
}

function setRelation(book: Book, id: string, relation: Relation, { method, body }: Asked): RestAnswer {
  const number = book.number(id);
  if (!number) return notFound('Number not found');
  if (method === 'DELETE') {
    number.routes[relation] = null;
    return nothing;
  }
  if (method !== 'PATCH') return error(405, 'Method Not Allowed', method);
  const data = dataOf(body, ['id']);
  if (isAnswer(data)) return data;
  const route = data['id'];
  if (typeof route !== 'string') return unprocessable('id must be a string');
  if (!book.route(route)) return notFound('Invalid Route Id');
  number.routes[relation] = route;
  return nothing;
}

/** The attributes of a route that is to be made or changed; `own` is the route that may keep its alias. */
function attributesOf(book: Book, body: string, own?: string): Omit<HeldRoute, 'id'> | RestAnswer {
  const data = dataOf(body, ['attributes']);
  if (isAnswer(data)) return data;
  const { attributes } = data;
  if (!isObject(attributes)) return unprocessable('attributes are expected');
  const unknown = Object.keys(attributes).find((name) => !['alias', 'route_type', 'value', 'edge_strategy_id'].includes(name));
  if (unknown !== undefined) return unprocessable(`Unknown attribute ${unknown}`);
  const { alias, route_type, value } = attributes;
  if (typeof route_type !== 'string' || typeof value !== 'string' || !KINDS[route_type]?.test(value)) return unprocessable(`The value ${String(value)} is not one of route type ${String(route_type)}`);
  if (typeof alias !== 'string' || alias === '') return unprocessable('alias must be a text');
  if (book.routes().some((route) => route.alias === alias && route.id !== own)) return error(409, 'Conflict', 'This alias is in use');
  return { alias, route_type: route_type as HeldRoute['route_type'], value };
}

function makeRoute(book: Book, { body }: Asked): RestAnswer {
  const attributes = attributesOf(book, body);
  return 'status' in attributes ? attributes : { status: 201, body: { data: routeResource(book.addRoute(attributes)) } };
}

function changeRoute(book: Book, id: string, { body }: Asked): RestAnswer {
  const route = book.route(id);
  if (!route) return notFound('Invalid Route Id');
  if (route.route_type === 'sip-reg') return error(403, 'Forbidden', 'This route cannot be changed');
  const attributes = attributesOf(book, body, id);
  if ('status' in attributes) return attributes;
  Object.assign(route, attributes);
  return { status: 200, body: { data: routeResource(route) } };
}

function listRoutes(book: Book, { query }: Asked): RestAnswer {
  const unknown = [...query.keys()].find((name) => !['limit', 'offset', 'route_type'].includes(name));
  const limit = Number(query.get('limit') ?? 10);
  const offset = Number(query.get('offset') ?? 0);
  if (unknown !== undefined || !Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE || !Number.isInteger(offset) || offset < 0) return error(400, 'Bad Request', 'The query is not understood');
  const kind = query.get('route_type');
  const all = book.routes().filter(({ route_type }) => kind === null || route_type === kind);
  return { status: 200, body: { data: all.slice(offset, offset + limit).map(routeResource), links: { self: 'https://api.flowroute.com/v2/routes' } } };
}

/** Without routes: those are shown with one number alone. */
function listNumbers(book: Book, { query }: Asked): RestAnswer {
  const unknown = [...query.keys()].find((name) => !['limit', 'offset', 'starts_with', 'ends_with', 'contains'].includes(name));
  const limit = Math.min(Number(query.get('limit') ?? 10), book.mostOfAPage);
  const offset = Number(query.get('offset') ?? 0);
  if (unknown !== undefined || !(limit >= 1) || Number(query.get('limit') ?? 10) > MAX_PAGE || !Number.isInteger(offset) || offset < 0) return error(400, 'Bad Request', 'The query is not understood');
  const all = book.numbers();
  const link = (at: number): string => `https://api.flowroute.com/v2/numbers?limit=${limit}&offset=${at}`;
  const data = all.slice(offset, offset + limit).map(({ id }) => ({ type: 'number', id, attributes: { value: id, alias: null, number_type: 'standard' }, links: { self: `https://api.flowroute.com/v2/numbers/${id}` } }));
  return { status: 200, body: { data, links: { self: link(offset), ...(offset + limit < all.length ? { next: link(offset + limit) } : {}) } } };
}

export function answer(book: Book, request: Asked): RestAnswer {
  const { method, path, headers } = request;
  if (method !== 'GET' && headers['content-type'] !== TYPE) return error(415, 'Unsupported Media Type', `${TYPE} is expected`);
  if (path === '/v2/routes') return method === 'GET' ? listRoutes(book, request) : method === 'POST' ? makeRoute(book, request) : error(405, 'Method Not Allowed', method);
  const route = /^\/v2\/routes\/([0-9]+)$/.exec(path)?.[1];
  if (route !== undefined) return method === 'PATCH' ? changeRoute(book, route, request) : error(405, 'Method Not Allowed', method);
  if (path === '/v2/numbers') return method === 'GET' ? listNumbers(book, request) : error(405, 'Method Not Allowed', method);
  const [, id, relation] = new RegExp(`^/v2/numbers/([0-9]+)(?:/relationships/(${RELATIONS.join('|')}))?$`).exec(path) ?? [];
  if (id === undefined) return notFound(path);
  if (relation !== undefined) return setRelation(book, id, relation as Relation, request);
  const number = book.number(id);
  if (!number) return notFound('Number not found');
  return method === 'GET' ? { status: 200, body: numberDocument(book, number) } : error(405, 'Method Not Allowed', method);
}
