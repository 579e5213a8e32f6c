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
	return sql_value("select certwright.add_certificate_authority(gen_random_uuid(), $1, $2, null, '{}', null, null,"
	    " 1, 604800, nullif($3, '')::bigint, 'key', null, null) ->> 'id'", name, directory, per_hour);
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
}

/* ---- what each bucket admits ------------------------------------------------ */

/* Orders for names of one bucket: the first `burst` at once, but those that
 * would meet the limit within a minute wait for that minute. */
static const struct bucket {
	const char *of, *names, *count;
	double refill;
} buckets[] = {
	{ "order", "a.spent%d.com", "300", 36 },
	{ "domain", "n%d.customer.com", "50", 12120 },
	{ "exact_set", HOST, "5", 122400 },
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
		int burst = atoi(b->count);

		sql_do("delete from certwright.rate_bucket");
		for (int n = 1; n <= burst + 2; n++) {
			double slot = reserve_nth(b->names, n), early = (n - burst) * b->refill + MINUTE;

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
	at("609840 seconds");	/* 5 * 34 h, less than the minute of grace and a refill */
	for (int i = 0; i < 3; i++)
		cr_expect_eq(reserve(HOST), 609840);
	cr_expect_gt(possible(HOST), 609840);
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
	at("244500 seconds");	/* 2 * 34 h and less than five minutes before that slot */
	spend("297");
	/* The 298th would be admitted at once, were there not the one that was promised. */
	cr_expect_float_eq(possible("n.other.com"), 244500 + 24, 1e-6);
	sql_do("delete from certwright.rate_booking");
	cr_expect_float_eq(possible("n.other.com"), 244500, 1e-6);
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

enum { ORDERS = 1500, DOMAINS = 3, NAMES = 12 };

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
	sql_do("create table public.slots as select certwright.reserve_order($1::uuid, 'a.waiting' || n || '.com', false) as t"
	    " from generate_series(1, 10000) n", ca);
	cr_expect_eq(sql_number("select count(*) from public.slots where t = '2026-01-01 00:00:00Z'"), 298);
	cr_expect_eq(sql_number("select count(distinct t) from public.slots where t > '2026-01-01 00:00:00Z'"), 9702);
	cr_expect_eq(sql_number("select max(c) from (select count(*) over (order by t range between current row and"
	    " '1 hour' following) from public.slots where t > '2026-01-01 00:02:00Z') s (c)"), 101);
	cr_expect_eq(sql_number("select extract(epoch from max(t) - '2026-01-01 00:00:00Z') from public.slots"),
	    9700 * 36 + MINUTE);
	cr_expect_eq(sql_number("select count(*) from certwright.rate_booking"), 0);
}
