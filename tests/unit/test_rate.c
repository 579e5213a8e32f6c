/* Response-rate limiting, in virtual time. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include "base/addr.h"
#include "dcv/rate.h"

static const unsigned char seed[RATE_SEED] = "not that random";

static enum rate_verdict
take(struct rate *r, const char *address, enum rate_kind kind, const char *name, int64_t now_ms)
{
	struct sockaddr_storage peer;

	cr_assert(addr_parse(address, &peer));
	return rate_take(r, (struct sockaddr *)&peer, kind, name, name != NULL ? strlen(name) : 0, now_ms);
}

/* How many of `count` at the same instant are sent. */
static unsigned
sent(struct rate *r, const char *address, enum rate_kind kind, const char *name, int64_t now_ms, unsigned count)
{
	unsigned n = 0;

	while (count-- > 0)
		n += take(r, address, kind, name, now_ms) == RATE_SEND;
	return n;
}

Test(rate, over_the_limit_every_second_answer_is_cut)
{
	struct rate *r = rate_new(2, seed);

	cr_expect_eq(take(r, "192.0.2.1", RATE_POSITIVE, "x", 5), RATE_SEND);
	cr_expect_eq(take(r, "192.0.2.1", RATE_POSITIVE, "x", 5), RATE_SEND);
	for (int i = 0; i < 4; i++) {
		cr_expect_eq(take(r, "192.0.2.1", RATE_POSITIVE, "x", 5), RATE_DROP);
		cr_expect_eq(take(r, "192.0.2.1", RATE_POSITIVE, "x", 5), RATE_TRUNCATE);
	}
	rate_free(r);
}

Test(rate, a_bucket_is_of_a_network_a_kind_and_a_name)
{
	static const struct { const char *address; enum rate_kind kind; const char *name; bool is_same; } cases[] = {
		{ "192.0.2.255", RATE_POSITIVE, "name", true },
		{ "192.0.3.1", RATE_POSITIVE, "name", false },
		{ "192.0.2.1", RATE_POSITIVE, "nam", false },
		{ "192.0.2.1", RATE_POSITIVE, "nome", false },
		{ "192.0.2.1", RATE_POSITIVE, "", false },
		{ "192.0.2.1", RATE_NXDOMAIN, "name", false },
		{ "192.0.2.1", RATE_NODATA, "name", false },
		{ "192.0.2.1", RATE_ERROR, "name", false },
		{ "2001:db8:0:ff::1", RATE_POSITIVE, "name", false },
		{ "2001:db8::1", RATE_POSITIVE, "name", true },	/* as the one before */
		{ "2001:db8:0:1ff::1", RATE_POSITIVE, "name", true },
		{ "2001:db8:0:200::1", RATE_POSITIVE, "name", false },
	};
	struct rate *r = rate_new(1, seed);

	cr_expect_eq(take(r, "192.0.2.1", RATE_POSITIVE, "name", 0), RATE_SEND);
	cr_expect_eq(take(r, "2001:db8:0:100::1", RATE_POSITIVE, "name", 0), RATE_SEND);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(take(r, cases[i].address, cases[i].kind, cases[i].name, 0) != RATE_SEND, cases[i].is_same,
		    "%s %s", cases[i].address, cases[i].name);
	rate_free(r);
}

Test(rate, a_bucket_holds_a_second_and_fills_in_one)
{
	static const struct { int64_t at; unsigned sent; } steps[] = {
		{ 1000, 100 }, { 1000, 0 }, { 1009, 0 }, { 1010, 1 }, { 1019, 0 }, { 1020, 1 }, { 1520, 50 },
		{ 2519, 99 }, { 2520, 1 }, { 3520, 100 }, { 1000000000000, 100 }, { 999999999000, 0 }, { 1000000000010, 1 },
	};
	struct rate *r = rate_new(100, seed);

	cr_expect_eq(sent(r, "192.0.2.1", RATE_NODATA, NULL, 0, 40), 40);	/* 60 are left, and no more are kept */
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		cr_expect_eq(sent(r, "192.0.2.1", RATE_NODATA, NULL, steps[i].at, 300), steps[i].sent, "step %zu", i);
	rate_free(r);
}

/* Whatever is asked for in between, in a minute no more than 61 s' worth. */
Test(rate, the_long_run_has_the_rate)
{
	static const unsigned rates[] = { 1, 7, 100, 1000, 999999, 1000000 };

	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct rate *r = rate_new(rates[i], seed);
		unsigned n = 0;

		for (int64_t ms = 0; ms <= 3000; ms++)
			n += sent(r, "2001:db8::1", RATE_ERROR, NULL, ms, rates[i] < 900000 ? 20 : 1200);
		cr_expect(rates[i] == 1000 ? n == 4000 : rates[i] < 1000 ? n == 4 * rates[i] :
		    n > 3 * rates[i], "%u: %u", rates[i], n);
		rate_free(r);
	}
}

Test(rate, a_flood_of_others_refills_nobodys_bucket)
{
	struct rate *r = rate_new(1, seed);
	unsigned again = 0;
	char other[40];

	cr_expect_eq(take(r, "192.0.2.1", RATE_POSITIVE, "name", 0), RATE_SEND);
	for (unsigned i = 0; i < 8192; i++) {
		snprintf(other, sizeof other, "10.%u.%u.1", i >> 8, i & 255);
		cr_expect_eq(take(r, other, RATE_POSITIVE, "name", 1), RATE_SEND, "%s is new", other);
		again += take(r, "192.0.2.1", RATE_POSITIVE, "name", 1) == RATE_SEND;
	}
	cr_expect_eq(again, 0);
	rate_free(r);
}

/* Full, the table forgets who was asked longest ago, and nobody else. */
Test(rate, a_full_table_forgets_the_oldest)
{
	struct rate *r = rate_new(1, seed);
	unsigned first = 0, last = 0;
	char other[40];

	for (unsigned i = 0; i < 400000; i++) {
		snprintf(other, sizeof other, "%u.%u.%u.1", 1 + (i >> 16), i >> 8 & 255, i & 255);
		take(r, other, RATE_POSITIVE, "name", i / 1000);
	}
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(other, sizeof other, "1.%u.%u.1", i >> 8 & 255, i & 255);
		first += take(r, other, RATE_POSITIVE, "name", 400) == RATE_SEND;
		snprintf(other, sizeof other, "%u.%u.%u.1", 1 + ((399999 - i) >> 16), (399999 - i) >> 8 & 255, (399999 - i) & 255);
		last += take(r, other, RATE_POSITIVE, "name", 400) == RATE_SEND;
	}
	cr_expect(first == 1000, "%u", first);
	cr_expect(last < 50, "%u", last);
	rate_free(r);
}

/* With another seed other networks collide: nobody can prepare a collision. */
Test(rate, what_collides_depends_on_the_seed)
{
	static const unsigned char other_seed[RATE_SEED] = "not that randon";
	struct rate *r[2] = { rate_new(1, seed), rate_new(1, other_seed) };
	unsigned differ = 0;
	char other[40];

	for (int pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < 100000; i++) {
			snprintf(other, sizeof other, "%u.%u.%u.1", 1 + (i >> 16), i >> 8 & 255, i & 255);
			differ += take(r[0], other, RATE_POSITIVE, "name", i / 1000) != take(r[1], other, RATE_POSITIVE, "name", i / 1000);
		}
	}
	cr_expect(differ > 1000, "%u", differ);
	rate_free(r[0]);
	rate_free(r[1]);
}
