/* Every test's database starts as a migrated one. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/migrate.h"
#include "tests/kit/pg.h"

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
