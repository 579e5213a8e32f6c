/*
 * Renewals: the edge shows the next certificates, and nobody who visits
 * meanwhile is turned away; the old pack goes.  By HTTP nobody has to do
 * anything; by TXT the customer is told what to publish.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"
#include "tests/system/visitor.h"

enum { ISSUE_MS = 90000, STOP_MS = 10000 };

static struct place place;
static struct arena *arena;

static void
begin(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 20);
	place = place_make();
	place_add_ca_and_webhook(&place);
}

static void
finish(void)
{
	place_give_back(&place);
	arena_free(arena);
}

TestSuite(renewal, .init = begin, .fini = finish, .timeout = 300);

#define HOST	"renewed.customer.test"
/* `sql` about the pack that is attached to the hostname, or its successor. */
#define ATTACHED(sql) "select " sql " from certwright.custom_hostname h join certwright.certificate c" \
	" on c.custom_hostname_id = h.id where h.hostname = $1"
#define SUCCESSOR "exists (select from certwright.certificate s where s.successor_of = c.id)"
#define SHOWN(key_type) ATTACHED("(select i.fingerprint from certwright.issuance i" \
	" where i.certificate_id = c.id and i.key_type = '" key_type "')")

static const char *
value(const char *query, const char *argument)
{
	auto_result *rows = sql_rows(place.sql, query, argument);

	cr_assert_eq(PQntuples(rows), 1, "%s", query);
	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

static const char *
what_happened(void)
{
	return value("select string_agg(concat_ws(' ', flow, state, outcome, code, detail), e'\\n' order by at)"
	    " from certwright.attempt_history", NULL);
}

static void
await(const char *query, const char *argument)
{
	cr_assert(sql_becomes_true(place.sql, query, argument, ISSUE_MS), "%s\n%s", query, what_happened());
}

/* Renewed: another pack is attached, the old one is off the edge. */
static void
await_renewal(const char *old)
{
	await("select exists (select from certwright.custom_hostname h join certwright.certificate c"
	    " on c.custom_hostname_id = h.id where c.status = 'active' and c.id <> $1::uuid)"
	    " and (select status = 'deleted' from certwright.certificate where id = $1::uuid)", old);
}

/* Types of the events since then, and whether they name the hostname. */
static const char *
events_after(const char *seq)
{
	return value("select string_agg(replace(type, 'ssl.custom_hostname_certificate.', '')"
	    " || case when custom_hostname_id is null and body::text not like '%" HOST "%'"
	    " and not body -> 'data' ?| '{id,hostname}' then '' else ' of the hostname' end, ', ' order by seq)"
	    " from certwright.event_log where seq > $1::bigint", seq);
}

/* Two full rounds of a visitor, who has then seen what is shown now. */
static void
let_visit(struct visitor *v)
{
	long until = visitor_told(v).count + 4;

	while (visitor_told(v).count < until)
		cr_assert_eq(visitor_told(v).failed, 0, "%s", visitor_told(v).error);
}

static void
assert_shows_the_attached_pack(struct visitor *v)
{
	let_visit(v);
	cr_assert_str_eq(visitor_told(v).ecdsa, value(SHOWN("p256"), HOST));
	cr_assert_str_eq(visitor_told(v).rsa, value(SHOWN("rsa2048"), HOST));
}

static void
renew_once(struct visitor *v)
{
	const char *seq = value("select coalesce(max(seq), 0) from certwright.event_log", NULL);
	const char *old = value(ATTACHED("c.id"), HOST);
	struct visits before;

	assert_shows_the_attached_pack(v);
	before = visitor_told(v);
	auto_ran ran = run_certwright(place.database, "renew", HOST, NULL);
	cr_assert_eq(ran.code, 0, "%s", ran.err);
	cr_assert_not_null(strstr(ran.out, "the next certificates of " HOST " are ordered now"), "%s", ran.out);
	await_renewal(old);
	assert_shows_the_attached_pack(v);
	cr_assert_str_neq(visitor_told(v).ecdsa, before.ecdsa);
	cr_assert_str_neq(visitor_told(v).rsa, before.rsa);
	cr_assert_str_eq(events_after(seq), "renewal.succeeded of the hostname, deployment.succeeded of the hostname,"
	    " deletion.succeeded");
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.certificate where successor_of is not null", NULL), 0);
}

Test(renewal, a_hostname_is_renewed_twice_and_no_visitor_is_turned_away)
{
	struct daemon d;
	struct visitor *v;
	struct visits visits;

	lab_call("dns_point", (const char *const[]){ HOST, NULL });
	place_add_hostname(&place, HOST, true);
	d = daemon_start("renewal", place.database, NULL);
	await(ATTACHED("c.status = 'active' and h.status = 'active'"), HOST);
	v = visitor_start(HOST);
	renew_once(v);
	renew_once(v);
	visits = visitor_stop(v);
	cr_assert_eq(visits.failed, 0, "%ld of %ld handshakes failed: %s", visits.failed, visits.count, visits.error);
	cr_assert_gt(visits.count, 100);
	cr_assert_leq(visits.again, 4, "%ld of %ld handshakes had to be tried again", visits.again, visits.count);
	lab_call("is_served", (const char *const[]){ HOST, "ecdsa", "1", NULL });
	lab_call("is_served", (const char *const[]){ HOST, "rsa", "1", NULL });
	await("select not exists (select from certwright.delivery_overview where state <> 'delivered')", NULL);
	cr_assert_not(daemon_said(&d, "PRIVATE KEY"));
	daemon_stop(&d, STOP_MS);
}

/* ---- by TXT -------------------------------------------------------------------- */

#define TXT_HOST "renewed-by-hand.customer.test"
/* The values that are asked for and not published yet. */
#define TXT	"select r ->> 'txt_value' from certwright.custom_hostname h, jsonb_array_elements(" \
	"certwright.get_custom_hostname(h.zone_id, h.id) #> '{ssl,validation_records}') r where h.hostname = $1" \
	" and r ->> 'txt_value' not in (select value from published)"

static struct ran
status(const char *how)
{
	return run_certwright(place.database, "status", TXT_HOST, how, NULL);
}

/* Publishes what is asked for, until nothing is. */
static void
publish_until(const char *query)
{
	for (;;) {
		auto_result *wanted = NULL;

		await(arena_printf(arena, "select (%s) or exists (%s)", query, TXT), TXT_HOST);
		if (sql_number(place.sql, arena_printf(arena, "select (%s)::integer", query), TXT_HOST) == 1)
			return;
		wanted = sql_rows(place.sql, "insert into published " TXT " returning value", TXT_HOST);
		for (int i = 0; i < PQntuples(wanted); i++)
			lab_call("dns_add", (const char *const[]){ "_acme-challenge." TXT_HOST, "TXT", PQgetvalue(wanted, i, 0), NULL });
		sql_do(place.sql, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname"
		    " where hostname = $1", TXT_HOST);
	}
}

Test(renewal, by_txt_the_customer_is_told_what_the_successor_waits_for)
{
	const char *wanted, *old;
	struct daemon d;

	sql_do(place.sql, "create temp table published (value text primary key)", NULL);
	auto_ran add = run_certwright(place.database, "hostname", "add", TXT_HOST, "--wildcard", NULL);
	cr_assert_eq(add.code, 0, "%s", add.err);
	lab_call("dns_add", (const char *const[]){ "_cf-custom-hostname." TXT_HOST, "TXT",
	    value("select ownership_value::text from certwright.custom_hostname where hostname = $1", TXT_HOST), NULL });
	d = daemon_start("renewal", place.database, NULL);
	publish_until("(" ATTACHED("c.status = 'active'") ")");
	old = value(ATTACHED("c.id"), TXT_HOST);
	lab_call("dns_remove", (const char *const[]){ "_acme-challenge." TXT_HOST, "TXT", NULL });

	auto_ran renew = run_certwright(place.database, "renew", TXT_HOST, "--zone", "shop", "--json", NULL);
	auto_json *object = json_loads(renew.out, 0, NULL);
	cr_assert_str_eq(json_str(json_object_get(object, "ssl"), "status"), "active", "%s%s", renew.out, renew.err);
	/* It was looked for and not found. */
	await("select exists (select from certwright.custom_hostname h join certwright.certificate c on c.custom_hostname_id = h.id"
	    " join certwright.certificate s on s.successor_of = c.id where h.hostname = $1 and s.code = 'token_missing')", TXT_HOST);
	wanted = value(TXT " limit 1", TXT_HOST);
	auto_ran shown = status(NULL);
	cr_assert_not_null(strstr(shown.out, wanted), "%s", shown.out);
	cr_assert_not_null(strstr(shown.out, "renewal      pending_validation\n"), "%s", shown.out);
	cr_assert_not_null(strstr(shown.out, "error        _acme-challenge." TXT_HOST " should have TXT "), "%s", shown.out);
	auto_ran json = status("--json");
	auto_json *all = json_loads(json.out, 0, NULL);
	cr_assert_str_eq(json_str(json_object_get(all, "renewal"), "status"), "pending_validation");
	auto_ran check = run_certwright(place.database, "check", TXT_HOST, "--config", lab("LAB_CONFIG"), NULL);
	cr_assert_not_null(strstr(check.out, wanted), "certwright check does not ask for it: %s", check.out);

	publish_until("(" ATTACHED("not " SUCCESSOR) ")");
	await("select status = 'deleted' from certwright.certificate where id = $1::uuid", old);
	auto_ran done = status(NULL);
	cr_assert_null(strstr(done.out, "renewal"), "%s", done.out);
	daemon_stop(&d, STOP_MS);
}
