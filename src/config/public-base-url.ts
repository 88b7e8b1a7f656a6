/** The origin at which carriers reach this service. */
import type { Settings } from './settings.ts';

export function publicBaseUrlOf({ PUBLIC_BASE_URL, PORT, TLS_CERT_FILE }: Settings): string {
  return PUBLIC_BASE_URL ?? `${TLS_CERT_FILE === undefined ? 'http' : 'https'}://localhost:${PORT}`;
}
