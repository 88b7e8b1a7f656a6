/** Sends text messages, through a carrier that the message is not about; when one does not take them, through the next. */
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import type { Message } from '../domain/announcement.ts';
import type { Carrier } from '../domain/carrier.ts';
import { codeOf, Failure } from '../domain/errors.ts';
import type { ReceiverOf } from '../domain/receiver.ts';

interface Deps {
  apis: Pick<CarrierApis, 'use'>;
  carrier(id: string): Carrier | undefined;
  dependsOn(primary: string): readonly string[];
}

/** The preferred first; those that the message is about last: better a message that may be lost than none. */
export function inOrder<C extends { carrier: string }>(carriers: readonly C[], failed: ReadonlySet<string>): C[] {
  return [...carriers.filter(({ carrier }) => !failed.has(carrier)), ...carriers.filter(({ carrier }) => failed.has(carrier))];
}

/** Throws what the last carrier failed of, as `receiver_refused` or `receiver_unavailable`, when none of them took it. */
export async function sendTexts({ apis, carrier, dependsOn }: Deps, receiver: ReceiverOf<'sms'>, { announcements }: Message, text: string): Promise<void> {
  const primaries = announcements.flatMap((one) => one.primaries);
  const order = inOrder(receiver.carriers, new Set([...primaries, ...primaries.flatMap(dependsOn)]));
  let failure = new Failure('receiver_unavailable', 'None of its carriers is there any more');
  for (const { carrier: id, from } of order) {
    const record = carrier(id);
    if (!record) continue;
    try {
      await apis.use(id, record, async (api) => {
        if (!api.sendText) throw new Failure('receiver_refused', `The carrier ${id} cannot send text messages`);
        await api.sendText({ from, to: receiver.to, text });
      });
      return;
    } catch (error) {
      const code = codeOf(error) === 'carrier_refused' || codeOf(error) === 'receiver_refused' ? 'receiver_refused' : 'receiver_unavailable';
      failure = new Failure(code, error instanceof Failure ? error.message : `The carrier ${id} could not be asked`);
    }
  }
  throw failure;
}
