/** The carriers as webhooks need them: dialect and signing keys by id, made ready when a carrier's record changes. */
import type { Logger } from 'pino';
import type { CarrierDialect, SigningKeys } from '../carriers/dialect.ts';
import { accountOf } from '../domain/carrier.ts';
import { CARRIER_PARTS } from '../carriers/kinds.ts';
import type { SecretBox } from '../config/secrets.ts';
import type { RoutingTableHolder } from './table-holder.ts';

export interface ReadyCarrier {
  dialect: CarrierDialect;
  /** Undefined while its secret cannot be read: then nothing it sends can be proved genuine. */
  keys: SigningKeys | undefined;
}

export interface CarrierDesk {
  /** Undefined when there is no such carrier. */
  find(id: string): ReadyCarrier | undefined;
}

export function createCarrierDesk(options: { tables: RoutingTableHolder; secrets: SecretBox; origins: readonly string[]; log: Logger }): CarrierDesk {
  const { tables, secrets, origins, log } = options;
  const ready = new Map<string, ReadyCarrier>();

  function prepare(id: string): void {
    const carrier = tables.current.carrier(id);
    ready.delete(id);
    if (!carrier) return;
    const { dialect } = CARRIER_PARTS[carrier.kind];
    // One that asks nobody has no webhooks.
    if (!dialect) return;
    try {
      const opened = accountOf(carrier.kind).signing.flatMap((field) => carrier.credentials[field] ?? []).map(secrets.open);
      ready.set(id, { dialect, keys: { origins, secrets: opened } });
    } catch (error) {
      log.error({ err: error, carrier: id }, 'the secret of a carrier cannot be read; its webhooks are refused');
      ready.set(id, { dialect, keys: undefined });
    }
  }

  function prepareAll(): void {
    ready.clear();
    for (const id of tables.current.ids('carriers')) prepare(id);
  }

  tables.events.on('replaced', prepareAll);
  tables.events.on('change', (collection, id) => {
    if (collection === 'carriers') prepare(id);
  });
  prepareAll();

  return { find: (id) => ready.get(id) };
}
