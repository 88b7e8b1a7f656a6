/** A stand-in Twilio, an application and a PBX, wired together; everything is closed after each test. */
import { onTestFinished } from 'vitest';
import { createPbx, type Pbx, type PbxOptions } from '../../stand-ins/pbx/pbx.ts';
import type { NumberSettings } from '../../stand-ins/twilio/numbers.ts';
import { createTwilio, type Twilio, type TwilioOptions } from '../../stand-ins/twilio/twilio.ts';
import { createApplication, type Application, type Said } from './application.ts';

export const ACCOUNT = `AC${'0'.repeat(32)}`;
export const TOKEN = 'a-token-of-the-stand-in';
export const NUMBER = '+442079460123';
export const CALLER = '+447700900123';
export const MOBILE = '+447700900456';

export async function pbx(options: PbxOptions = {}): Promise<Pbx> {
  const made = await createPbx(options);
  onTestFinished(made.close);
  return made;
}

export interface Rig {
  twilio: Twilio;
  app: Application;
}

/** By default time passes 100 times as fast: a ring time of 20 s and its buffer are then a quarter of a second. */
export async function rig(
  answers: Record<string, (params: Record<string, string>) => Said>,
  options: Partial<TwilioOptions> & { settings?: (origin: string) => Partial<NumberSettings> } = {},
): Promise<Rig> {
  const { settings, ...more } = options;
  const app = await createApplication(TOKEN, answers);
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN, timeScale: 100, ...more });
  onTestFinished(async () => {
    await twilio.close();
    await app.close();
  });
  twilio.addNumber(NUMBER, settings?.(app.origin) ?? { voice_url: `${app.origin}/voice`, status_callback: `${app.origin}/status` });
  return { twilio, app };
}

export const ok = (): Said => ({ status: 204 });
