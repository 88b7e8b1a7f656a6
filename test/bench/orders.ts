/** An operator's orders, over the API of a service of the fleet. */
import { ADMIN_KEY } from './fleet.ts';

export async function order(port: number, says: 'divert' | 'restore'): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/primaries/pbx/${says}`, { method: 'POST', headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }, body: '{"reason":"benchmark"}' });
  if (!response.ok) throw new Error(`${says} was answered ${response.status}: ${await response.text()}`);
}
