/** Is what was told still so: is a primary diverted, does somebody have to agree, is a source quiet? Pure. */

/** Of a primary's state, what this asks. */
export interface StateTold {
  is: string;
  health?: { pending?: unknown; blocked?: unknown; condition?: string };
}

interface Known {
  state(primary: string): StateTold;
  source(id: string): { expectEverySeconds?: number } | undefined;
}

/** `origins`: of each source, whether it was last found quiet. */
export function isStillSo(subject: string, { state, source }: Known, origins: ReadonlyMap<string, string>): boolean {
  if (subject.startsWith('sources/')) return origins.get(subject)?.startsWith('quiet') === true && source(subject.slice('sources/'.length))?.expectEverySeconds !== undefined;
  const { is, health } = state(subject.slice('primaries/'.length));
  if (is === 'down' || is === 'recovering' || health?.pending !== undefined) return true;
  return health?.blocked !== undefined && health.condition === 'failing';
}
