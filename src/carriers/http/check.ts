/** The laws of a described API that its schema cannot express; each breach is told with a JSON pointer into the carrier's record. */
import type { Carrier } from '../../domain/carrier.ts';
import type { FieldIssue } from '../../domain/errors.ts';
import type { HttpApi, HttpAuth, HttpPhone } from '../../domain/http-api.ts';
import { callingCodeOf } from '../../domain/phone-number.ts';
import { bodyIssues, requestIssues, templateIssues, UNSETTABLE_HEADERS } from './check-request.ts';
import { isValueOf } from './fields.ts';
import { fieldsIn, PAGING, pagingOf, templatesOf } from './request.ts';
import { placeholdersOf } from './template.ts';

/** Placeholders that are no fields. */
const RESERVED = new Set(['ref', 'number', 'target', 'user', 'secret', ...PAGING]);
const SIGNED = ['method', 'path', 'query', 'target', 'timestamp', 'body', 'body-sha256', 'user'];
const HMAC_ONLY = ['sign', 'value', 'hash', 'encoding', 'timestampHeader', 'timestamp'] as const;

function* authIssues(auth: HttpAuth, hasUser: boolean, usesUser: boolean): Generator<FieldIssue> {
  const { by, header, sign, value, timestampHeader } = auth;
  const hmac = by === 'hmac';
  const named = hmac || by === 'header';
  if (named && header === undefined) yield { at: '/api/auth/header', detail: `is needed with \`${by}\`` };
  if (!named && header !== undefined) yield { at: '/api/auth/header', detail: `has no meaning with \`${by}\`` };
  for (const name of HMAC_ONLY) if (!hmac && auth[name] !== undefined) yield { at: `/api/auth/${name}`, detail: `has no meaning with \`${by}\`` };
  for (const [name, given] of [['header', header], ['timestampHeader', timestampHeader]] as const) {
    if (given !== undefined && UNSETTABLE_HEADERS.has(given.toLowerCase())) yield { at: `/api/auth/${name}`, detail: `${given} is not for this` };
  }
  if (hmac && sign === undefined) yield { at: '/api/auth/sign', detail: 'is needed with `hmac`' };
  if (sign !== undefined) yield* templateIssues('/api/auth/sign', sign, SIGNED);
  if (value !== undefined) yield* templateIssues('/api/auth/value', value, ['signature', 'user', 'timestamp']);
  const needsUser = by === 'basic' || usesUser || [sign, value].some((template) => template !== undefined && placeholdersOf(template).includes('user'));
  if (needsUser && !hasUser) yield { at: '/credentials/user', detail: 'is needed: the description uses it' };
}

function* styleIssues(where: string, { as = 'e164', country }: Pick<HttpPhone, 'as' | 'country'>): Generator<FieldIssue> {
  if (as === 'national' && country === undefined) yield { at: `${where}/country`, detail: 'is needed for the national form' };
  if (as !== 'national' && country !== undefined) yield { at: `${where}/country`, detail: 'has no meaning but for the national form' };
  if (country !== undefined && callingCodeOf(country) === undefined) yield { at: `${where}/country`, detail: `${country} is no ISO 3166 country with telephone numbers` };
}

function* fieldIssues(api: HttpApi): Generator<FieldIssue> {
  for (const name of Object.keys(api.fields)) {
    if (RESERVED.has(name)) yield { at: `/api/fields/${name}`, detail: `{${name}} is something else; name the field otherwise` };
    const writes = api.write.filter((request) => fieldsIn(api, request).includes(name)).length;
    if (writes !== 1) yield { at: `/api/fields/${name}`, detail: writes === 0 ? `no request of \`write\` has {${name}}: it could not be put back` : `{${name}} is in ${writes} requests of \`write\`: only one may set it` };
  }
}

/** Values of fields by name: fields that there are, and values that they can have. */
function* settingIssues(where: string, { fields }: HttpApi, set: Readonly<Record<string, string>>, allowed: readonly string[]): Generator<FieldIssue> {
  for (const [name, template] of Object.entries(set)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const at = `${where}/${name}`;
    if (!field) yield { at, detail: `there is no field ${name}` };
    else if (placeholdersOf(template).length === 0 && !isValueOf(field, template)) yield { at, detail: `the field is a ${field.type}` };
    else if (placeholdersOf(template).length > 0 && (field.type ?? 'text') !== 'text') yield { at, detail: `the field is a ${field.type}, and cannot say where calls go` };
    yield* templateIssues(at, template, allowed);
  }
}

interface Ways {
  phone?: HttpPhone | undefined;
  sip?: { set: Readonly<Record<string, string>> } | undefined;
  off?: Readonly<Record<string, string>> | undefined;
}

/** All ways must set the same fields, or what one had set would stand when another is taken. */
function* waysIssues(where: string, api: HttpApi, { phone, sip, off }: Ways): Generator<FieldIssue> {
  if (!phone && !sip) yield { at: where, detail: 'has neither `phone` nor `sip`' };
  if (phone) yield* styleIssues(`${where}/phone`, phone);
  const ways = [...(phone ? [[`${where}/phone/set`, phone.set, ['target']] as const] : []), ...(sip ? [[`${where}/sip/set`, sip.set, ['target']] as const] : []), ...(off ? [[`${where}/off`, off, []] as const] : [])];
  const all = new Set(ways.flatMap(([, set]) => Object.keys(set)));
  for (const [at, set, allowed] of ways) {
    yield* settingIssues(at, api, set, allowed);
    for (const name of all) if (!Object.hasOwn(set, name)) yield { at, detail: `must set ${name} too, which another way sets` };
    if (allowed.length > 0 && !Object.values(set).some((template) => placeholdersOf(template).includes('target'))) yield { at, detail: '{target} is in none of the fields' };
  }
}

function* answerIssues({ answers = {} }: HttpApi): Generator<FieldIssue> {
  for (const [kind, conditions] of Object.entries(answers)) {
    if (!Array.isArray(conditions)) continue;
    for (const [index, { status, at, is, isNot }] of conditions.entries()) {
      const where = `/api/answers/${kind}/${index}`;
      if (status === undefined && at === undefined) yield { at: where, detail: 'names nothing: `status` or `at`' };
      if (at === undefined && (is !== undefined || isNot !== undefined)) yield { at: `${where}/at`, detail: 'is needed with `is` and `isNot`' };
    }
  }
}

function* listIssues({ list }: HttpApi): Generator<FieldIssue> {
  if (!list) return;
  const used = new Set(pagingOf(list));
  if (used.size > 1) yield { at: '/api/list', detail: `has ${[...used].map((name) => `{${name}}`).join(' and ')}: one of them says which page it is` };
  if (used.has('cursor') && list.next === undefined) yield { at: '/api/list/next', detail: 'is needed with {cursor}' };
  if (!used.has('cursor') && list.next !== undefined) yield { at: '/api/list/next', detail: 'has no meaning without {cursor}' };
  if (!used.has('page') && list.firstPage !== undefined) yield { at: '/api/list/firstPage', detail: 'has no meaning without {page}' };
}

function* issuesOf(api: HttpApi, hasUser: boolean): Generator<FieldIssue> {
  const own = api.auth.by === 'body' ? ['user', 'secret'] : [];
  const requests = [...(api.find ? [['/api/find', api.find, ['number']] as const] : []), ...(api.list ? [['/api/list', api.list, PAGING] as const] : []), ['/api/read', api.read, ['ref']] as const, ...api.write.map((request, at) => [`/api/write/${at}`, request, ['ref']] as const)];
  yield* authIssues(api.auth, hasUser, own.length > 0 && requests.some(([, request]) => templatesOf(request).some((template) => placeholdersOf(template).includes('user'))));
  yield* styleIssues('/api/number', api.number);
  for (const [where, request, names] of requests) {
    yield* bodyIssues(where, request);
    yield* requestIssues(where, request, { plain: names, parameters: where.startsWith('/api/write') ? Object.keys(api.fields) : [], body: own });
  }
  for (const [at, request] of api.write.entries()) if (fieldsIn(api, request).length === 0) yield { at: `/api/write/${at}`, detail: 'sets no field' };
  yield* listIssues(api);
  yield* fieldIssues(api);
  yield* waysIssues('/api/divert', api, api.divert);
  if (api.safetyNet) yield* waysIssues('/api/safetyNet', api, api.safetyNet);
  yield* answerIssues(api);
}

/** Paths are put behind it as they are. */
function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { search, hash, username, password } = new URL(text);
  return search === '' && hash === '' && username === '' && password === '' && !/[?#]/.test(text);
}

export function checkHttpCarrier({ api, credentials, baseUrl = '' }: Carrier): FieldIssue[] {
  const address = isPlainAddress(baseUrl) ? [] : [{ at: '/baseUrl', detail: 'is no address without query, fragment and credentials' }];
  return [...address, ...(api ? issuesOf(api, credentials['user'] !== undefined) : [])];
}
