/** How long Redis keeps what belongs to an import, in seconds. */

/** Rows that nobody has taken after a week are forgotten. */
export const ROWS_KEPT_SECONDS = 7 * 86_400;
/** The refused rows of an import can be read, and an import can be reverted, for so long. */
export const LISTS_KEPT_SECONDS = 30 * 86_400;
