/** A sign of life: whatever its body says, it came. What says something is that none comes (src/health/intake/absence.ts). */
import type { ReadPost } from './signal.ts';

export const readHeartbeat: ReadPost = () => ({ signals: [], ignored: 0, missing: 0 });
