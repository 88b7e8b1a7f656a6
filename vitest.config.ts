/** One runner for the whole suite; projects tell pure tests from those that start real processes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 12,
    // What is waited for comes as soon as it can; a slow machine is no finding.
    expect: { poll: { timeout: 20_000 } },
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ['test/support/log-watch-setup.ts'],
    // One project after the other: those that start processes, or a service, wait much and work little, so that a third at a time costs nothing.
    // The files of the others share a process each, in which what they import is loaded once.
    projects: [
      { extends: true, test: { name: 'process', sequence: { groupOrder: 0 }, maxWorkers: 3, include: ['test/{faults,e2e,scenarios,workers}/**/*.test.ts'] } },
      { extends: true, test: { name: 'store', sequence: { groupOrder: 1 }, maxWorkers: 3, isolate: false, include: ['test/{policy,gobag,readiness,drills,store,spool,system,access,imports,calls,health,http,diversion,telling,posting,backlog,cli,stand-ins}/**/*.test.ts'] } },
      { extends: true, test: { name: 'unit', sequence: { groupOrder: 2 }, isolate: false, include: ['test/{unit,meta,carriers,rules,domain,config,sip,report}/**/*.test.ts'] } },
    ],
  },
});
