/* dcv/look: what is behind a SERVFAIL. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "dcv/look.h"
#include "dcv/proof.h"
#include "io/dns.h"
#include "tests/net/servers.h"

TestSuite(look, .timeout = 30);

struct seen {
	struct loop *loop;
	struct arena *arena;
	unsigned answers;
	struct answer answer;
	unsigned asked;		/* questions that the resolver saw */
};

/* The answer has nobody but us: asked, not a job, knows where it goes. */
static struct seen *seen;

static void
on_answer(struct asked *asked, struct answer answer)
{
	(void)asked;
	seen->answers++;
	seen->answer = answer;
	loop_stop(seen->loop);
}

static struct seen
look(struct arena *arena, const struct dns_rule *rules, const char *name, const char *type)
{
	struct seen s = { .loop = loop_new(), .arena = arena };
	struct fake_dns *f = fake_dns_new(s.loop, rules, true);
	const struct question question = { .kind = QUESTION_DNS, .name = name, .type = type };
	struct asked asked = { .question = &question, .arena = arena, .answered = on_answer };
	struct dns *dns;
	char resolver[32];

	seen = &s;
	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_dns_port(f));
	dns = dns_open(s.loop, resolver, NULL);
	look_perform(dns, &asked);
	if (s.answers == 0)
		loop_run(s.loop);
	s.asked = fake_dns_asked_udp(f);
	dns_close(dns);
	fake_dns_free(f);
	loop_free(s.loop);
	cr_assert_eq(s.answers, 1);
	return s;
}

static const struct dns_rule rules[] = {
	{ .name = "plain.test", .a = { "192.0.2.1", "192.0.2.2" } },
	{ .name = "silent.test", .udp = DNS_IS_SILENT },
	{ .name = "refused.test", .udp = DNS_REFUSES },
	{ .name = "lame.test", .udp = DNS_SERVFAILS },
	{ .name = "forged.test", .bogus = true, .a = { "192.0.2.3" } },
	{ .name = "passing.test", .fails_until = 1, .a = { "192.0.2.4" } },
	{ .name = "self.test", .udp = DNS_SERVFAILS, .cname = "SELF.test" },
	{ .name = "a.test", .udp = DNS_SERVFAILS, .cname = "b.test" },
	{ .name = "b.test", .udp = DNS_SERVFAILS, .cname = "c.test" },
	{ .name = "c.test", .udp = DNS_SERVFAILS, .cname = "b.test" },
	{ .name = "to-lame.test", .udp = DNS_SERVFAILS, .cname = "lame.test" },
	{ .name = "to-nowhere.test", .udp = DNS_SERVFAILS, .cname = "nowhere.test" },
	{ .name = "to-unaskable.test", .udp = DNS_SERVFAILS, .cname = "http://x.test" },
	{ .name = "n0.test", .udp = DNS_SERVFAILS, .cname = "n1.test" },
	{ .name = "n1.test", .udp = DNS_SERVFAILS, .cname = "n2.test" },
	{ .name = "n2.test", .udp = DNS_SERVFAILS, .cname = "n3.test" },
	{ .name = "n3.test", .udp = DNS_SERVFAILS, .cname = "n4.test" },
	{ .name = "n4.test", .udp = DNS_SERVFAILS, .cname = "n5.test" },
	{ .name = "n5.test", .udp = DNS_SERVFAILS, .cname = "n6.test" },
	{ .name = "n6.test", .udp = DNS_SERVFAILS, .cname = "n7.test" },
	{ .name = "n7.test", .udp = DNS_SERVFAILS, .cname = "n8.test" },
	{ .name = "n8.test", .udp = DNS_SERVFAILS, .cname = "n9.test" },
	{ .name = "n9.test", .udp = DNS_SERVFAILS },
	{ 0 },
};

Test(look, a_servfail_is_looked_into)
{
	static const struct {
		const char *name, *type, *code;
		enum blame blame;
		size_t count;
		bool is_reply;
		unsigned asked;
	} cases[] = {
		{ "plain.test", "A", NULL, BLAME_NONE, 2, true, 1 },
		{ "plain.test", "TXT", NULL, BLAME_NONE, 0, true, 1 },
		{ "nowhere.test", "AAAA", NULL, BLAME_NONE, 0, true, 1 },
		{ "refused.test", "A", "dns_refused", BLAME_NETWORK, 0, false, 1 },
		/* the name, without validation, its CNAME */
		{ "lame.test", "A", "dns_servfail", BLAME_NETWORK, 0, false, 3 },
		{ "lame.test", "CAA", "dns_servfail", BLAME_NETWORK, 0, false, 2 },
		{ "lame.test", "NS", "dns_servfail", BLAME_NETWORK, 0, false, 2 },
		{ "forged.test", "A", "dns_bogus", BLAME_NETWORK, 0, false, 3 },
		{ "forged.test", "TXT", "dns_bogus", BLAME_NETWORK, 0, false, 3 },
		{ "forged.test", "CAA", "dns_bogus", BLAME_NETWORK, 0, false, 3 },
		/* a server that has come back meanwhile is not called forged */
		{ "passing.test", "A", NULL, BLAME_NONE, 1, true, 3 },
		{ "self.test", "A", "cname_loop", BLAME_CUSTOMER, 1, true, 3 },
		{ "a.test", "A", "cname_loop", BLAME_CUSTOMER, 3, true, 5 },
		{ "a.test", "AAAA", "cname_loop", BLAME_CUSTOMER, 3, true, 5 },
		{ "a.test", "TXT", "cname_loop", BLAME_CUSTOMER, 3, true, 5 },
		{ "a.test", "CAA", "dns_servfail", BLAME_NETWORK, 0, false, 2 },
		{ "n0.test", "A", "cname_loop", BLAME_CUSTOMER, 9, true, 11 },
		{ "n1.test", "A", "dns_servfail", BLAME_NETWORK, 0, false, 11 },
		{ "to-lame.test", "A", "dns_servfail", BLAME_NETWORK, 0, false, 4 },
		{ "to-nowhere.test", "A", "dns_servfail", BLAME_NETWORK, 0, false, 4 },
		{ "to-unaskable.test", "A", "dns_servfail", BLAME_NETWORK, 0, false, 3 },
		{ "a..test", "A", "dns_bad_name", BLAME_CUSTOMER, 0, false, 0 },
		{ "plain.test", "MX", "internal", BLAME_US, 0, false, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_arena *arena = arena_new(1 << 20);
		struct seen s = look(arena, rules, cases[i].name, cases[i].type);
		const struct answer *a = &s.answer;

		cr_expect_str_eq(a->err.code != NULL ? a->err.code : "", cases[i].code != NULL ? cases[i].code : "",
		    "%s %s: %s", cases[i].name, cases[i].type, a->err.code);
		cr_expect_eq(a->err.blame, cases[i].blame, "%s: %d", cases[i].name, (int)a->err.blame);
		cr_expect_eq(a->count, cases[i].count, "%s: %zu records", cases[i].name, a->count);
		cr_expect_eq(a->detail != NULL, cases[i].is_reply, "%s: a reply?", cases[i].name);
		cr_expect_eq(s.asked, cases[i].asked, "%s %s: %u questions", cases[i].name, cases[i].type, s.asked);
	}
}

Test(look, our_own_trouble_is_not_looked_into)
{
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look(arena, rules, "silent.test", "A");

	cr_expect_str_eq(s.answer.err.code, "dns_timeout");
	cr_expect_eq(s.answer.err.blame, BLAME_US);
	cr_expect_eq(s.asked, 3);	/* three tries of one question */
}

Test(look, a_circle_is_told_by_its_links)
{
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look(arena, rules, "a.test", "A");
	const struct dns_reply *reply = s.answer.detail;
	bool loop;

	proof_chain_end(reply, "a.test", &loop);
	cr_expect(loop);
	cr_expect_str_eq(s.answer.err.detail, "a.test -> b.test -> c.test -> b.test");
	cr_expect_eq(s.answer.status, 0);
	cr_expect_str_eq(reply->records[0].owner, "a.test");
	cr_expect_str_eq(reply->records[2].owner, "c.test");
	cr_expect_str_eq(s.answer.values[2], "b.test");
}

Test(look, a_chain_that_is_too_long_is_told_like_a_circle)
{
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look(arena, rules, "n0.test", "A");
	bool loop;

	proof_chain_end(s.answer.detail, "n0.test", &loop);
	cr_expect(loop);
}

Test(look, an_answer_is_all_in_the_arena)
{
	auto_arena *arena = arena_new(1 << 20);
	struct seen s = look(arena, rules, "plain.test", "A");
	const struct dns_reply *reply = s.answer.detail;

	/* the resolver is gone by now, and what it had with it */
	cr_expect_eq(reply->count, 2);
	cr_expect_str_eq(reply->records[0].owner, "plain.test");
	cr_expect_str_eq(s.answer.values[1], "192.0.2.2");
	cr_expect_eq(s.answer.status, 0);
	s = look(arena, rules, "nowhere.test", "A");
	cr_expect_eq(s.answer.status, 3);
}
