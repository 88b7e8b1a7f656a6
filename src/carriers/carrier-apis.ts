/** The APIs of the carriers, one kept open for each: connections are reused, and a changed account gets a new one. */
import type { SecretBox } from '../config/secrets.ts';
import { withSecrets, type Carrier } from '../domain/carrier.ts';
import type { CarrierAccount, CarrierApi } from './api.ts';
import { CARRIER_PARTS } from './kinds.ts';

export interface CarrierApis {
  /** Lends the carrier's API to `task`. Throws `carrier_secret_missing`, and what `task` throws. */
  use<T>(id: string, carrier: Carrier, task: (api: CarrierApi) => Promise<T>): Promise<T>;
  /** Requests in flight go on; what is open is closed as soon as nobody uses it. */
  close(): void;
}

interface Lent {
  account: string;
  api: Promise<CarrierApi>;
  users: number;
  retired: boolean;
}

export function createCarrierApis({ secrets, timeoutMs, now }: { secrets: SecretBox; timeoutMs?: number; now: () => number }): CarrierApis {
  const open = new Map<string, Lent>();

  function closeWhenIdle(lent: Lent): void {
    // One that never opened has nothing to close.
    if (lent.retired && lent.users === 0) void lent.api.then((api) => api.close(), () => undefined);
  }

  function retire(id: string, lent: Lent): void {
    if (open.get(id) === lent) open.delete(id);
    lent.retired = true;
    closeWhenIdle(lent);
  }

  function lentFor(id: string, carrier: Carrier): Lent {
    const { baseUrl, kind, api } = carrier;
    const account: CarrierAccount = { credentials: withSecrets(carrier, secrets.open), baseUrl, timeoutMs, api, now };
    const text = JSON.stringify({ kind, ...account });
    const known = open.get(id);
    if (known?.account === text) return known;
    if (known) retire(id, known);
    const lent: Lent = { account: text, api: CARRIER_PARTS[kind].openApi(account), users: 0, retired: false };
    open.set(id, lent);
    return lent;
  }

  return {
    async use(id, carrier, task) {
      const lent = lentFor(id, carrier);
      lent.users += 1;
      try {
        return await task(await lent.api);
      } finally {
        lent.users -= 1;
        closeWhenIdle(lent);
      }
    },
    close() {
      for (const [id, lent] of open) retire(id, lent);
    },
  };
}
