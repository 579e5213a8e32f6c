/* One cluster for all tests of this binary. */
#include <criterion/criterion.h>
#include <criterion/hooks.h>

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
