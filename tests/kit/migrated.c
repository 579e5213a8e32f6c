/*
 * For suites on a database: one cluster for all tests of the binary, and a
 * migrated template for every test's own database.  Linked by name, since
 * nothing refers to it.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/migrate.h"
#include "tests/kit/pg.h"

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	(void)tests;
	pg_kit_start();
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	(void)stats;
	pg_kit_stop();
}

void
pg_kit_template(const char *conninfo)
{
	auto_arena *arena = arena_new(64 << 20);
	struct err err = { 0 };

	if (!migrate_run(conninfo, MIGRATE_SUFFIX_FILE, NULL, NULL, arena, &err)) {
		fprintf(stderr, "could not migrate the template: %s: %s\n", err.code, err.detail);
		exit(3);	/* no test can run; Criterion's own asserts would hang here */
	}
}
