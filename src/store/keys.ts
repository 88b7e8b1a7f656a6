/**
 * Every Redis key of the product. All share one hash tag, so that in a Redis Cluster they are on one server: a script may touch any
 * of them, and a connection to that server is as good as one to a Redis of our own.
 */
import { fnv1a } from '../domain/hash.ts';

const TAG = '{ringthrough}';

/** Numbers are spread over this many hashes of about 1,000 each at a million: quick to load, no long rehash. */
export const NUMBER_SHARDS = 1024;

/** Routings that are set at carriers are spread over this many hashes. */
export const ROUTE_SHARDS = 256;

export const COLLECTIONS = ['provider', 'automation', 'customers', 'carriers', 'primaries', 'states', 'plans', 'numbers', 'keys', 'diversions', 'imports', 'approvals', 'drills', 'sources', 'receivers', 'silences', 'subscribers'] as const;
export type Collection = (typeof COLLECTIONS)[number];

/** Collections that every process holds in memory. */
export const TABLE_COLLECTIONS = ['provider', 'automation', 'customers', 'carriers', 'primaries', 'states', 'plans', 'keys', 'sources', 'receivers', 'silences', 'subscribers', 'numbers'] as const satisfies readonly Collection[];

export const keys = {
  /** Written to no other end than that replicas have something to confirm, see src/store/replica-wait.ts. */
  beat: `${TAG}:beat`,
  /** Identity of this data set: another one means that all that is in memory is of another world. */
  epoch: `${TAG}:epoch`,
  /** Number of the last commit. */
  revision: `${TAG}:revision`,
  /** Stream of commits; the entry of commit 7 has the id `7-0`. */
  changes: `${TAG}:changes`,
  /** Stream of audit entries; those of commit 7 have the ids `7-0`, `7-1` … */
  audit: `${TAG}:audit`,
  /** Hash: where the chain of audit entries ends and begins, see src/store/audit-chain.ts. */
  auditHead: `${TAG}:audit:head`,
  /** Hash id -> when the API key was last used, milliseconds. */
  keyUses: `${TAG}:key-uses`,
  /** Set of the hashes of the keys that were taken from the environment. */
  installedKeys: `${TAG}:keys-installed`,
  /** Secret that hides ids from keys of one customer, hexadecimal. */
  veil: `${TAG}:veil`,
  /** Hash `collection/id` -> how many records refer to it. */
  references: `${TAG}:references`,
  /** Hash id -> encoded record. */
  records: (collection: Exclude<Collection, 'numbers'>): string => `${TAG}:${collection}`,
  numberShard: (shard: number): string => `${TAG}:numbers:${shard}`,
  /** The hash in which a record lives. */
  home: (collection: Collection, id: string): string => (collection === 'numbers' ? keys.numberShard(fnv1a(id) % NUMBER_SHARDS) : keys.records(collection)),
  /** Sorted set of ids, all of score 0: pages in the order of the ids. */
  index: (name: string): string => `${TAG}:index:${name}`,
  /** Records that could not be read, as they were found. */
  setAside: `${TAG}:set-aside`,

  /** List of an import's rows, in chunks. */
  importRows: (id: string): string => `${TAG}:import:${id}:rows`,
  /** List of an import's refused rows, of when it was judged or of when it was applied. */
  importRejected: (id: string, when: 'judged' | 'applied' = 'applied'): string => `${TAG}:import:${id}:rejected${when === 'judged' ? ':judged' : ''}`,
  /** List of the first changes of a kind, to be looked at. */
  importChanges: (id: string, when: 'judged' | 'applied', kind: string): string => `${TAG}:import:${id}:changes:${when}:${kind}`,
  /** List of what an import changed, from what to what, in the order in which it was done. */
  importImages: (id: string): string => `${TAG}:import:${id}:images`,
  /** Sets of numbers that an import has named, the digits alone. */
  importNamed: (id: string, shard: number): string => `${TAG}:import:${id}:named:${shard}`,
  /** Sorted set of the customers whose numbers a file names, all of score 0. */
  importCustomers: (id: string): string => `${TAG}:import:${id}:customers`,
  /** Says that the sets of what was named are complete still: gone before any of them. */
  importAnchor: (id: string): string => `${TAG}:import:${id}:anchor`,
  /** Id of what was sent with an `Idempotency-Key`: of an import, or of a notification. */
  idempotencyKey: (of: 'upload' | 'notification', hash: string): string => `${TAG}:${of}:${hash}`,

  /** Hash of primaries: the last word of an operator on each, also when it changed nothing, `AT SAYS`. */
  words: `${TAG}:words`,
  /** Hash: when the counts of references were last put right, so that it is done once. */
  repairs: `${TAG}:repairs`,
  /** Hash of keys: of how many numbers each has changed the destinations lately, see src/policy/account.ts. */
  accounts: `${TAG}:accounts`,
  /** Says that an order was carried out, and with what effect. */
  order: (id: string): string => `${TAG}:order:${id}`,

  call: (id: string): string => `${TAG}:call:${id}`,
  /** Sorted sets of call ids by start, milliseconds. */
  callIndex: (name: string): string => `${TAG}:calls:${name}`,
  /** Stream of dialled and ended legs, for capacities and loops. */
  legs: `${TAG}:legs`,
  /** Hash of the legs that are being dialled or talked on. */
  activeLegs: `${TAG}:legs:active`,

  /** Hash `primary source` -> the newest word of each source of evidence, and the stream of news of them; see src/store/shared-evidence.ts. */
  evidence: `${TAG}:evidence`,
  evidenceNews: `${TAG}:evidence:news`,
  /** Stream of what was said of a primary's health, see src/store/evidence-journal.ts. */
  evidenceJournal: (primary: string): string => `${TAG}:evidence:journal:${primary}`,

  /** Of a source of alerts, see src/store/alert-ledger.ts: hash of its alerts, hash of its counts, list of alerts that matched nothing. */
  sourceAlerts: (id: string): string => `${TAG}:source:${id}:alerts`,
  sourceNotes: (id: string): string => `${TAG}:source:${id}:notes`,
  sourceUnmatched: (id: string): string => `${TAG}:source:${id}:unmatched`,

  /** Of what people are told, see src/store/telling-store.ts: how far each origin has come, stream of announcements, what is noted of each receiver, messages on their way. */
  announced: `${TAG}:announced`,
  announcements: `${TAG}:announcements`,
  tellings: `${TAG}:tellings`,
  messages: `${TAG}:messages`,
  /** List of what people were told of a diversion. */
  told: (diversion: string): string => `${TAG}:told:${diversion}`,
  /** Hash: how one receiver does. */
  receiverNotes: (id: string): string => `${TAG}:receiver:${id}`,

  /** Stream of the webhooks that were seen, in batches, see src/store/webhook-stream.ts. */
  webhooks: `${TAG}:webhooks`,

  /** Of a drill, see src/store/drill-store.ts: hash of what was seen of its test calls; of all drills: when each destination had its last, what was proven, plans that were drilled by themselves today, calls of a day. */
  drillMarks: (id: string): string => `${TAG}:drill:${id}:marks`,
  drillCalled: `${TAG}:drills:called`,
  drillProofs: `${TAG}:drills:proofs`,
  drillClaim: (plan: string): string => `${TAG}:drills:claimed:${plan}`,
  drillCalls: (day: string): string => `${TAG}:drills:calls:${day}`,

  /** Hashes `carrier/unit` -> what is so with its routing at the carrier, see src/store/route-store.ts. */
  routeShard: (shard: number): string => `${TAG}:routes:${shard}`,
  /** The hash in which what is known of a unit lives. */
  routeHome: (unit: string): string => keys.routeShard(fnv1a(unit) % ROUTE_SHARDS),
  /** Sorted sets of the units of a diversion: all of score 0, to page through; and by the place of their state, to count. */
  diverted: (diversion: string, by: 'unit' | 'state'): string => `${TAG}:diverted:${diversion}:${by}`,
  /** Sorted set of a carrier's units that are to be looked at: class, then when. */
  routesDue: (carrier: string): string => `${TAG}:routes:due:${carrier}`,
  /** Sorted set of the units in conflict, all of score 0. */
  routeConflicts: `${TAG}:routes:conflicts`,
  /** Sorted set of the numbers of each trunk or application, `carrier/@group number`, all of score 0. */
  routeGroups: `${TAG}:routes:groups`,
  /** Hash carrier -> what the last check of its numbers found; the same of a check that waits or is under way. */
  carrierChecks: `${TAG}:carrier-checks`,
  carrierChecksUnderWay: `${TAG}:carrier-checks:under-way`,
  /** Hash carrier -> when its last check ended, and how many numbers were forwarded there for nothing, `AT STRAYS`. */
  carrierStrays: `${TAG}:carrier-checks:strays`,
  /** Hash number -> when it was last seen wired at the carrier and how, see src/store/wiring-store.ts; hash of what there was. */
  wirings: (carrier: string): string => `${TAG}:wirings:${carrier}`,
  wiringForms: (carrier: string): string => `${TAG}:wirings:${carrier}:forms`,
  /** Hash `carrier number|group state` -> how many there are, kept with each record that is written. */
  routeStates: `${TAG}:routes:states`,
  /** Hash `carrier what` -> how often it was done at the carrier, see src/diversion/route-tally.ts. */
  routesTally: `${TAG}:routes:tally`,
  /** Hash carrier -> how many writes a second there were lately, and when that was told, `AT PERSECOND`. */
  routesPace: `${TAG}:routes:pace`,
  /** Hash carrier -> how its API does. */
  routesHealth: `${TAG}:routes:health`,
  /** Who was on a trunk or an application when the carrier was last asked, for some seconds; and since when it cannot be told who is, see src/store/member-lists.ts. */
  memberList: (carrier: string, group: string): string => `${TAG}:routes:members:${carrier}:${group}`,
  memberListFails: (carrier: string, group: string): string => `${TAG}:routes:members-fail:${carrier}:${group}`,
  /** Up to which commit it is known which units are to be looked at, `EPOCH REVISION`. */
  routesPosition: `${TAG}:routes:position`,
  /** Hash primary -> the turn of its state for which its numbers were last put down as due. */
  routesTurns: `${TAG}:routes:turns`,

  /** Of a subscriber's backlog, see src/store/commands/lib/backlog-books.lua, which names the parts. */
  backlog: (subscriber: string, part: string): string => `${keys.backlogPrefix}${subscriber}:${part}`,
  backlogPrefix: `${TAG}:backlog:`,
  /** Hash: the counts of all subscribers together. */
  backlogTotals: `${TAG}:backlogs:totals`,
  /** Sorted sets of subscribers: for whom something waits, by worth and since when; at whom to look, by when. Set of those for whom anything is known. */
  backlogHolders: `${TAG}:backlogs:holders`,
  backlogDue: `${TAG}:backlogs:due`,
  backlogKnown: `${TAG}:backlogs:known`,
  /** Says that a notification was accepted, for those that may come again. */
  backlogAccepted: (id: string): string => `${TAG}:backlogs:accepted:${id}`,
  /** Stream of what is owed to subscribers, written with the change that owes it; see src/domain/owed.ts. Only src/backlog/feeder.ts takes from it. */
  owed: `${TAG}:owed`,
  /** Hash: the adaptive limit of posts in flight to the subscribers of one primary, and who has which share of it; see src/store/shared-budget.ts. */
  budget: (primary: string): string => `${TAG}:budget:${primary}`,

  /** BullMQ's own prefix. */
  queues: `${TAG}:queues`,
};
