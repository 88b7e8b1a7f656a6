/** How VoIP.ms writes telephone numbers: those of North America with ten digits, others as they are dialled from there. */

const INTERNATIONAL = '011';

/** As a forwarding has it: `4155550100`, `011442079460123`. That the second form is taken is not written anywhere: see the carrier's page. */
export function dialled(e164: string): string {
  return e164.startsWith('+1') ? e164.slice(2) : INTERNATIONAL + e164.slice(1);
}

/** The number that a forwarding leads to, when it is written as we or VoIP.ms would. */
export function e164Of(written: string): string | undefined {
  const national = /^1?([2-9][0-9]{9})$/.exec(written)?.[1];
  if (national !== undefined) return `+1${national}`;
  const abroad = /^011([2-9][0-9]{6,14})$/.exec(written)?.[1];
  return abroad === undefined ? undefined : `+${abroad}`;
}

/** The number of an id. Ten digits may be a number from abroad, too: those of North America are what VoIP.ms has most. */
export function numberOfDid(did: string): string {
  return /^[2-9][0-9]{9}$/.test(did) ? `+1${did}` : `+${did}`;
}

/** A number of the account, which is its own id there: `4155550100`; one from abroad with its country code. */
export function didOf(e164: string): string {
  return e164.startsWith('+1') ? e164.slice(2) : e164.slice(1);
}
