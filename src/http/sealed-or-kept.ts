/** A secret of a record as it is stored: what was sent, sealed, or the one that is there when its concealment came back. */
import { CONCEALED, referenceFault, type SecretBox } from '../config/secrets.ts';
import { Failure } from '../domain/errors.ts';

export function sealedOrKept(given: string, kept: string | undefined, secrets: SecretBox): string {
  const fault = referenceFault(given);
  if (fault !== undefined) throw new Failure('secret_reference_invalid', fault);
  if (given !== CONCEALED) return secrets.seal(given);
  if (kept === undefined) throw new Failure('secret_reference_invalid', `${CONCEALED} stands for a stored secret, and there is none`);
  return kept;
}
