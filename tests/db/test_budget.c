/* Budgets: what each bucket admits and when, and that nobody overspends. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"
#include "tests/kit/pg.h"

#define HOST "shop.customer.com"
#define LE "https://acme-v02.api.letsencrypt.org/directory"
/* Times are seconds since the clock was set. */
#define SINCE(what) "select extract(epoch from " what " - '2026-01-01 00:00:00Z')"
#define POSSIBLE SINCE("certwright.order_possible_at($1::uuid, $2, $3::boolean)")
#define RESERVE SINCE("certwright.reserve_order($1::uuid, $2, $3::boolean)")
#define RELEASE "select certwright.release_order($1::uuid, $2, $3::boolean, '2026-01-01 00:00:00Z'" \
	"::timestamptz + $4::interval)"
#define HOLDS "select certwright.slot_holds($1::uuid, $2, false, '2026-01-01 00:00:00Z'::timestamptz + $3::interval)"
#define LIMITED "select certwright.note_rate_limited($1::uuid, $2, false, $3, nullif($4, '')::bigint)"
#define OVERVIEW "select concat_ws(' ', budget_left, extract(epoch from next_order_at - '2026-01-01 00:00:00Z')::int)" \
	" from certwright.ca_overview where name = (select name from certwright.certificate_authority where id = $1::uuid)"
enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const char *ca;

static const char *
add(const char *name, const char *directory, const char *per_hour)
{
	return sql_value("select certwright.add_certificate_authority(gen_random_uuid(), $1,"
	    " jsonb_strip_nulls(jsonb_build_object('directory', $2::text, 'contact', 'ca@saas.net', 'orders_per_hour',"
	    " nullif($3, '')::bigint)),"
	    " 'key', null) ->> 'id'", name, directory, per_hour);
}

static void
up(void)
{
	sql_up();
	sql_do("create table public.clock (t timestamptz)");
	sql_do("insert into public.clock values ('2026-01-01 00:00:00Z')");
	sql_do("create or replace function certwright.clock_now() returns timestamptz language sql stable"
	    " as 'select t from public.clock'");
	ca = add("lets_encrypt", LE, "");
}

TestSuite(budget, .init = up, .fini = sql_down, .timeout = 120);

static void
at(const char *span)
{
	sql_do("update public.clock set t = '2026-01-01 00:00:00Z'::timestamptz + $1::interval", span);
}

static double
seconds_of(const char *sql, const char *authority, const char *name, const char *wildcard)
{
	return strtod(sql_value(sql, authority, name, wildcard), NULL);
}

static double
reserve(const char *name)
{
	return seconds_of(RESERVE, ca, name, "false");
}

static double
possible(const char *name)
{
	return seconds_of(POSSIBLE, ca, name, "false");
}

/* So many orders for different names of different domains, now. */
static void
spend(const char *count)
{
	sql_do("select max(certwright.reserve_order($1::uuid, 'a.spent' || n || '.com', false))"
	    " from generate_series(1, $2::integer) n", ca, count);
}

/* ---- limits ---------------------------------------------------------------- */

static const struct known {
	const char *name, *directory, *limits;
} known[] = {
	{ "google", "https://dv.acme-v02.api.pki.goog/directory", "4" },
	{ "ssl_com", "https://acme.ssl.com/sslcom-dv-rsa", "4" },
	{ "lets_encrypt_too", LE, "0" },
	{ "lets_encrypt_trial", "https://acme-staging-v02.api.letsencrypt.org/directory", "0" },
	{ "pebble", "https://localhost:14000/dir", "0" },
};

Test(budget, a_known_ca_at_its_directory_has_the_published_limits_and_no_other)
{
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', kind, burst, extract(epoch from refill)::int), ', '"
	    " order by kind) from certwright.rate_limit"),
	    "order 300 36, domain 50 12120, exact_set 5 122400, failure 5 720");
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		const char *id = add(known[i].name, known[i].directory, "");

		cr_expect_str_eq(sql_value("select count(*) from certwright.rate_limit where authority_id = $1::uuid", id),
		    known[i].limits, "%s", known[i].name);
	}
}

Test(budget, limits_can_be_given_and_taken_away)
{
	const char *trial = add("pebble", "https://localhost:14000/dir", "");

	sql_do("select certwright.set_rate_limits($1::uuid, 'published')", trial);
	sql_do("select certwright.set_rate_limits($1::uuid, 'none')", ca);
	cr_expect_str_eq(sql_value("select string_agg(distinct authority_id::text, ' ') from certwright.rate_limit"), trial);
	cr_expect_str_eq(sql_refusal("select certwright.set_rate_limits($1::uuid, 'some')", ca), "P0001");
	sql_do("select certwright.remove_certificate_authority('pebble')");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_limit"), 0);
}

Test(budget, a_ca_without_limits_takes_any_number_at_once)
{
	ca = add("pebble", "https://localhost:14000/dir", "");
	for (int i = 0; i < 12; i++)
		cr_expect_eq(reserve(HOST), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.rate_bucket"), 0);
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "0");	/* no budget, and possible now */
	/* nor does anybody wait for anybody */
	sql_do("begin");
	cr_expect_eq(reserve(HOST), 0);
	sql_do(RELEASE, ca, HOST, "false", "0");
	cr_expect_eq(sql_number("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"), 0);
	sql_do("commit");
	cr_expect_str_eq(sql_value(HOLDS, ca, HOST, "0 seconds"), "t");
	cr_expect_str_eq(sql_value(HOLDS, ca, HOST, "1 second"), "f");
}

/* ---- what each bucket admits ------------------------------------------------ */

/* Orders for names of one bucket: the first `burst` at once, but those that
 * would meet the limit within a minute wait for that minute. */
static const struct bucket {
	const char *of, *names;
	int burst;
	double refill;
} buckets[] = {
	{ "order", "a.spent%d.com", 300, 36 },
	{ "domain", "n%d.customer.com", 50, 12120 },
	{ "exact_set", HOST, 5, 122400 },
};

static double
reserve_nth(const char *names, int n)
{
	char name[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(name, sizeof name, names, n);
#pragma GCC diagnostic pop
	return reserve(name);
}

Test(budget, each_bucket_gives_its_burst_and_then_one_a_refill)
{
	for (size_t i = 0; i < sizeof buckets / sizeof buckets[0]; i++) {
		const struct bucket *b = &buckets[i];

		sql_do("delete from certwright.rate_bucket");
		for (int n = 1; n <= b->burst + 2; n++) {
			double slot = reserve_nth(b->names, n), early = (n - b->burst) * b->refill + MINUTE;

			cr_assert_float_eq(slot, early < 0 ? 0 : early, 1e-6, "%s %d: %f", b->of, n, slot);
		}
		/* and nothing else is touched */
		if (i > 0)
			cr_expect_eq(reserve("other.example.net"), 0, "%s", b->of);
	}
}

Test(budget, a_bucket_is_full_again_after_burst_refills_and_not_before)
{
	for (int i = 0; i < 5; i++)
		reserve(HOST);
	at("489600 seconds");	/* four times 34 h: four are there again, and a minute is kept free */
	for (int i = 0; i < 3; i++)
		cr_expect_eq(reserve(HOST), 489600);
	cr_expect_eq(reserve(HOST), 489600 + MINUTE);
	at("30 days");
	for (int i = 0; i < 4; i++)
		cr_expect_eq(reserve(HOST), 30.0 * DAY);
	cr_expect_eq(possible(HOST), 30.0 * DAY + MINUTE);
}

Test(budget, a_wildcard_is_another_set_in_the_same_domain)
{
	for (int i = 0; i < 6; i++)
		reserve(HOST);
	cr_expect_gt(possible(HOST), 100000);
	cr_expect_eq(seconds_of(POSSIBLE, ca, HOST, "true"), 0);
	cr_expect_str_eq(sql_value("select string_agg(kind || ' ' || key, ', ' order by kind) from certwright.rate_bucket"),
	    "order , domain customer.com, exact_set " HOST);
	reserve("a.b.co.uk");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_bucket where key = 'b.co.uk'"), 1);
}

Test(budget, looking_takes_nothing)
{
	for (int i = 0; i < 4; i++)
		reserve(HOST);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(possible(HOST), MINUTE);
	cr_expect_eq(reserve(HOST), MINUTE);
}

Test(budget, the_providers_own_limit_holds_in_any_hour)
{
	static const int limits[] = { 1, 2, 15, 100, 1000 };

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		int n = limits[i], in_hour = 0;
		char name[16], text[16];
		double first = -1, slot = 0;

		snprintf(name, sizeof name, "own_%d", n);
		snprintf(text, sizeof text, "%d", n);
		ca = add(name, "https://ca.test/", text);
		for (; slot < HOUR - 1e-3; in_hour++)
			slot = reserve(HOST);
		cr_expect_eq(in_hour - 1, n, "%d of %d", in_hour - 1, n);
		for (; slot < 3 * HOUR; in_hour++) {
			if (slot >= 2 * HOUR && first < 0)
				first = in_hour;
			slot = reserve(HOST);
		}
		cr_expect(first > 0 && in_hour - first >= n * 0.85 && in_hour - first <= n + 1, "%d: %f", n, in_hour - first);
	}
}

/* ---- wide and narrow --------------------------------------------------------- */

Test(budget, a_name_that_waits_for_days_holds_nobody_else_up)
{
	for (int i = 0; i < 9; i++)
		reserve(HOST);	/* the last one in six days */
	cr_expect_eq(possible("n.other.com"), 0);
	cr_expect_eq(possible("n.customer.com"), 0);
	spend("200");
	cr_expect_eq(possible("n.other.com"), 0);
}

Test(budget, what_waits_for_its_name_still_finds_room_in_the_account)
{
	double slots[3];

	for (int i = 0; i < 4; i++)
		reserve(HOST);
	for (int i = 0; i < 3; i++)
		slots[i] = reserve(HOST);
	cr_expect_eq(slots[2], 2 * 34 * HOUR + MINUTE);
	at("244850 seconds");	/* ten seconds before it */
	spend("297");
	/* The 298th would be admitted at once, were there not the one that was promised. */
	cr_expect_float_eq(possible("n.other.com"), 244850 + 24, 1e-6);
	sql_do("delete from certwright.rate_booking");
	cr_expect_float_eq(possible("n.other.com"), 244850, 1e-6);
}

/* The CA's own bucket, as arrivals meet it: sorted times of one key. */
static void
assert_admitted(const double *arrivals, size_t count, int burst, double refill, const char *key)
{
	double full = -1e18;

	for (size_t i = 0; i < count; i++) {
		cr_assert_leq(full - (burst - 1) * refill, arrivals[i] + 1e-3, "%s: arrival %zu at %f", key, i, arrivals[i]);
		full = (full > arrivals[i] ? full : arrivals[i]) + refill;
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static uint32_t
chance(uint32_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % below;
}

enum { ORDERS = 900, DOMAINS = 3, NAMES = 12 };

static struct order {
	int domain, name;
	double slot, arrival;
	bool is_released;
} orders[ORDERS];

/* Arrivals of one domain and name (-1: any), checked against one bucket. */
static void
check_bucket(int domain, int name, int burst, double refill)
{
	static double arrivals[ORDERS];
	size_t count = 0;
	char key[40];

	snprintf(key, sizeof key, "%d/%d", domain, name);
	for (int i = 0; i < ORDERS; i++)
		if (!orders[i].is_released && (domain < 0 || orders[i].domain == domain) && (name < 0 || orders[i].name == name))
			arrivals[count++] = orders[i].arrival;
	qsort(arrivals, count, sizeof arrivals[0], compare);
	assert_admitted(arrivals, count, burst, refill, key);
}

/* Names, domains, pauses, and what is given back, all by chance: whatever was
 * promised, the CA takes it, be it up to a minute late. */
Test(budget, a_ca_that_counts_for_itself_never_refuses)
{
	uint32_t seed = 20260101;
	double now = 0;

	/* Smaller, so that all of them are met often. */
	sql_do("update certwright.rate_limit set burst = 7, refill = '100 seconds' where kind = 'order'");
	sql_do("update certwright.rate_limit set burst = 4, refill = '5 minutes' where kind = 'domain'");
	sql_do("update certwright.rate_limit set burst = 2, refill = '20 minutes' where kind = 'exact_set'");
	for (int i = 0; i < ORDERS; i++) {
		struct order *o = &orders[i];
		char name[40], span[40];

		if (chance(&seed, 3) == 0)
			now += chance(&seed, chance(&seed, 20) == 0 ? 20000 : 600);
		snprintf(span, sizeof span, "%f seconds", now);
		at(span);
		o->domain = (int)(chance(&seed, 2) * chance(&seed, DOMAINS));
		o->name = (int)(chance(&seed, 2) * chance(&seed, NAMES));
		snprintf(name, sizeof name, "n%d.domain%d.com", o->name, o->domain);
		o->slot = reserve(name);
		cr_assert_geq(o->slot, now);
		o->arrival = o->slot + chance(&seed, MINUTE + 1);
		if (chance(&seed, 10) == 0) {
			/* At once, or when some more have been given. */
			int k = i - (int)chance(&seed, 12);
			struct order *r = &orders[k < 0 ? 0 : k];

			if (!r->is_released && r->slot >= now) {
				snprintf(name, sizeof name, "n%d.domain%d.com", r->name, r->domain);
				snprintf(span, sizeof span, "%f seconds", r->slot);
				sql_do(RELEASE, ca, name, "false", span);
				r->is_released = true;
			}
		}
	}
	check_bucket(-1, -1, 7, 100);
	for (int d = 0; d < DOMAINS; d++) {
		check_bucket(d, -1, 4, 300);
		for (int n = 0; n < NAMES; n++)
			check_bucket(d, n, 2, 1200);
	}
}

Test(budget, ten_thousand_that_wait_get_ten_thousand_slots)
{
	sql_do("create table public.slots (t timestamptz)");
	sql_do("delete from certwright.rate_limit where kind = 'domain'");	/* saves the public suffix list */
	for (int i = 0; i < 100; i++) {	/* a hundred a transaction, as verdicts come */
		char text[16];

		snprintf(text, sizeof text, "%d", i);
		sql_do("insert into public.slots select certwright.reserve_order($1::uuid, 'a.waiting' || $2 || '-' || n || '.com',"
		    " false) from generate_series(1, 100) n", ca, text);
	}
	cr_expect_eq(sql_number("select count(*) from public.slots where t = '2026-01-01 00:00:00Z'"), 298);
	cr_expect_eq(sql_number("select count(distinct t) from public.slots where t > '2026-01-01 00:00:00Z'"), 9702);
	cr_expect_eq(sql_number("select max(c) from (select count(*) over (order by t range between current row and"
	    " '1 hour' following) from public.slots where t > '2026-01-01 00:02:00Z') s (c)"), 101);
	cr_expect_eq(sql_number("select extract(epoch from max(t) - '2026-01-01 00:00:00Z') from public.slots"),
	    9700 * 36 + MINUTE);
	cr_expect_eq(sql_number("select count(*) from certwright.rate_booking"), 0);
}

/* ---- given back ------------------------------------------------------------- */

static void
release(const char *name, const char *slot)
{
	sql_do(RELEASE, ca, name, "false", slot);
}

Test(budget, what_is_given_back_can_be_had_again)
{
	for (int i = 0; i < 6; i++)
		reserve(HOST);
	release(HOST, "122460 seconds");	/* the sixth, booked in the account */
	release(HOST, "60 seconds");
	release(HOST, "0");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_booking"), 0);
	cr_expect_eq(reserve(HOST), 0);
	cr_expect_eq(reserve(HOST), MINUTE);
	cr_expect_eq(possible(HOST), 34 * HOUR + MINUTE);
}

Test(budget, what_is_given_back_twice_or_was_never_given_comes_back_once_or_not)
{
	for (int i = 0; i < 4; i++)
		reserve(HOST);
	at("1 hour");
	reserve(HOST);
	release(HOST, "3600 seconds");
	release(HOST, "3600 seconds");
	release(HOST, "30 minutes");
	cr_expect_eq(reserve(HOST), HOUR);
	cr_expect_gt(possible(HOST), 34 * HOUR);
}

/* It was filled up again meanwhile: with or without that one it would be full. */
Test(budget, an_old_slot_comes_back_only_as_far_as_it_is_missing)
{
	reserve(HOST);
	at("35 hours");
	for (int i = 0; i < 4; i++)
		reserve(HOST);
	release(HOST, "0");
	cr_expect_eq(possible(HOST), 35 * HOUR + MINUTE);
}

/* ---- what the CA says -------------------------------------------------------- */

static const struct said {
	const char *detail, *kind, *key;
} said[] = {
	{ "too many new orders (300) from this account in the last 3h0m0s, retry after 2026-01-01 00:00:36 UTC", "order", "" },
	{ "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s", "exact_set", HOST },
	{ "Error creating new order :: too many certificates already issued for exact set of domains: " HOST, "exact_set", HOST },
	{ "too many certificates (50) already issued for \"customer.com\" in the last 168h0m0s", "domain", "customer.com" },
	{ "too many failed authorizations (5) for \"" HOST "\" in the last 1h0m0s", "failure", HOST },
	{ "Error creating new order :: too many failed authorizations recently", "failure", HOST },
	{ "Your account is temporarily prevented from requesting certificates for " HOST, "failure", HOST },
	{ "Service busy; retry later.", "order", "" },
	{ "", "order", "" },
};

Test(budget, a_429_closes_the_bucket_that_it_names_and_no_other)
{
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		sql_do("delete from certwright.rate_bucket");
		sql_do(LIMITED, ca, HOST, said[i].detail, "7200");
		cr_expect_str_eq(sql_value("select kind || '/' || key from certwright.rate_bucket"),
		    sql_value("select $1 || '/' || $2", said[i].kind, said[i].key), "%s", said[i].detail);
		cr_expect_eq(possible(HOST), 7200, "%s", said[i].detail);
		cr_expect_eq(possible("n.other.com"), said[i].key[0] != '\0' ? 0 : 7200, "%s", said[i].detail);
		/* Then there is one, and no more. */
		at("2 hours");
		if (strcmp(said[i].kind, "failure") != 0) {
			cr_expect_eq(reserve(HOST), 7200, "%s", said[i].detail);
			cr_expect_gt(possible(HOST), 7200, "%s", said[i].detail);
		}
		at("0");
	}
}

Test(budget, without_retry_after_it_is_an_hour_and_with_it_a_day_at_most)
{
	static const struct { const char *retry_after; double until; } table[] = {
		{ "", HOUR }, { "0", HOUR }, { "-5", HOUR }, { "1", 1 }, { "86400", DAY }, { "999999999999", DAY },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		sql_do("delete from certwright.rate_bucket");
		sql_do(LIMITED, ca, HOST, "too many new orders", table[i].retry_after);
		cr_expect_eq(possible(HOST), table[i].until, "%s", table[i].retry_after);
	}
	sql_do(LIMITED, ca, HOST, "too many new orders", "60");
	cr_expect_eq(possible(HOST), DAY, "a later refusal opens nothing");
}

Test(budget, a_ca_without_limits_is_left_alone_when_it_says_so)
{
	ca = add("pebble", "https://localhost:14000/dir", "");
	sql_do(LIMITED, ca, HOST, "slow down", "");
	cr_expect_eq(possible("n.other.com"), HOUR);
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "0 3600");
	at("1 hour");
	for (int i = 0; i < 10; i++)
		cr_expect_eq(reserve(HOST), HOUR);
}

Test(budget, a_closed_account_stays_closed_whatever_is_given_back)
{
	spend("318");	/* the last ones in 384, 420 … 708 seconds */
	sql_do(LIMITED, ca, HOST, "too many new orders", "600");
	for (int n = 309; n <= 318; n++) {
		char name[32], slot[32];

		snprintf(name, sizeof name, "a.spent%d.com", n);
		snprintf(slot, sizeof slot, "%d seconds", (n - 300) * 36 + MINUTE);
		release(name, slot);
	}
	cr_expect_eq(possible("n.other.com"), 600);
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "0 600");
	at("10 minutes");
	cr_expect_eq(possible("n.other.com"), 600);
}

Test(budget, a_slot_holds_for_a_minute_unless_the_ca_refuses_meanwhile)
{
	static const struct { const char *now, *holds; } table[] = {
		{ "59.999 seconds", "f" }, { "1 minute", "t" }, { "2 minutes", "t" }, { "120.001 seconds", "f" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		at(table[i].now);
		cr_expect_str_eq(sql_value(HOLDS, ca, HOST, "60 seconds"), table[i].holds, "%s", table[i].now);
	}
	at("1 minute");
	sql_do(LIMITED, ca, "n.other.com", "too many certificates (5) already issued for this exact set", "");
	cr_expect_str_eq(sql_value(HOLDS, ca, HOST, "60 seconds"), "t");
	sql_do(LIMITED, ca, "n.other.com", "too many new orders", "10");
	cr_expect_str_eq(sql_value(HOLDS, ca, HOST, "60 seconds"), "f");
	at("70 seconds");
	cr_expect_str_eq(sql_value(HOLDS, ca, HOST, "60 seconds"), "t");
}

static double
may_fail(const char *name)
{
	return strtod(sql_value(SINCE("certwright.validation_possible_at($1::uuid, $2)"), ca, name), NULL);
}

Test(budget, failures_of_a_name_are_counted_and_stop_its_orders_too)
{
	for (int i = 0; i < 4; i++) {
		cr_expect_eq(may_fail(HOST), 0, "%d", i);
		sql_do("select certwright.note_failed_validation($1::uuid, $2)", ca, HOST);
	}
	cr_expect_eq(may_fail(HOST), MINUTE);
	sql_do("select certwright.note_failed_validation($1::uuid, $2)", ca, HOST);
	cr_expect_eq(may_fail(HOST), 13 * MINUTE);
	cr_expect_eq(may_fail("n.customer.com"), 0);
	cr_expect_eq(possible(HOST), 13 * MINUTE);
	cr_expect_eq(seconds_of(POSSIBLE, ca, HOST, "true"), 13 * MINUTE);
	/* An order takes no failure, and one that waits for this holds up nobody. */
	cr_expect_eq(reserve(HOST), 13 * MINUTE);
	cr_expect_eq(possible(HOST), 13 * MINUTE);
	cr_expect_eq(possible("n.customer.com"), 0);
	at("1 hour");
	cr_expect_eq(may_fail(HOST), HOUR);
}

/* ---- what is shown, what is forgotten ---------------------------------------- */

Test(budget, the_overview_shows_the_tightest_of_the_account)
{
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "300 0");
	spend("100");
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "200 0");
	spend("202");
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "0 168");
	cr_expect_eq(possible("n.other.com"), 168);
	at("1 hour");
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "98 3600");
	sql_do("update certwright.certificate_authority set orders_per_hour = 100");
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "10 3600");
	spend("12");
	cr_expect_str_eq(sql_value(OVERVIEW, ca), sql_value("select '0 ' || extract(epoch from certwright.order_possible_at("
	    "$1::uuid, 'n.other.com', false) - '2026-01-01 00:00:00Z')::int", ca));
	sql_do("update certwright.certificate_authority set enabled = false");
	cr_expect_str_eq(sql_value(OVERVIEW, ca), "0");
}

Test(budget, bookings_count_when_their_time_has_come)
{
	for (int i = 0; i < 7; i++)
		reserve(HOST);
	at("68 hours 2 minutes");
	cr_expect_str_eq(sql_value("select budget_left from certwright.ca_overview"), "297");
}

Test(budget, upkeep_forgets_what_makes_no_difference)
{
	for (int i = 0; i < 7; i++)
		reserve(HOST);
	sql_do(LIMITED, ca, "n.other.com", "failed authorizations", "86400");
	sql_do("select certwright.maintain(86400)");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_bucket"), 4);
	cr_expect_eq(sql_number("select count(*) from certwright.rate_booking"), 6);	/* three, in account and domain */
	at("20 hours");
	sql_do("select certwright.maintain(86400)");
	cr_expect_str_eq(sql_value("select string_agg(kind::text, ' ' order by kind) from certwright.rate_bucket"),
	    "exact_set failure");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_booking"), 5);
	at("60 days");
	sql_do("select certwright.maintain(86400)");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_bucket"), 0);
	cr_expect_eq(sql_number("select count(*) from certwright.rate_booking"), 0);
}

/* ---- two at once -------------------------------------------------------------- */

static PGconn *
connect_again(void)
{
	char conninfo[512];
	PGconn *conn;

	snprintf(conninfo, sizeof conninfo, "%s dbname=%s", pg_kit_conninfo(), sql_value("select current_database()"));
	conn = PQconnectdb(conninfo);
	cr_assert_eq(PQstatus(conn), CONNECTION_OK, "%s", PQerrorMessage(conn));
	return conn;
}

/* Until the other session waits for a lock; it cannot but come to that. */
static void
wait_until_blocked(PGconn *conn)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", PQbackendPID(conn));
	while (sql_number("select cardinality(pg_blocking_pids($1::integer))", pid) == 0)
		cr_assert(PQconsumeInput(conn) && PQisBusy(conn), "it did not wait");
}

Test(budget, of_two_at_once_one_gets_the_last_and_the_other_the_next)
{
	PGconn *other = connect_again();
	PGresult *r;

	sql_do("update certwright.rate_limit set burst = 1 where kind = 'order'");
	sql_do("begin");
	cr_expect_eq(reserve("n.other.com"), 0);
	cr_assert(PQsendQuery(other, "select extract(epoch from certwright.reserve_order(id, 'n.third.com', false)"
	    " - '2026-01-01 00:00:00Z')::int from certwright.certificate_authority"));
	wait_until_blocked(other);
	sql_do("commit");
	r = PQgetResult(other);
	cr_assert_eq(PQresultStatus(r), PGRES_TUPLES_OK, "%s", PQerrorMessage(other));
	cr_expect_str_eq(PQgetvalue(r, 0, 0), "96");
	PQclear(r);
	PQfinish(other);
}

/* Each wants first what the other has: with a lock for each CA that would be a deadlock. */
Test(budget, two_that_reserve_at_two_cas_in_turn_do_not_block_each_other_for_good)
{
	PGconn *other = connect_again();
	const char *second = add("pebble", "https://localhost:14000/dir", "10");
	PGresult *r;

	sql_do("begin");
	reserve("n.other.com");
	cr_assert(PQsendQuery(other, "begin; select certwright.reserve_order(id, 'n.third.com', false)"
	    " from certwright.certificate_authority where name = 'pebble';"
	    " select certwright.reserve_order(id, 'n.third.com', false)"
	    " from certwright.certificate_authority where name = 'lets_encrypt'; commit"));
	wait_until_blocked(other);
	sql_do(RESERVE, second, "n.other.com", "false");
	sql_do("commit");
	while ((r = PQgetResult(other)) != NULL) {
		cr_expect_neq(PQresultStatus(r), PGRES_FATAL_ERROR, "%s", PQerrorMessage(other));
		PQclear(r);
	}
	PQfinish(other);
	cr_expect_str_eq(sql_value("select extract(epoch from full_at - '2026-01-01 00:00:00Z')::int"
	    " from certwright.rate_bucket where kind = 'own'"), "720");
}
