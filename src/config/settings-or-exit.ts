/** The settings of a program that cannot run without them: ends the process, with every fault named, when they are not usable. */
import { readSettings, SettingsFault, type Settings } from './settings.ts';

/** EX_CONFIG of sysexits.h. */
export const BAD_SETTINGS = 78;

export function settingsOrExit(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(BAD_SETTINGS);
  }
}
