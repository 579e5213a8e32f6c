/* run --once: does what is due or soon due, and goes. */
#include <criterion/criterion.h>

#include "tests/system/daemon.h"

enum { AT_ONCE_MS = 5000, WORK_MS = 60000 };

static struct place place;

static void
begin(void)
{
	lab_hold_challenges();
	place = place_make();
	place_add_ca_and_webhook(&place);
}

static void
finish(void)
{
	place_give_back(&place);
}

TestSuite(once, .init = begin, .fini = finish, .timeout = 300);

static void
assert_nobody_is_left(void)
{
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.daemon", NULL), 0);
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.shard where owner is not null", NULL), 0);
}

Test(once, with_nothing_to_do_it_exits_at_once)
{
	struct daemon d = daemon_start("once", place.database, "--once", "--linger", "0s", NULL);

	cr_assert_eq(daemon_wait(&d, AT_ONCE_MS), 0);
	assert_nobody_is_left();
}

/* The waits within an issuance are shorter than the span, the wait before the
 * next look at a name that points nowhere is longer. */
Test(once, it_does_all_that_is_due_or_soon_due)
{
	struct daemon d;

	lab_call("dns_point", (const char *const[]){ "once1.customer.test", "once2.customer.test", NULL });
	place_add_hostname(&place, "once1.customer.test", true);
	place_add_hostname(&place, "once2.customer.test", true);
	place_add_hostname(&place, "nowhere.customer.test", false);
	d = daemon_start("once", place.database, "--once", "--linger", "20s", NULL);
	cr_assert_eq(daemon_wait(&d, WORK_MS), 0);
	assert_nobody_is_left();
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.hostname_overview"
	    " where status = 'active' and ssl_status = 'active'", NULL), 2);
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.attempt_history"
	    " where hostname = 'nowhere.customer.test' and flow = 'hostname'", NULL), 1);
	cr_assert_gt(sql_number(place.sql, "select count(*) from certwright.delivery_overview", NULL), 5);
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.delivery_overview"
	    " where state <> 'delivered'", NULL), 0);
}
