/** How BullMQ gives the work of a process that has crashed to another, as often as that happens, and keeps nothing of what is done. */
export const TAKE_OVER = {
  /** After a crash another takes the work over when this has passed, milliseconds. */
  lockDuration: 3000,
  stalledInterval: 1000,
  maxStalledCount: Number.MAX_SAFE_INTEGER,
  removeOnComplete: { count: 0 },
} as const;
