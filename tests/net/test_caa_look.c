/* dcv/caa_look: which names are asked for CAA, and what is said to each CA. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "dcv/caa_look.h"
#include "tests/net/fake_zone.h"

TestSuite(caa_look, .timeout = 60);

#define LINES(...) { __VA_ARGS__, NULL }
#define SOA "customer.test. 300 IN SOA ns.customer.test. h.customer.test. 1 3600 600 86400 120"
#define US "https://ca.test/acct/7"

static const char *const lets_encrypt[] = { "letsencrypt.org", NULL };
static const char *const google[] = { "pki.goog", "google.com", NULL };
static const char *const nobody[] = { NULL };
static const struct caa_candidate candidates[] = {
	{ lets_encrypt, US }, { google, NULL }, { nobody, NULL }, { NULL, NULL },
};
enum { CANDIDATES = sizeof(candidates) / sizeof(candidates[0]) };

static const char *const http_then_dns[] = { "http-01", "dns-01", NULL };
static const char *const http_only[] = { "http-01", NULL };
static const char *const dns_only[] = { "dns-01", NULL };

struct seen {
	struct loop *loop;
	unsigned answers;
	const struct caa_said *said;
	unsigned asked;		/* questions that the resolver saw until the answer */
	int64_t began_ms, took_ms;
	struct fake_zone *resolver;
};

/* The answer has nobody but us: asked, not a job, knows where it goes. */
static struct seen *seen;

static void
on_answer(struct asked *asked, struct answer answer)
{
	(void)asked;
	cr_assert_null(answer.err.code);
	seen->answers++;
	seen->said = answer.detail;
	seen->asked = fake_zone_asked(seen->resolver);
	seen->took_ms = loop_now_ms(seen->loop) - seen->began_ms;
	loop_stop(seen->loop);
}

static struct seen
look(struct arena *arena, const char *const *lines, const struct caa_ask *ask, int64_t most_ms)
{
	struct seen s = { .loop = loop_new() };
	const struct question question = { .kind = QUESTION_CAA, .detail = ask };
	struct asked asked = { .question = &question, .arena = arena, .answered = on_answer };
	struct caa_look context = { .loop = s.loop, .most_ms = most_ms };
	char resolver[32];

	seen = &s;
	s.began_ms = loop_now_ms(s.loop);
	s.resolver = fake_zone_new(s.loop, "127.0.0.1", 0, false, lines);
	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_zone_port(s.resolver));
	context.dns = dns_open(s.loop, resolver, NULL);
	caa_look_perform(&context, &asked);
	if (s.answers == 0)
		loop_run(s.loop);
	dns_close(context.dns);		/* what has not answered by now ends here */
	fake_zone_free(s.resolver);
	loop_free(s.loop);
	cr_assert_eq(s.answers, 1);
	return s;
}

static struct seen
look_for(struct arena *arena, const char *const *lines, const char *name, bool wildcard,
    const char *const *methods)
{
	const char *const names[] = { name, wildcard ? arena_printf(arena, "*.%s", name) : NULL, NULL };
	const struct caa_ask ask = { .names = names, .methods = methods,
		.candidates = candidates, .count = CANDIDATES };

	return look(arena, lines, &ask, 0);
}

/* "permitted", "caa_excludes", … */
static const char *
word(const struct caa_said *s)
{
	cr_expect((s->outcome == CAA_PERMITTED) == (s->err.code == NULL));
	cr_expect((s->outcome == CAA_FORBIDDEN) == (s->fix != NULL));
	cr_expect((s->outcome == CAA_UNKNOWN) == (s->err.code != NULL && strcmp(s->err.code, "caa_unknown") == 0));
	return s->err.code != NULL ? s->err.code : "permitted";
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

#define YES "permitted"
#define NO "caa_excludes"
#define NARROW "caa_restricted"
#define UNSURE "caa_unknown"
#define ADD(record) "Add the record " record "."

static const struct row {
	const char *sentence;
	const char *lines[6];
	const char *name;
	bool wildcard;
	const char *const *methods;
	const char *lets_encrypt, *google;
	const char *where, *record, *fix;	/* of Let's Encrypt */
	unsigned asked;				/* 0: does not matter */
} rows[] = {
	{ "without records each may issue, and the name and its parents are asked", LINES(SOA), "shop.customer.test", false,
	    http_only, YES, YES, "", "", "", 3 },
	{ "the name's own record forbids one and permits the other", LINES(SOA, "shop.customer.test. 60 IN CAA 0 issue \"pki.goog\""),
	    "shop.customer.test", false, http_only, NO, YES, "shop.customer.test", "shop.customer.test. CAA 0 issue \"pki.goog\"",
	    ADD("shop.customer.test. CAA 0 issue \"letsencrypt.org\""), 0 },
	{ "the parent's record counts", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"pki.goog\""), "a.shop.customer.test", false,
	    http_only, NO, YES, "customer.test", "customer.test. CAA 0 issue \"pki.goog\"",
	    ADD("customer.test. CAA 0 issue \"letsencrypt.org\""), 0 },
	{ "the second identity of a CA counts as well", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"google.com\""), "customer.test", false,
	    http_only, NO, YES, "customer.test", "customer.test. CAA 0 issue \"google.com\"",
	    ADD("customer.test. CAA 0 issue \"letsencrypt.org\""), 0 },
	{ "a semicolon forbids every CA that is checked", LINES(SOA, "customer.test. 60 IN CAA 0 issue \";\""), "shop.customer.test", false,
	    http_only, NO, NO, "customer.test", "customer.test. CAA 0 issue \";\"", ADD("customer.test. CAA 0 issue \"letsencrypt.org\""), 0 },
	{ "at the end of a CNAME the target's records count", LINES(SOA, "shop.customer.test. 60 IN CNAME cdn.test.",
	    "cdn.test. 60 IN CAA 0 issue \"pki.goog\"", "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\""), "shop.customer.test", false,
	    http_only, NO, YES, "cdn.test", "cdn.test. CAA 0 issue \"pki.goog\"", ADD("cdn.test. CAA 0 issue \"letsencrypt.org\""), 0 },
	{ "a target without records leads to the name's own parent, not to the target's", LINES(SOA, "shop.customer.test. 60 IN CNAME a.cdn.test.",
	    "cdn.test. 60 IN CAA 0 issue \";\"", "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\""), "shop.customer.test", false,
	    http_only, YES, NO, "customer.test", "customer.test. CAA 0 issue \"letsencrypt.org\"", "", 0 },
	{ "SERVFAIL at the name is unknown whatever the parent says", LINES(SOA, "shop.customer.test. 0 IN SERVFAIL -",
	    "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\""), "shop.customer.test", false,
	    http_only, UNSURE, UNSURE, "shop.customer.test", "", "", 0 },
	{ "SERVFAIL at the parent is unknown when the name has no records", LINES(SOA, "customer.test. 0 IN SERVFAIL -"),
	    "shop.customer.test", false, http_only, UNSURE, UNSURE, "customer.test", "", "", 0 },
	{ "SERVFAIL above the records does not matter", LINES(SOA, "test. 0 IN SERVFAIL -",
	    "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\""), "shop.customer.test", false,
	    http_only, YES, NO, "customer.test", "customer.test. CAA 0 issue \"letsencrypt.org\"", "", 0 },
	{ "a critical record that is not understood has to go", LINES(SOA, "customer.test. 60 IN CAA 128 future \"x\"",
	    "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\""), "customer.test", false,
	    http_only, NO, NO, "customer.test", "customer.test. CAA 128 future \"x\"", "Remove the record customer.test. CAA 128 future \"x\".", 0 },
	{ "a critical record goes, and another one comes", LINES(SOA, "customer.test. 60 IN CAA 128 future \"x\"",
	    "customer.test. 60 IN CAA 0 issue \"ca.test\""), "customer.test", false,
	    http_only, NO, NO, "customer.test", "customer.test. CAA 128 future \"x\"", "Remove the record customer.test. CAA 128 future \"x\""
	    ", and add the record customer.test. CAA 0 issue \"letsencrypt.org\".", 0 },
	{ "another account is told from a CA that is not named", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org; accounturi=https://ca.test/acct/8\""),
	    "customer.test", false, http_only, NARROW, NO, "customer.test",
	    "customer.test. CAA 0 issue \"letsencrypt.org; accounturi=https://ca.test/acct/8\"",
	    ADD("customer.test. CAA 0 issue \"letsencrypt.org; accounturi=" US "\""), 0 },
	{ "one method that is permitted is enough", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\""),
	    "customer.test", false, http_then_dns, YES, NO, "customer.test",
	    "customer.test. CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\"", "", 0 },
	{ "the first method is advised", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org; validationmethods=tls-alpn-01\""),
	    "customer.test", false, http_then_dns, NARROW, NO, "customer.test",
	    "customer.test. CAA 0 issue \"letsencrypt.org; validationmethods=tls-alpn-01\"",
	    ADD("customer.test. CAA 0 issue \"letsencrypt.org; validationmethods=http-01\""), 0 },
	{ "a method that is not ours does not permit", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\""),
	    "customer.test", false, http_only, NARROW, NO, "customer.test",
	    "customer.test. CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\"",
	    ADD("customer.test. CAA 0 issue \"letsencrypt.org; validationmethods=http-01\""), 0 },
	{ "a wildcard by issue is permitted", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\""), "customer.test", true,
	    dns_only, YES, NO, "customer.test", "customer.test. CAA 0 issue \"letsencrypt.org\"", "", 0 },
	{ "a wildcard that issuewild forbids is forbidden although the name is not", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\"",
	    "customer.test. 60 IN CAA 0 issuewild \";\""), "customer.test", true, dns_only, NO, NO, "customer.test",
	    "customer.test. CAA 0 issuewild \";\"", ADD("customer.test. CAA 0 issuewild \"letsencrypt.org\""), 0 },
	{ "what forbids the name of a wildcard forbids both", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"ca.test\"",
	    "customer.test. 60 IN CAA 0 issuewild \"letsencrypt.org\""), "customer.test", true, dns_only, NO, NO, "customer.test",
	    "customer.test. CAA 0 issue \"ca.test\"", ADD("customer.test. CAA 0 issue \"letsencrypt.org\""), 0 },
	{ "name and wildcard that are both forbidden are mended at once", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"ca.test\"",
	    "customer.test. 60 IN CAA 0 issuewild \"ca.test\""), "customer.test", true, dns_only, NO, NO, "customer.test",
	    "customer.test. CAA 0 issuewild \"ca.test\"", "Add the record customer.test. CAA 0 issue \"letsencrypt.org\""
	    ", and the record customer.test. CAA 0 issuewild \"letsencrypt.org\".", 0 },
	{ "issuewild does not matter without a wildcard", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\"",
	    "customer.test. 60 IN CAA 0 issuewild \";\""), "customer.test", false, dns_only, YES, NO, "customer.test",
	    "customer.test. CAA 0 issue \"letsencrypt.org\"", "", 0 },
	{ "http does not count for a wildcard, which only the DNS can show", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org; validationmethods=http-01\""),
	    "customer.test", true, http_then_dns, NARROW, NO, "customer.test",
	    "customer.test. CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"",
	    ADD("customer.test. CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\""), 0 },
	{ "for the name of a wildcard http does", LINES(SOA, "customer.test. 60 IN CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"",
	    "customer.test. 60 IN CAA 0 issuewild \"letsencrypt.org\""), "customer.test", true, http_then_dns, YES, NO, "customer.test",
	    "customer.test. CAA 0 issuewild \"letsencrypt.org\"", "", 0 },
	{ "a name of twenty labels is climbed to its top", LINES(SOA, "test. 60 IN CAA 0 issue \"pki.goog\""),
	    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.customer.test", false, http_only, NO, YES, "test", "test. CAA 0 issue \"pki.goog\"",
	    ADD("customer.test. CAA 0 issue \"letsencrypt.org\""), 20 },
	{ "records in the middle end the climb of a deep name", LINES(SOA, "k.l.m.n.o.p.q.r.customer.test. 60 IN CAA 0 issue \"pki.goog\""),
	    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.customer.test", false, http_only, NO, YES, "k.l.m.n.o.p.q.r.customer.test",
	    "k.l.m.n.o.p.q.r.customer.test. CAA 0 issue \"pki.goog\"",
	    ADD("k.l.m.n.o.p.q.r.customer.test. CAA 0 issue \"letsencrypt.org\""), 12 },
	{ "a name of forty labels is still climbed", LINES(SOA),
	    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.customer.test", false, http_only,
	    YES, YES, "", "", "", 40 },
	{ "behind forty names nothing is known", LINES(SOA),
	    "x.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.customer.test", false, http_only,
	    UNSURE, UNSURE, "test", "", "", 40 },
	{ "what is no name is unknown, and nobody is asked", LINES(SOA), "shop..test", false, http_only, UNSURE, UNSURE, "shop..test", "", "", 0 },
};

Test(caa_look, the_nearest_records_decide_for_each_ca)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		auto_arena *arena = arena_new(1 << 20);
		struct seen s = look_for(arena, r->lines, r->name, r->wildcard, r->methods);

		cr_expect_str_eq(word(&s.said[0]), r->lets_encrypt, "%s: %s", r->sentence, word(&s.said[0]));
		cr_expect_str_eq(word(&s.said[1]), r->google, "%s: google: %s", r->sentence, word(&s.said[1]));
		cr_expect_str_eq(word(&s.said[2]), YES, "%s: without identities", r->sentence);
		cr_expect_str_eq(word(&s.said[3]), YES, "%s: without identities", r->sentence);
		cr_expect_str_eq(text(s.said[0].where), r->where, "%s: %s", r->sentence, s.said[0].where);
		cr_expect_str_eq(text(s.said[0].record), r->record, "%s: %s", r->sentence, s.said[0].record);
		cr_expect_str_eq(text(s.said[0].fix), r->fix, "%s: %s", r->sentence, s.said[0].fix);
		if (r->asked != 0)
			cr_expect_eq(s.asked, r->asked, "%s: %u questions", r->sentence, s.asked);
	}
}

Test(caa_look, a_name_that_is_no_name_says_so)
{
	static const char *const lines[] = LINES(SOA);
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look_for(arena, lines, "shop..test", false, http_only);

	cr_assert_str_eq(s.said[0].err.detail, "CAA of shop..test: this is not a name");
	cr_assert_eq(s.asked, 0);
}

Test(caa_look, what_is_too_far_up_is_told_by_its_name)
{
	auto_arena *arena = arena_new(1 << 20);
	static const char *const lines[] = LINES(SOA);
	struct seen s = look_for(arena, lines,
	    "x.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.customer.test", false, http_only);

	cr_assert_not_null(strstr(s.said[0].err.detail, "CAA of test: it is more than 40 names above x.a.b"), "%s",
	    s.said[0].err.detail);
}

Test(caa_look, nobody_is_asked_when_no_ca_has_identities)
{
	static const char *const lines[] = LINES(SOA, "customer.test. 60 IN CAA 0 issue \";\"");
	static const char *const names[] = { "customer.test", NULL };
	const struct caa_ask ask = { .names = names, .methods = http_only, .candidates = candidates + 2, .count = 2 };
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look(arena, lines, &ask, 0);

	cr_assert_eq(s.asked, 0);
	cr_assert_str_eq(word(&s.said[0]), YES);
	cr_assert_str_eq(word(&s.said[1]), YES);
}

Test(caa_look, broken_signatures_and_lame_servers_keep_their_reason)
{
	static const char *const lines[] = LINES(SOA, "customer.test. 0 IN SERVFAIL -");
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look_for(arena, lines, "customer.test", false, http_only);

	cr_assert_eq(s.said[0].err.blame, BLAME_NETWORK);
	cr_assert_not_null(strstr(s.said[0].err.detail, "CAA of customer.test: the name servers of the domain could not be asked"),
	    "%s", s.said[0].err.detail);
}

/* Three tries of two seconds: who waited for them would need six. */
Test(caa_look, silence_above_the_records_is_not_waited_for)
{
	static const char *const lines[] = LINES(SOA, "test. 0 IN SILENCE -", "customer.test. 60 IN CAA 0 issue \"pki.goog\"");
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look_for(arena, lines, "shop.customer.test", false, http_only);

	cr_assert_lt(s.took_ms, 5000);
	cr_assert_str_eq(word(&s.said[0]), NO);
	cr_assert_str_eq(word(&s.said[1]), YES);
}

Test(caa_look, a_resolver_that_is_silent_is_our_trouble)
{
	static const char *const lines[] = LINES(SOA, "customer.test. 0 IN SILENCE -");
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look_for(arena, lines, "shop.customer.test", false, http_only);

	cr_assert_str_eq(word(&s.said[0]), UNSURE);
	cr_assert_str_eq(s.said[0].where, "customer.test");
	cr_assert_eq(s.said[0].err.blame, BLAME_US);
	cr_assert_str_eq(word(&s.said[2]), YES);
}

Test(caa_look, when_time_is_up_what_has_not_answered_is_unknown)
{
	static const char *const lines[] = LINES(SOA, "shop.customer.test. 0 IN SILENCE -",
	    "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\"");
	static const char *const names[] = { "shop.customer.test", NULL };
	const struct caa_ask ask = { .names = names, .methods = http_only, .candidates = candidates, .count = CANDIDATES };
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look(arena, lines, &ask, 300);

	cr_assert_lt(s.took_ms, 5000);	/* the resolver's own time-out is six seconds */
	cr_assert_str_eq(word(&s.said[0]), UNSURE);
	cr_assert_str_eq(s.said[0].where, "shop.customer.test");
	cr_assert_not_null(strstr(s.said[0].err.detail, "our resolver did not answer in time"), "%s", s.said[0].err.detail);
}

Test(caa_look, a_record_without_end_is_shown_in_part)
{
	char line[1000];
	const char *lines[] = LINES(SOA, line);
	auto_arena *arena = arena_new(1 << 20);
	struct seen s;

	snprintf(line, sizeof(line), "customer.test. 60 IN CAA 0 issue \"ca.test; note=%0240d%0240d%0240d\"", 7, 7, 7);
	s = look_for(arena, lines, "customer.test", false, http_only);
	cr_assert_str_eq(word(&s.said[0]), NO);
	cr_assert_eq(strlen(s.said[0].record), 515);
	cr_assert_str_eq(s.said[0].fix, ADD("customer.test. CAA 0 issue \"letsencrypt.org\""));
}

/* ---- certificates with many names --------------------------------------------------- */

/* A hundred of them, n0.customer.test to n99.customer.test; one has a line of
 * its own, after "%s. ". */
enum { MANY = 100 };

struct many {
	struct arena *arena;
	const char *names[MANY + 2];
	const char *lines[2 * MANY + 2];
	size_t line_count;
};

static struct many
many_new(void)
{
	struct many m = { .arena = arena_new(8 << 20), .lines = { SOA }, .line_count = 1 };

	for (int i = 0; i < MANY; i++)
		m.names[i] = arena_printf(m.arena, "n%d.customer.test", i);
	return m;
}

static void
many_has(struct many *m, size_t i, const char *rest)
{
	m->lines[m->line_count++] = arena_printf(m->arena, "%s. %s", m->names[i], rest);
}

static struct seen
many_look(const struct many *m, const char *const *methods, int64_t most_ms)
{
	const struct caa_ask ask = { .names = m->names, .methods = methods,
		.candidates = candidates, .count = CANDIDATES };

	return look(m->arena, m->lines, &ask, most_ms);
}

#define FORBIDS_ALL "60 IN CAA 0 issue \";\""
#define FOR_GOOGLE "60 IN CAA 0 issue \"pki.goog\""
#define FOR_LETS_ENCRYPT "60 IN CAA 0 issue \"letsencrypt.org\""

Test(caa_look, one_forbidden_name_among_a_hundred_forbids_all_wherever_it_stands)
{
	for (size_t k = 0; k < MANY; k++) {
		struct many m = many_new();
		struct seen s;

		many_has(&m, k, FORBIDS_ALL);
		s = many_look(&m, http_only, 0);
		for (size_t i = 0; i < 2; i++) {
			cr_expect_str_eq(word(&s.said[i]), NO, "%zu", k);
			cr_expect_str_eq(text(s.said[i].where), m.names[k]);
			cr_expect_str_eq(text(s.said[i].record),
			    arena_printf(m.arena, "%s. CAA 0 issue \";\"", m.names[k]));
			cr_expect_not_null(strstr(text(s.said[i].err.detail), m.names[k]), "%s", s.said[i].err.detail);
		}
		cr_expect_str_eq(text(s.said[0].fix),
		    arena_printf(m.arena, ADD("%s. CAA 0 issue \"letsencrypt.org\""), m.names[k]));
		cr_expect_str_eq(word(&s.said[2]), YES);
		arena_free(m.arena);
	}
}

Test(caa_look, one_name_that_cannot_be_looked_up_leaves_a_hundred_unknown)
{
	for (size_t k = 0; k < MANY; k++) {
		struct many m = many_new();
		struct seen s;

		many_has(&m, k, "0 IN SERVFAIL -");
		s = many_look(&m, http_only, 0);
		for (size_t i = 0; i < 2; i++) {
			cr_expect_str_eq(word(&s.said[i]), UNSURE, "%zu", k);
			cr_expect_str_eq(text(s.said[i].where), m.names[k]);
			cr_expect_eq(s.said[i].err.blame, BLAME_NETWORK);
		}
		cr_expect_str_eq(word(&s.said[2]), YES);
		arena_free(m.arena);
	}
}

Test(caa_look, a_forbidden_wildcard_is_found_wherever_it_stands)
{
	for (size_t k = 0; k < MANY; k++) {
		struct many m = many_new();
		struct seen s;

		many_has(&m, k, "60 IN CAA 0 issuewild \";\"");
		m.names[k] = arena_printf(m.arena, "*.%s", m.names[k]);
		s = many_look(&m, dns_only, 0);
		cr_expect_str_eq(word(&s.said[0]), NO, "%zu", k);
		cr_expect_str_eq(text(s.said[0].where), m.names[k] + 2);
		arena_free(m.arena);
	}
}

Test(caa_look, a_hundred_permitted_names_are_permitted_and_their_parents_asked_once)
{
	struct many m = many_new();
	struct seen s;

	for (size_t i = 1; i < MANY; i += 2)
		many_has(&m, i, FOR_LETS_ENCRYPT);
	m.lines[m.line_count++] = "customer.test. 60 IN CAA 0 issue \"letsencrypt.org\"";
	s = many_look(&m, http_only, 0);
	cr_expect_str_eq(word(&s.said[0]), YES);
	cr_expect_str_eq(word(&s.said[1]), NO);
	cr_expect_str_eq(text(s.said[1].where), "customer.test");
	cr_expect_eq(s.asked, MANY + 2, "%u", s.asked);
	arena_free(m.arena);
}

Test(caa_look, without_any_records_a_hundred_names_are_permitted)
{
	struct many m = many_new();
	struct seen s = many_look(&m, http_only, 0);

	cr_expect_str_eq(word(&s.said[0]), YES);
	cr_expect_str_eq(word(&s.said[1]), YES);
	cr_expect_eq(s.asked, MANY + 2, "%u", s.asked);
	arena_free(m.arena);
}

Test(caa_look, for_more_than_a_hundred_names_nothing_is_known)
{
	struct many m = many_new();
	struct seen s;

	m.names[MANY] = "more.customer.test";
	s = many_look(&m, http_only, 0);
	cr_expect_str_eq(word(&s.said[0]), UNSURE);
	cr_expect_str_eq(word(&s.said[2]), YES);
	cr_expect_eq(s.asked, 0);
	arena_free(m.arena);
}

Test(caa_look, what_is_forbidden_counts_more_than_what_is_unknown)
{
	struct many m = many_new();
	struct seen s;

	many_has(&m, 1, "0 IN SERVFAIL -");
	many_has(&m, 70, FOR_GOOGLE);
	many_has(&m, 90, FORBIDS_ALL);
	s = many_look(&m, http_only, 0);
	cr_expect_str_eq(word(&s.said[0]), NO);
	cr_expect_str_eq(s.said[0].where, "n70.customer.test");
	cr_expect_str_eq(word(&s.said[1]), NO);
	cr_expect_str_eq(s.said[1].where, "n90.customer.test");
	arena_free(m.arena);
}

/* The answer for the first one takes two rounds of questions. */
Test(caa_look, the_first_forbidden_name_decides_although_another_is_found_before)
{
	struct many m = many_new();
	struct seen s;

	m.names[0] = "a.b.c.d.e.deep.customer.test";
	m.lines[m.line_count++] = "deep.customer.test. 60 IN CAA 0 issue \";\"";
	for (size_t i = 1; i < MANY; i++)
		many_has(&m, i, FORBIDS_ALL);
	s = many_look(&m, http_only, 0);
	cr_expect_str_eq(word(&s.said[0]), NO);
	cr_expect_str_eq(s.said[0].where, "deep.customer.test");
	cr_expect_eq(strncmp(s.said[0].err.detail, "a.b.c.d.e.deep.customer.test: deep.customer.test. CAA", 53), 0, "%s",
	    s.said[0].err.detail);
	arena_free(m.arena);
}

Test(caa_look, a_wildcard_alone_is_not_judged_by_the_rule_for_the_name)
{
	static const char *const lines[] = LINES(SOA, "customer.test. 60 IN CAA 0 issue \"ca.test\"",
	    "customer.test. 60 IN CAA 0 issuewild \"letsencrypt.org\"");
	static const char *const alone[] = { "*.customer.test", NULL };
	static const char *const both[] = { "*.customer.test", "shop.customer.test", "CUSTOMER.test.", NULL };
	auto_arena *arena = arena_new(1 << 20);
	struct caa_ask ask = { .names = alone, .methods = dns_only, .candidates = candidates, .count = CANDIDATES };

	cr_expect_str_eq(word(&look(arena, lines, &ask, 0).said[0]), YES);
	ask.names = both;
	cr_expect_str_eq(word(&look(arena, lines, &ask, 0).said[0]), NO);
}

Test(caa_look, a_name_and_its_wildcard_share_their_look)
{
	static const char *const lines[] = LINES(SOA);
	static const char *const names[] = { "customer.test", "shop.customer.test", "*.customer.test", "Customer.Test.",
		"*.shop.customer.test", NULL };
	auto_arena *arena = arena_new(1 << 20);
	const struct caa_ask ask = { .names = names, .methods = dns_only, .candidates = candidates, .count = CANDIDATES };
	struct seen s = look(arena, lines, &ask, 0);

	cr_expect_str_eq(word(&s.said[0]), YES);
	cr_expect_eq(s.asked, 3, "%u", s.asked);
}

/* Four of them are asked for each of the first two names, and stay silent for
 * two seconds. */
Test(caa_look, at_most_eight_questions_have_no_answer)
{
	struct many m = many_new();
	struct seen s;

	for (size_t i = 0; i < 10; i++) {
		m.names[i] = arena_printf(m.arena, "a.b.c.n%zu.customer.test", i);
		for (size_t k = 0; k <= strlen("a.b.c."); k += 2)
			m.lines[m.line_count++] = arena_printf(m.arena, "%s. 0 IN SILENCE -", m.names[i] + k);
	}
	s = many_look(&m, http_only, 1000);
	cr_expect_str_eq(word(&s.said[0]), UNSURE);
	cr_expect_str_eq(s.said[0].where, "a.b.c.n0.customer.test");
	cr_expect_not_null(strstr(s.said[0].err.detail, "our resolver did not answer in time"), "%s", s.said[0].err.detail);
	cr_expect_eq(s.asked, 8, "%u", s.asked);
	arena_free(m.arena);
}

/* The parent's answer came with that for the first name. */
Test(caa_look, an_answer_is_kept_until_the_last_name_came_to_it)
{
	struct many m = many_new();
	struct seen s;

	m.lines[m.line_count++] = "customer.test. " FORBIDS_ALL;
	for (size_t i = 0; i < MANY - 1; i++)
		many_has(&m, i, FOR_GOOGLE);
	s = many_look(&m, http_only, 0);
	cr_expect_str_eq(word(&s.said[1]), NO);
	cr_expect_str_eq(text(s.said[1].where), "customer.test");
	cr_expect_not_null(strstr(text(s.said[1].err.detail), "n99.customer.test: "), "%s", s.said[1].err.detail);
	cr_expect_eq(s.asked, MANY + 2, "%u", s.asked);
	arena_free(m.arena);
}

Test(caa_look, a_silent_name_does_not_hold_up_the_others)
{
	struct many m = many_new();
	struct seen s;

	many_has(&m, 3, "0 IN SILENCE -");
	many_has(&m, 99, FOR_GOOGLE);
	s = many_look(&m, http_only, 1500);
	cr_expect_str_eq(word(&s.said[0]), NO);
	cr_expect_str_eq(s.said[0].where, "n99.customer.test");
	cr_expect_str_eq(word(&s.said[1]), UNSURE);
	cr_expect_str_eq(s.said[1].where, "n3.customer.test");
	cr_expect_eq(s.asked, MANY + 2, "%u", s.asked);
	arena_free(m.arena);
}
