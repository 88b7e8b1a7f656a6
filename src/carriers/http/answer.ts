/** What an answer of a described carrier means, by its description: done, or which failure of the catalogue. */
import { Failure } from '../../domain/errors.ts';
import type { HttpApi, HttpCondition } from '../../domain/http-api.ts';
import { refused, retryAfterSeconds, throttled, unusable, type CarrierAnswer } from '../http.ts';
import { parseJson } from '../../domain/json.ts';
import { CARRIER } from './fields.ts';
import { scalarAt } from './pointer.ts';

function holds({ status, at, is, isNot }: HttpCondition, answer: CarrierAnswer, json: unknown): boolean {
  if (status !== undefined && !status.includes(answer.status)) return false;
  if (at === undefined) return true;
  const found = scalarAt(json, at);
  return found !== undefined && (is === undefined || is.includes(found)) && (isNot === undefined || !isNot.includes(found));
}

/** The carrier's own words. `secret` is cut out: it may echo what it was sent. */
function wordsFor({ answers: { said } = {} }: HttpApi, status: number, json: unknown, secret: string): string {
  const words = said === undefined ? undefined : scalarAt(json, said);
  return words === undefined ? `answered ${status}` : `${status} ${secret === '' ? words : words.replaceAll(secret, '***')}`;
}

/** The answer's JSON, undefined where it has none. Throws a failure of the catalogue for whatever is not a success. */
export function accepted(api: HttpApi, answer: CarrierAnswer, { write, secret }: { write: boolean; secret: string }): unknown {
  const { answers = {} } = api;
  const json = parseJson(answer.text);
  const any = (conditions: readonly HttpCondition[] | undefined): boolean => conditions?.some((condition) => holds(condition, answer, json)) ?? false;
  if (any(answers.throttled)) throw throttled(CARRIER, retryAfterSeconds(answer.headers[(answers.waitHeader ?? 'retry-after').toLowerCase()]));
  if (answers.notFound === undefined ? answer.status === 404 : any(answers.notFound)) throw refused(CARRIER, wordsFor(api, answer.status, json, secret), 'carrier_number_unknown');
  if (any(answers.unavailable)) throw new Failure('carrier_unavailable', `${CARRIER} answered ${answer.status}; nothing was done`);
  if (any(answers.refused)) throw refused(CARRIER, wordsFor(api, answer.status, json, secret));
  if (answers.success === undefined ? answer.status < 300 : any(answers.success)) return json;
  if (answer.status >= 400) throw refused(CARRIER, wordsFor(api, answer.status, json, secret));
  throw unusable(CARRIER, 'gave no usable answer', write);
}
