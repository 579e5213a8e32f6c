/*
 * HTTP by hand: the name does not point at us, and the customer's own web
 * server has what validation_records say, first for one key type, then for the
 * other.
 */
#include <criterion/criterion.h>

#include "base/arena.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

enum { ISSUE_MS = 90000, STOP_MS = 10000 };

#define HOST "by-hand.customer.test"
/* What is asked for now, as the provider sees it. */
#define RECORDS "from certwright.custom_hostname h cross join lateral certwright.get_custom_hostname(h.zone_id, h.id) o" \
	" cross join jsonb_array_elements(o #> '{ssl,validation_records}') r where h.hostname = $1 and r ->> 'status' = 'pending'"

static struct place place;
static struct arena *arena;

static void
begin(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 20);
	place = place_make();
}

static void
finish(void)
{
	place_give_back(&place);
	arena_free(arena);
}

TestSuite(by_hand, .init = begin, .fini = finish, .timeout = 200);

static const char *
value(const char *query)
{
	auto_result *rows = sql_rows(place.sql, query, HOST);

	cr_assert_eq(PQntuples(rows), 1, "%s", query);
	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

static void
await(const char *query)
{
	cr_assert(sql_becomes_true(place.sql, query, HOST, ISSUE_MS), "%s", query);
}

#define IS_ACTIVE "select c.status = 'active' from certwright.custom_hostname h" \
	" join certwright.certificate c on c.custom_hostname_id = h.id where h.hostname = $1"

/* A CA may know the name when it comes to the second key type. */
static bool
is_asked_for_more(void)
{
	await("select (" IS_ACTIVE ") or exists (select " RECORDS ")");
	return sql_number(place.sql, "select count(*) " RECORDS, HOST) > 0;
}

static void
serve_what_is_shown(void)
{
	const char *body = value("select r ->> 'http_body' " RECORDS);

	lab_call("serve_http", (const char *const[]){ HOST,
	    value("select substr(r ->> 'http_url', length('http://' || $1) + 1) " RECORDS), body, NULL });
	sql_do(place.sql, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname"
	    " where hostname = $1", HOST);
	await(arena_printf(arena, "select not exists (select " RECORDS " and r ->> 'http_body' = '%s')", body));
}

Test(by_hand, a_file_on_the_customers_web_server_shows_control)
{
	struct daemon d;
	int served = 0;

	place_add_ca_and_webhook(&place);
	lab_call("dns_add", (const char *const[]){ HOST, "A", "127.0.0.2", NULL });
	sql_do(place.sql, "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	    " '{\"method\": \"http\", \"type\": \"dv\"}'::jsonb)) from certwright.zone z", HOST);
	d = daemon_start("by-hand", place.database, NULL);
	for (; is_asked_for_more(); served++)
		serve_what_is_shown();
	cr_expect(served == 1 || served == 2, "%d files were asked for", served);
	await(IS_ACTIVE);
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.custom_hostname h where h.points_here", NULL), 0);
	daemon_stop(&d, STOP_MS);
}
