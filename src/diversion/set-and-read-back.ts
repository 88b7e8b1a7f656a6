/** One write at a carrier, believed only once it is read back: carriers time out after having done it, and say yes without doing it. */
import { routingChanges, type CarrierApi, type Routing } from '../carriers/api.ts';
import { codeOf, Failure } from '../domain/errors.ts';

/**
 * Sets these fields and resolves with the routing as read back, once it has them all. Throws what the API throws; of a write whose outcome
 * was unknown, `carrier_outcome_unknown` when reading back does not show it done, or is not possible.
 */
export async function setAndReadBack(api: CarrierApi, ref: string, fields: Routing): Promise<Routing> {
  let doubt: unknown;
  try {
    await api.setRouting(ref, fields);
  } catch (error) {
    if (codeOf(error) !== 'carrier_outcome_unknown') throw error;
    doubt = error;
  }
  const actual = await api.readRouting(ref).catch((failure: unknown) => {
    throw doubt ?? failure;
  });
  const missing = routingChanges(actual, fields).map(({ field }) => field);
  if (missing.length === 0) return actual;
  throw doubt ?? new Failure('carrier_refused', `The carrier accepted the change and did not keep ${missing.join(', ')}`);
}
