/** One write at a carrier, believed only once it is read back: carriers time out after having done it, and say yes without doing it. */
import { routingChanges, type CarrierApi, type OrderState, type Routing } from '../carriers/api.ts';
import { codeOf, Failure } from '../domain/errors.ts';

/** Of a write that was taken as an order: what became of it so far. What cannot be learnt counts as still under way. */
async function stateOf(api: CarrierApi, order: string | undefined): Promise<OrderState> {
  if (order === undefined || !api.orderState) return { is: 'done' };
  return api.orderState(order).catch(() => ({ is: 'working' }));
}

/**
 * Sets these fields and resolves with the routing as read back, once it has them all. Throws what the API throws; of a write whose outcome
 * was unknown, or that the carrier took as an order and is still carrying out, `carrier_outcome_unknown` when reading back does not show it
 * done, or is not possible.
 */
export async function setAndReadBack(api: CarrierApi, ref: string, fields: Routing): Promise<Routing> {
  let doubt: unknown;
  try {
    const { order } = await api.setRouting(ref, fields);
    const state = await stateOf(api, order);
    if (state.is === 'failed') throw new Failure('carrier_refused', `The carrier did not carry out the order: ${state.why}`);
    if (state.is === 'working') doubt = new Failure('carrier_outcome_unknown', 'The carrier has taken the order and has not carried it out yet; look again in a while');
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
