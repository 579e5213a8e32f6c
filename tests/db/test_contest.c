/* What happens between a look and its verdict, and who may use a name that two
 * zones have. */
#include <criterion/criterion.h>

#include "tests/db/sql.h"

#define DAEMON "11111111-1111-4111-8111-111111111111"
#define SHOP "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}"
#define STATUS "select status from certwright.custom_hostname where id = $1::uuid"

static const char *zone, *other, *id;

static void
up(void)
{
	sql_up();
	sql_do("select count(*) from certwright.lease_shards($1::uuid, 'a test')", DAEMON);
	zone = sql_zone("{}");
	other = sql_zone("{}");
	id = sql_hostname(zone, SHOP);
}

TestSuite(contest, .init = up, .fini = sql_down, .timeout = 60);

static const char *
wakes_of(const char *flow, const char *subject)
{
	return sql_value("select wakes from certwright.job where flow = $1::certwright.flow_name and subject = $2::uuid",
	    flow, subject);
}

/* A verdict that was begun when the row had been woken so often. */
static void
finish_hostname(const char *subject, const char *wakes, const char *state, const char *next)
{
	sql_do("select accepted from certwright.finish_hostname($1::uuid, array[$2::uuid], "
	    "array[certwright.shard_of($2::uuid)]::bigint[], array[(select epoch from certwright.shard "
	    "where id = certwright.shard_of($2::uuid))], array[$3::bigint], array[$4], "
	    "array['go:' || $5], array[0::bigint], array[75::bigint], array[0::bigint], array[null::text], "
	    "array[null::text], array[null::text], array[3::bigint], array[true], array[$5], array[false], "
	    "array[null::text], array[null::text])", DAEMON, subject, wakes, state, next);
}

static void
activate(const char *subject)
{
	finish_hostname(subject, wakes_of("hostname", subject), "pending", "active");
	cr_assert_str_eq(sql_value(STATUS, subject), "active");
}

/* ---- between a look and its verdict ------------------------------------------- */

Test(contest, a_refresh_during_the_last_look_is_not_lost)
{
	const char *wakes = wakes_of("hostname", id);

	sql_do("update certwright.job set attempts = 75 where subject = $1::uuid", id);
	sql_do("select certwright.refresh_custom_hostname($1::uuid, $2::uuid)", zone, id);
	finish_hostname(id, wakes, "pending", "moved");
	cr_expect_str_eq(sql_value(STATUS, id), "pending");
	cr_expect_eq(sql_number("select attempts from certwright.job where subject = $1::uuid", id), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.event where type = 'custom_hostname.moved'"), 0);
}

Test(contest, a_proof_counts_whoever_woke_the_hostname_meanwhile)
{
	const char *wakes = wakes_of("hostname", id);

	sql_do("select certwright.refresh_custom_hostname($1::uuid, $2::uuid)", zone, id);
	finish_hostname(id, wakes, "pending", "active");
	cr_expect_str_eq(sql_value(STATUS, id), "active");
}

Test(contest, a_name_that_was_held_during_its_look_is_blocked)
{
	/* As a session would leave it that created the hostname while the hold was being written. */
	sql_do("insert into certwright.hold (name) values ('shop.customer.com')");
	finish_hostname(id, wakes_of("hostname", id), "pending", "active");
	cr_expect_str_eq(sql_value(STATUS, id), "blocked");
	cr_expect_eq(sql_number("select count(*) from certwright.job where subject = $1::uuid", id), 0);
}

Test(contest, a_fallback_origin_set_anew_is_looked_at_anew)
{
	const char *wakes;

	sql_do("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"a.saas.net\"}')", zone);
	wakes = wakes_of("origin", zone);
	sql_do("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"b.saas.net\"}')", zone);
	sql_do("select accepted from certwright.finish_origin($1::uuid, array[$2::uuid], "
	    "array[certwright.shard_of($2::uuid)]::bigint[], array[(select epoch from certwright.shard "
	    "where id = certwright.shard_of($2::uuid))], array[$3::bigint], array['initializing'], "
	    "array['go:active'], array[0::bigint], array[0::bigint], array[0::bigint], array[null::text], "
	    "array[null::text], array[null::text], array[3::bigint], array[true], array['active'], array[true], "
	    "array[null::text], array[null::text])", DAEMON, zone, wakes);
	cr_expect_str_eq(sql_value("select certwright.get_fallback_origin($1::uuid) ->> 'status'", zone), "initializing");
	cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'origin'"), 1);
}

/* ---- one name, two zones --------------------------------------------------------- */

/* As the flow of this pack reads it. */
static const char *
taken(const char *hostname)
{
	return sql_value("select d.taken from certwright.due_certificate(0, array(select generate_series(0, 63))::bigint[], "
	    "array_fill(null::text, array[64]), array_fill(null::uuid, array[64]), 1000) d where d.subject = $1::uuid",
	    sql_pack(hostname));
}

Test(contest, a_zone_that_proved_nothing_does_not_get_the_edge_nor_the_answer_to_a_challenge)
{
	const char *thief = sql_hostname(other, SHOP);

	cr_expect_str_eq(taken(thief), "false", "nobody owns the name yet");
	activate(id);
	cr_expect_str_eq(taken(thief), "true");
	cr_expect_str_eq(taken(id), "false");
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token, key_authorization,"
	    " txt_value, status) values ($1::uuid, 'p256', 'shop.customer.com', 'u', 'http', 't1', 'k', 'x', 'pending')",
	    sql_pack(thief));
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, url, method, token, key_authorization,"
	    " txt_value, status) values ($1::uuid, 'p256', 'shop.customer.com', 'u', 'http', 't2', 'k', 'x', 'pending')",
	    sql_pack(id));
	cr_expect_eq(sql_number("select count(*) from certwright.token_entries('shop.customer.com') where key = 't1'"), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.token_entries('shop.customer.com') where key = 't2'"), 1);
}

Test(contest, who_takes_a_name_over_gets_the_edge_back)
{
	const char *next = sql_hostname(other, SHOP), *pack = sql_pack(next);

	sql_do("update certwright.certificate set status = 'active' where id = $1::uuid", pack);
	activate(id);
	activate(next);
	cr_expect_str_eq(sql_value(STATUS, id), "moved");
	cr_expect_str_eq(sql_value("select status from certwright.certificate where id = $1::uuid", pack), "pending_deployment");
	cr_expect_eq(sql_number("select count(*) from certwright.job where subject = $1::uuid", pack), 1);
}

/* ---- renewal asked for by hand ------------------------------------------------------ */

Test(contest, a_hostname_that_is_not_ours_to_serve_is_not_renewed)
{
	static const char *const refused[] = { "blocked", "moved", "deleted" };

	sql_do("update certwright.certificate set status = 'active'");
	for (size_t i = 0; i < 3; i++) {
		if (i == 1)
			sql_do("update certwright.custom_hostname set status = 'pending'");
		sql_do("update certwright.custom_hostname set status = $1::certwright.hostname_status", refused[i]);
		cr_expect_str_eq(sql_refusal("select certwright.renew_custom_hostname($1::uuid, $2::uuid)", zone, id), "X1434");
	}
	cr_expect_eq(sql_number("select count(*) from certwright.certificate"), 1);
}

Test(contest, a_block_stops_a_renewal_that_is_under_way)
{
	activate(id);
	sql_do("update certwright.certificate set status = 'active'");
	sql_do("select certwright.renew_custom_hostname($1::uuid, $2::uuid)", zone, id);
	cr_assert_eq(sql_number("select count(*) from certwright.job j join certwright.certificate c on c.id = j.subject"
	    " where c.successor_of is not null"), 1);
	sql_do("select certwright.hold_name('shop.customer.com', false, 'abuse')");
	cr_expect_str_eq(sql_value(STATUS, id), "blocked");
	cr_expect_eq(sql_number("select count(*) from certwright.job j join certwright.certificate c on c.id = j.subject"
	    " where c.successor_of is not null"), 0);
}

/* ---- what is revoked ------------------------------------------------------------------ */

Test(contest, only_the_certificates_of_deleted_hostnames_are_revoked)
{
#define REVOKE "select d.revoke from certwright.due_certificate(0, array(select generate_series(0, 63))::bigint[], " \
	"array_fill(null::text, array[64]), array_fill(null::uuid, array[64]), 1000) d where d.subject = $1::uuid"
	const char *pack = sql_pack(id);

	sql_do("select certwright.edit_zone($1::uuid, '{\"revoke_on_delete\":true}')", zone);
	sql_do("update certwright.certificate set status = 'active'");
	cr_expect_str_neq(sql_value(REVOKE, pack), "true");
	sql_do("select certwright.delete_custom_hostname($1::uuid, $2::uuid)", zone, id);
	cr_expect_str_neq(sql_value("select status from certwright.certificate"), "active");
}
