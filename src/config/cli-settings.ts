/** What the command line takes from the environment; an option of the same meaning goes before it. */
import { environmentValue } from './settings.ts';

export const CLI_SETTINGS = {
  RINGTHROUGH_URL: { default: 'http://localhost:8080', about: 'Where the service is' },
  RINGTHROUGH_KEY: { default: undefined, about: 'API key to use' },
} as const;

export interface CliSettings {
  url: string;
  key: string | undefined;
}

export function readCliSettings(valueOf: (name: string) => string | undefined = environmentValue): CliSettings {
  const given = (name: string): string | undefined => valueOf(name)?.trim() || undefined;
  return { url: given('RINGTHROUGH_URL') ?? CLI_SETTINGS.RINGTHROUGH_URL.default, key: given('RINGTHROUGH_KEY') };
}
