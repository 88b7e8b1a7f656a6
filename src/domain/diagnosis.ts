/** Diagnoses: the closed list of what can be the matter with a primary. What follows from each is rules/respond.ts. */

/** Each with its meaning, as pages and answers give it. */
export const DIAGNOSES = {
  healthy: 'it answers, and nothing speaks against it',
  degraded: 'it takes calls, but slowly, or some of them fail',
  overloaded: 'it lives and says that it has too much to do',
  suspected: 'one group of evidence says that it is down, and not for long yet',
  'primary-unreachable': 'it is down: it does not answer, and enough independent evidence agrees for long enough',
  'calls-failing': 'calls to it fail, whatever its probes say',
  flapping: 'it answers now, and has failed too often lately to be believed',
  'traffic-missing': 'no calls arrive in hours that have always had calls',
  'we-are-cut-off': 'this process reaches nothing at all: it is our network that failed',
  inconclusive: 'the evidence contradicts itself, or nothing proves that we see rightly',
  'nothing-known': 'nobody sees it: unknown, which is not up',
} as const;

export type Diagnosis = keyof typeof DIAGNOSES;

/** Of these the primary is failing; all others leave that open or speak against it. */
export const FAILING: readonly Diagnosis[] = ['primary-unreachable', 'calls-failing'];
/** Of these it takes its calls well now. */
export const WELL: readonly Diagnosis[] = ['healthy', 'flapping'];

export interface Finding {
  is: Diagnosis;
  /** One clause for people: the grounds. No telephone numbers. */
  because: string;
}

/** What automation can do with a primary. */
export const ACTIONS = {
  none: 'nothing',
  'mark-degraded': 'shows it as degraded; its calls go on',
  'mark-up': 'shows it as up again',
  divert: 'calls go to the plans, from the next call on',
  widen: 'numbers that the carrier must be told about are diverted too',
  'begin-probation': 'a small share of calls is offered to it first again',
  advance: 'the next share',
  restore: 'all its calls are its own again, and the diversion ends',
  'fall-back': 'back to the plans at once',
} as const;

export type Action = keyof typeof ACTIONS;

/** What somebody's calls depend on: these are journalled and can be braked. */
export type Act = Exclude<Action, 'none' | 'mark-degraded' | 'mark-up'>;

export function isAct(action: Action): action is Act {
  return action !== 'none' && action !== 'mark-degraded' && action !== 'mark-up';
}

/** What stops automation from acting, each with its meaning, in the order in which they are asked. */
export const BRAKES = {
  'operators-word': 'an operator said otherwise, and has the last word',
  'global-stop': 'automation is stopped everywhere',
  hold: 'this primary is held as it is',
  'quiet-period': 'it failed too recently, or too often, to be given its calls back',
  'blackout-hours': 'calls are not given back by themselves at this time',
  'unfit-destination': 'its plans would answer too few of its numbers',
  'blast-radius': 'too large a share of all numbers would have been moved by automation',
  approval: 'somebody must agree first',
} as const;

export type BrakeName = keyof typeof BRAKES;
