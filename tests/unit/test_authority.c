/* The authoritative name server: a query of every kind and its answer, as ldns reads it. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "dcv/authority.h"
#include "tests/kit/query.h"

#define SERVERS "ns1.dcv.test=192.0.2.1=2001:db8::1,ns2.other.net,a.b.dcv.test=192.0.2.2=192.0.2.3"
#define SOA(owner, ttl) owner " " ttl " IN SOA ns1." owner " hostmaster." owner " 1 3600 600 604800 5"
#define DENIED "; ns " SOA("dcv.test.", "5")

static unsigned char out[AUTHORITY_MAX_ANSWER];
static const char *text;	/* of the last answer */
static const struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = 0x3930, .sin_addr = { 0x0100007f } };
#define PEER ((const struct sockaddr *)&peer)

struct lab {
	struct board *board;
	struct zone_authority *authority;
};

static struct lab
lab_open(const char *domain, const char *servers, unsigned per_second)
{
	static const char *const ids[] = { "0ddba11", "cafe" };
	static const struct board_entry shop[] = {
		{ BOARD_TXT, "0ddba11", "first" }, { BOARD_TXT, "0ddba11", "second" },
		{ BOARD_TXT, "0ddba11", "first" }, { BOARD_TXT, "cafe", "of another zone" },
		{ BOARD_HTTP, "token", "key authorization" },
	};
	static const struct board_entry under_score[] = { { BOARD_TXT, "cafe", "" } };
	struct lab lab = { .board = board_new() };
	struct err err = { 0 };

	board_put(lab.board, "shop.example.com", shop, 5);
	board_put(lab.board, "_x.example.com", under_score, 1);
	board_put_delegations(lab.board, ids, 2);
	board_set_ready(lab.board);
	lab.authority = authority_open(&(struct authority_options){ .domain = domain, .nameservers = servers,
	    .responses_per_second = per_second }, lab.board, &err);
	cr_assert_not_null(lab.authority, "%s", err.detail);
	return lab;
}

static void
lab_close(struct lab lab)
{
	authority_close(lab.authority);
	board_free(lab.board);
}

static const char *
ask_of(struct lab lab, const struct query *q, bool is_tcp, size_t *ret_len)
{
	unsigned char query[QUERY_MAX];
	size_t query_len = query_write(q, query), len;

	memset(out, 0xaa, sizeof out);
	len = authority_answer(lab.authority, query, query_len, PEER, is_tcp, 1000, out);
	if (ret_len != NULL)
		*ret_len = len;
	cr_assert(len >= 12 && out[0] == query[0] && out[1] == query[1], "%s: %zu", q->name, len);
	text = answer_text(out, len);
	return text;
}

static void
expect(struct lab lab, const struct query *q, const char *answer)
{
	ask_of(lab, q, false, NULL);
	cr_expect_str_eq(text, answer, "%s %u:\n%s, not\n%s", q->name, q->type, text, answer);
}

static const struct { const char *name; unsigned type; const char *answer; } questions[] = {
	/* the apex */
	{ "dcv.test", 6, "NOERROR aa; ? dcv.test. IN SOA; an " SOA("dcv.test.", "60") },
	{ "dcv.test", 2, "NOERROR aa; ? dcv.test. IN NS; an dcv.test. 60 IN NS ns1.dcv.test."
	    "; an dcv.test. 60 IN NS ns2.other.net.; an dcv.test. 60 IN NS a.b.dcv.test."
	    "; ar ns1.dcv.test. 60 IN A 192.0.2.1; ar ns1.dcv.test. 60 IN AAAA 2001:db8::1"
	    "; ar a.b.dcv.test. 60 IN A 192.0.2.2; ar a.b.dcv.test. 60 IN A 192.0.2.3" },
	{ "dcv.test", 1, "NOERROR aa; ? dcv.test. IN A" DENIED },
	{ "dcv.test", 43, "NOERROR aa; ? dcv.test. IN DS" DENIED },
	{ "dcv.test", 16, "NOERROR aa; ? dcv.test. IN TXT" DENIED },
	{ "dcv.test", 65280, "NOERROR aa; ? dcv.test. IN TYPE65280" DENIED },
	{ "dcv.test", 255, "NOERROR aa; ? dcv.test. IN ANY; an dcv.test. 60 IN HINFO \"RFC8482\" \"\"" },
	/* name servers and what stands above them */
	{ "ns1.dcv.test", 1, "NOERROR aa; ? ns1.dcv.test. IN A; an ns1.dcv.test. 60 IN A 192.0.2.1" },
	{ "NS1.dcv.test", 28, "NOERROR aa; ? NS1.dcv.test. IN AAAA; an NS1.dcv.test. 60 IN AAAA 2001:db8::1" },
	{ "ns1.dcv.test", 16, "NOERROR aa; ? ns1.dcv.test. IN TXT" DENIED },
	{ "ns1.dcv.test", 6, "NOERROR aa; ? ns1.dcv.test. IN SOA" DENIED },
	{ "ns1.dcv.test", 255, "NOERROR aa; ? ns1.dcv.test. IN ANY; an ns1.dcv.test. 60 IN HINFO \"RFC8482\" \"\"" },
	{ "a.b.dcv.test", 1, "NOERROR aa; ? a.b.dcv.test. IN A"
	    "; an a.b.dcv.test. 60 IN A 192.0.2.2; an a.b.dcv.test. 60 IN A 192.0.2.3" },
	{ "a.b.dcv.test", 28, "NOERROR aa; ? a.b.dcv.test. IN AAAA" DENIED },
	{ "b.dcv.test", 1, "NOERROR aa; ? b.dcv.test. IN A" DENIED },
	{ "b.dcv.test", 255, "NOERROR aa; ? b.dcv.test. IN ANY" DENIED },
	{ "x.b.dcv.test", 1, "NXDOMAIN aa; ? x.b.dcv.test. IN A" DENIED },
	{ "x.ns1.dcv.test", 1, "NXDOMAIN aa; ? x.ns1.dcv.test. IN A" DENIED },
	{ "ns2.dcv.test", 1, "NXDOMAIN aa; ? ns2.dcv.test. IN A" DENIED },
	/* delegation ids */
	{ "0ddba11.dcv.test", 16, "NOERROR aa; ? 0ddba11.dcv.test. IN TXT" DENIED },
	{ "0ddba11.dcv.test", 255, "NOERROR aa; ? 0ddba11.dcv.test. IN ANY" DENIED },
	{ "0ddba1.dcv.test", 16, "NXDOMAIN aa; ? 0ddba1.dcv.test. IN TXT" DENIED },
	{ "shop.example.com.beef.dcv.test", 16, "NXDOMAIN aa; ? shop.example.com.beef.dcv.test. IN TXT" DENIED },
	/* names of customers */
	{ "shop.example.com.0ddba11.dcv.test", 16, "NOERROR aa; ? shop.example.com.0ddba11.dcv.test. IN TXT"
	    "; an shop.example.com.0ddba11.dcv.test. 60 IN TXT \"first\""
	    "; an shop.example.com.0ddba11.dcv.test. 60 IN TXT \"second\"" },
	{ "shop.example.com.cafe.dcv.test", 16, "NOERROR aa; ? shop.example.com.cafe.dcv.test. IN TXT"
	    "; an shop.example.com.cafe.dcv.test. 60 IN TXT \"of another zone\"" },
	{ "sHOp.ExAmple.COM.cAFe.DCV.tesT", 16, "NOERROR aa; ? sHOp.ExAmple.COM.cAFe.DCV.tesT. IN TXT"
	    "; an sHOp.ExAmple.COM.cAFe.DCV.tesT. 60 IN TXT \"of another zone\"" },
	{ "_x.example.com.cafe.dcv.test", 16, "NOERROR aa; ? _x.example.com.cafe.dcv.test. IN TXT"
	    "; an _x.example.com.cafe.dcv.test. 60 IN TXT \"\"" },
	{ "_x.example.com.0ddba11.dcv.test", 16, "NOERROR aa; ? _x.example.com.0ddba11.dcv.test. IN TXT" DENIED },
	{ "shop.example.com.cafe.dcv.test", 28, "NOERROR aa; ? shop.example.com.cafe.dcv.test. IN AAAA" DENIED },
	{ "shop.example.com.cafe.dcv.test", 255, "NOERROR aa; ? shop.example.com.cafe.dcv.test. IN ANY"
	    "; an shop.example.com.cafe.dcv.test. 60 IN HINFO \"RFC8482\" \"\"" },
	{ "example.com.cafe.dcv.test", 16, "NOERROR aa; ? example.com.cafe.dcv.test. IN TXT" DENIED },
	{ "nobody.cafe.dcv.test", 16, "NOERROR aa; ? nobody.cafe.dcv.test. IN TXT" DENIED },
	{ "nobody.cafe.dcv.test", 255, "NOERROR aa; ? nobody.cafe.dcv.test. IN ANY" DENIED },
	{ "x.shop.example.com.cafe.dcv.test", 16, "NOERROR aa; ? x.shop.example.com.cafe.dcv.test. IN TXT" DENIED },
	{ "*.example.com.cafe.dcv.test", 16, "NOERROR aa; ? *.example.com.cafe.dcv.test. IN TXT" DENIED },
	/* not ours */
	{ "test", 6, "REFUSED; ? test. IN SOA" },
	{ ".", 2, "REFUSED; ? . IN NS" },
	{ "xdcv.test", 16, "REFUSED; ? xdcv.test. IN TXT" },
	{ "shop.example.com", 16, "REFUSED; ? shop.example.com. IN TXT" },
	{ "dcv.test.example", 16, "REFUSED; ? dcv.test.example. IN TXT" },
	{ "dcv.test", 252, "REFUSED; ? dcv.test. IN AXFR" },
	{ "dcv.test", 251, "REFUSED; ? dcv.test. IN IXFR" },
	{ "dcv.test", 41, "REFUSED; ? dcv.test. IN OPT" },
	{ "dcv.test", 0, "REFUSED; ? dcv.test. IN TYPE0" },
	{ "dcv.test", 250, "REFUSED; ? dcv.test. IN TSIG" },
};

Test(authority, every_question_has_its_answer)
{
	struct lab lab = lab_open("dcv.test", SERVERS, 0);

	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
		expect(lab, &(struct query){ .name = questions[i].name, .type = questions[i].type, .id = 0xbeef },
		    questions[i].answer);
	lab_close(lab);
}

Test(authority, flags_and_edns_are_answered_as_they_were_asked)
{
#define SHOP "shop.example.com.cafe.dcv.test"
#define SHOP_TXT "; ? " SHOP ". IN TXT; an " SHOP ". 60 IN TXT \"of another zone\""
	static const struct { struct query q; const char *answer; } cases[] = {
		{ { .name = SHOP, .type = 16, .is_recursive = true }, "NOERROR aa rd" SHOP_TXT },
		{ { .name = SHOP, .type = 16, .has_edns = true, .payload = 4096 }, "NOERROR aa" SHOP_TXT "; edns 1232" },
		{ { .name = SHOP, .type = 16, .has_edns = true, .payload = 0, .wants_dnssec = true }, "NOERROR aa" SHOP_TXT "; edns 1232 do" },
		{ { .name = "x.dcv.test", .type = 1, .has_edns = true, .payload = 1232 }, "NXDOMAIN aa; ? x.dcv.test. IN A" DENIED "; edns 1232" },
		{ { .name = "x.test", .type = 1, .has_edns = true, .payload = 1232, .wants_dnssec = true, .is_recursive = true },
		    "REFUSED rd; ? x.test. IN A; edns 1232 do" },
		{ { .name = SHOP, .type = 16, .has_edns = true, .payload = 1232, .version = 1 }, "BADVERS; ? " SHOP ". IN TXT; edns 1232" },
		{ { .name = "x.test", .type = 16, .has_edns = true, .payload = 1232, .version = 255 }, "BADVERS; ? x.test. IN TXT; edns 1232" },
		{ { .name = SHOP, .type = 16, .class = 3 }, "REFUSED; ? " SHOP ". CH TXT" },
		{ { .name = "version.bind", .type = 16, .class = 3 }, "REFUSED; ? version.bind. CH TXT" },
		{ { .name = SHOP, .type = 16, .class = 255 }, "REFUSED; ? " SHOP ". ANY TXT" },
	};
	struct lab lab = lab_open("dcv.test", SERVERS, 0);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect(lab, &cases[i].q, cases[i].answer);
	lab_close(lab);
}

Test(authority, a_board_that_is_not_ready_denies_nothing)
{
	struct lab lab = lab_open("dcv.test", SERVERS, 0);
	struct board *empty = board_new();

	authority_close(lab.authority);
	lab.authority = authority_open(&(struct authority_options){ .domain = "dcv.test", .nameservers = SERVERS }, empty, NULL);
	expect(lab, &ASK(SHOP, 16), "SERVFAIL; ? " SHOP ". IN TXT");
	expect(lab, &ASK("cafe.dcv.test", 16), "SERVFAIL; ? cafe.dcv.test. IN TXT");
	expect(lab, &ASK("ns1.dcv.test", 1), questions[7].answer);
	expect(lab, &ASK("dcv.test", 6), questions[0].answer);
	board_set_ready(empty);
	expect(lab, &ASK(SHOP, 16), "NXDOMAIN aa; ? " SHOP ". IN TXT" DENIED);
	board_free(empty);
	lab_close(lab);
}

/* "shop.example\.com" is two labels of which one has a dot. */
Test(authority, a_dot_within_a_label_is_not_one_between_labels)
{
	unsigned char query[QUERY_MAX];
	struct lab lab = lab_open("dcv.test", SERVERS, 0);
	size_t len = query_write(&ASK(SHOP, 16), query);

	memcpy(query + 12, "\4shop\13example.com\4cafe\3dcv\4test", 32);
	cr_assert_eq(authority_answer(lab.authority, query, len, PEER, false, 1, out) > len, true);
	cr_expect_str_eq(answer_text(out, authority_answer(lab.authority, query, len, PEER, false, 1, out)),
	    "NOERROR aa; ? shop.example\\.com.cafe.dcv.test. IN TXT" DENIED);
	query[16] = '\0';	/* nor does a NUL end one */
	cr_expect_not_null(strstr(answer_text(out, authority_answer(lab.authority, query, len, PEER, false, 1, out)), DENIED));
	lab_close(lab);
}

/* ---- sizes -------------------------------------------------------------------------- */

static void
put_values(struct lab lab, size_t count, size_t value_len)
{
	struct board_entry *entries = xcalloc(count, sizeof *entries);
	char *values = xcalloc(count, value_len + 1);

	for (size_t i = 0; i < count; i++) {
		char *value = values + i * (value_len + 1);

		memset(value, 'v', value_len);
		for (size_t n = i, at = 0; n > 0; n /= 10)
			value[at++] = (char)('0' + n % 10);
		entries[i] = (struct board_entry){ BOARD_TXT, "cafe", value };
	}
	board_put(lab.board, "shop.example.com", entries, count);
	free(entries);
	free(values);
}

static size_t
count_of(const char *what)
{
	const char *at = text;
	size_t count = 0;

	for (; (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

/* What is known of each size: header 12, question 35, OPT 11, a value of 43
 * octets 12 + 44. */
Test(authority, a_set_that_does_not_fit_is_asked_for_by_tcp)
{
	static const struct { size_t values; unsigned payload; bool is_tcp; size_t len; } cases[] = {
		/* without EDNS (payload 1): 512 */
		{ 8, 1, false, 48 + 8 * 56 }, { 9, 1, false, 0 }, { 9, 1, true, 48 + 9 * 56 },
		{ 8, 2, false, 48 + 8 * 56 + 11 }, { 8, 100, false, 48 + 8 * 56 + 11 }, { 8, 511, false, 48 + 8 * 56 + 11 }, { 9, 512, false, 0 },
		{ 9, 562, false, 0 }, { 9, 563, false, 48 + 9 * 56 + 11 },
		{ 20, 1232, false, 48 + 20 * 56 + 11 }, { 21, 1232, false, 0 },
		{ 21, 4096, false, 0 }, { 21, 65535, false, 0 }, { 21, 1232, true, 48 + 21 * 56 + 11 },
		{ 300, 4096, true, 48 + 300 * 56 + 11 }, { 1169, 1, true, 48 + 1169 * 56 },
		{ 1169, 4096, true, 48 + 1169 * 56 + 11 },
	};
	struct lab lab = lab_open("dcv.test", SERVERS, 0);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct query q = { .name = SHOP, .type = 16, .has_edns = cases[i].payload > 1, .payload = cases[i].payload };
		size_t len;

		put_values(lab, cases[i].values, 43);
		ask_of(lab, &q, cases[i].is_tcp, &len);
		if (cases[i].len == 0) {
			cr_expect_str_eq(text, q.has_edns ? "NOERROR aa tc; ? " SHOP ". IN TXT; edns 1232" :
			    "NOERROR aa tc; ? " SHOP ". IN TXT", "%zu: %s", i, text);
			continue;
		}
		cr_expect_eq(len, cases[i].len, "%zu: %zu octets", i, len);
		cr_expect_eq(count_of("; an "), cases[i].values, "%zu", i);
		cr_expect_null(strstr(text, " tc"));
	}
	put_values(lab, 1170, 43);
	expect(lab, &ASK(SHOP, 16), "NOERROR aa tc; ? " SHOP ". IN TXT");
	cr_expect_str_eq(ask_of(lab, &ASK(SHOP, 16), true, NULL), "SERVFAIL; ? " SHOP ". IN TXT");
	lab_close(lab);
}

Test(authority, long_values_go_in_strings_of_255)
{
	static const struct { size_t len, strings; } cases[] = {
		{ 1, 1 }, { 254, 1 }, { 255, 1 }, { 256, 2 }, { 510, 2 }, { 511, 3 }, { 16384, 65 }, { 65000, 255 },
	};
	struct lab lab = lab_open("dcv.test", SERVERS, 0);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len, at = 48 + 12, strings = 0, octets = 0;

		put_values(lab, 1, cases[i].len);
		(void)ask_of(lab, &ASK(SHOP, 16), true, &len);
		cr_expect_eq(len, 48 + 12 + cases[i].len + cases[i].strings, "%zu: %zu", i, len);
		for (; at < len; at += 1u + out[at], strings++)
			octets += out[at];
		cr_expect(at == len && strings == cases[i].strings && octets == cases[i].len, "%zu", i);
	}
	put_values(lab, 1, 65536);
	cr_expect_str_eq(ask_of(lab, &ASK(SHOP, 16), true, NULL), "SERVFAIL; ? " SHOP ". IN TXT");
	lab_close(lab);
}

Test(authority, a_value_that_begins_another_is_one_of_its_own)
{
	char values[3][301];
	struct board_entry entries[3];
	struct lab lab = lab_open("dcv.test", SERVERS, 0);
	size_t len;

	for (size_t i = 0; i < 3; i++) {
		memset(values[i], 'v', 300);
		values[i][i == 1 ? 255 : 300] = '\0';
		entries[i] = (struct board_entry){ BOARD_TXT, "cafe", values[i] };
	}
	board_put(lab.board, "shop.example.com", entries, 3);
	(void)ask_of(lab, &ASK(SHOP, 16), true, &len);
	cr_expect_eq(len, 48 + 12 + 302 + 12 + 256, "%zu", len);
	lab_close(lab);
}

/* Names that are as long as names can be, and thirteen name servers. */
Test(authority, answers_about_the_longest_names_stay_within_their_limit)
{
#define L60 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
	static const char domain[] = L60 "." L60 "." L60 ".d123456789012345678901234567890123456789012345678901234";
	char servers[13 * 300] = "", name[300];
	struct lab lab;
	size_t len;

	for (int i = 0; i < 13; i++)
		snprintf(servers + strlen(servers), sizeof servers - strlen(servers), "%s%c.%s=2001:db8::%d=::1=192.0.2.%d",
		    i > 0 ? "," : "", 'a' + i, domain, i, i);
	lab = lab_open(domain, servers, 0);
	cr_expect_not_null(strstr(ask_of(lab, &ASK(domain, 2), false, &len), "; an "));
	cr_expect(len <= 512);
	cr_expect_eq(count_of(" IN NS "), 13);	/* and the addresses that there was room for */
	cr_expect_eq(count_of("; ar "), 2, "%zu of %zu", count_of("; ar "), len);	/* 48 octets: 28 and 16 */
	snprintf(name, sizeof name, "%s.%s", "abcde", domain);
	cr_expect_not_null(strstr(ask_of(lab, &ASK(name, 16), false, &len), "; ns "));
	cr_expect(len <= 512);
	lab_close(lab);

	/* of another zone, so that no pointer helps */
	snprintf(servers, sizeof servers, "%s.net", domain + 5);
	lab = lab_open(L60 "." L60 "." L60 ".test", servers, 0);
	snprintf(name, sizeof name, "%.50s.%s", L60, L60 "." L60 "." L60 ".test");
	cr_expect_eq(strncmp(ask_of(lab, &ASK(name, 16), false, &len), "NXDOMAIN aa tc; ? ", 18), 0);
	cr_expect_not_null(strstr(ask_of(lab, &(struct query){ .name = name, .type = 16, .has_edns = true, .payload = 1232 }, false, &len), "; ns "));
	lab_close(lab);
}

Test(authority, equal_answers_over_the_limit_are_cut_or_dropped_by_udp_only)
{
	struct lab lab = lab_open("dcv.test", SERVERS, 3);
	struct query q = { .name = SHOP, .type = 16, .has_edns = true, .payload = 1232 };
	unsigned char query[QUERY_MAX];
	size_t len = query_write(&q, query);
	struct authority_stats stats;

	for (int i = 0; i < 3; i++)
		expect(lab, &q, "NOERROR aa" SHOP_TXT "; edns 1232");
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(authority_answer(lab.authority, query, len, PEER, false, 1000, out), 0);
		expect(lab, &q, "NOERROR aa tc; ? " SHOP ". IN TXT; edns 1232");
	}
	for (int i = 0; i < 9; i++)
		cr_expect_not_null(strstr(ask_of(lab, &q, true, NULL), "of another zone"));
	expect(lab, &ASK("dcv.test", 6), questions[0].answer);
	for (int i = 0; i < 3; i++)	/* whatever does not exist is the same */
		cr_expect_not_null(strstr(ask_of(lab, &ASK(i == 0 ? "a.dcv.test" : i == 1 ? "b.c.dcv.test" : "x.ns1.dcv.test", 1),
		    false, NULL), "NXDOMAIN"));
	len = query_write(&ASK("f.dcv.test", 1), query);
	cr_expect_eq(authority_answer(lab.authority, query, len, PEER, false, 1000, out), 0);
	cr_expect(authority_answer(lab.authority, query, len, PEER, false, 2000, out) > 0, "a second later");
	stats = authority_stats(lab.authority);
	cr_expect(stats.limited == 7 && stats.queries == stats.answers + 4, "%zu", (size_t)stats.limited);
	lab_close(lab);
}

/* ---- options ------------------------------------------------------------------------- */

Test(authority, a_wrong_option_is_told_with_its_word)
{
	static const struct { const char *domain, *servers, *detail; } cases[] = {
		{ "", "ns.x.net", "dcv_domain is empty" },
		{ NULL, "ns.x.net", "dcv_domain is empty" },
		{ "d_d.test", "ns.x.net", "dcv_domain: \"d_d.test\": only letters" },
		{ "dcv.test", "", "dcv_nameservers is empty" },
		{ "dcv.test", NULL, "dcv_nameservers is empty" },
		{ "dcv.test", "ns.x.net,", "dcv_nameservers: \"\": it is empty" },
		{ "dcv.test", "ns.x.net,,ns2.x.net", "dcv_nameservers: \"\": it is empty" },
		{ "dcv.test", "ns.x.net,n s.x.net", "dcv_nameservers: \"n s.x.net\": only letters" },
		{ "dcv.test", "ns.x.net;ns2.x.net", "dcv_nameservers: \"ns.x.net;ns2.x.net\": only letters" },
		{ "dcv.test", "192.0.2.1", "dcv_nameservers: \"192.0.2.1\": it is an IP address" },
		{ "dcv.test", "ns.dcv.test", "dcv_nameservers: \"ns.dcv.test\": it is below dcv_domain, so" },
		{ "dcv.test", "ns.x.net=192.0.2.1", "dcv_nameservers: \"ns.x.net=192.0.2.1\": it is not below" },
		{ "dcv.test", "ns.dcv.test=192.0.2.256", "dcv_nameservers: \"192.0.2.256\": it is not an address" },
		{ "dcv.test", "ns.dcv.test=", "dcv_nameservers: \"\": it is not an address" },
		{ "dcv.test", "ns.dcv.test=192.0.2.1=", "dcv_nameservers: \"\": it is not an address" },
		{ "dcv.test", "ns.dcv.test=[2001:db8::1]:53", "dcv_nameservers: \"[2001:db8::1]:53\": it is not an address" },
		{ "dcv.test", "ns.x.net, NS.x.net.", "dcv_nameservers: \"NS.x.net.\": it is there twice" },
		{ "dcv.test", "n.dcv.test=::1=::1=::1=::1=::1=::1=::1=::1=::1", "dcv_nameservers: \"n.dcv.test=::1=::1=" },
		{ "dcv.test", "a.x,b.x,c.x,d.x,e.x,f.x,g.x,h.x,i.x,j.x,k.x,l.x,m.x,n.x", "dcv_nameservers: \"n.x\": these are more than 13" },
		{ L60 "." L60 "." L60 "." L60 ".test", "ns.x.net", "dcv_domain: \"" L60 },
	};
	struct board *board = board_new();

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { 0 };

		cr_expect_null(authority_open(&(struct authority_options){ .domain = cases[i].domain, .nameservers = cases[i].servers }, board, &err), "%zu", i);
		cr_assert_str_eq(err.code, "bad_option", "%zu", i);
		cr_expect_eq(strncmp(err.detail, cases[i].detail, strlen(cases[i].detail)), 0, "%s", err.detail);
	}
	board_free(board);
}

Test(authority, a_name_server_may_be_the_domain_itself)
{
	struct lab lab = lab_open("Dcv.Test.", "dcv.test=192.0.2.7, ns.x.net", 0);

	expect(lab, &ASK("dcv.test", 1), "NOERROR aa; ? dcv.test. IN A; an dcv.test. 60 IN A 192.0.2.7");
	expect(lab, &ASK("dcv.test", 2), "NOERROR aa; ? dcv.test. IN NS; an dcv.test. 60 IN NS dcv.test."
	    "; an dcv.test. 60 IN NS ns.x.net.; ar dcv.test. 60 IN A 192.0.2.7");
	lab_close(lab);
}
