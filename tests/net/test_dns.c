/* io/dns against resolvers that misbehave. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/dns.h"
#include "io/dns.h"
#include "tests/net/servers.h"

TestSuite(dns, .timeout = 30);

struct outcome {
	struct loop *loop;
	unsigned calls;
	char code[32];		/* "" when there was a reply */
	int rcode;
	size_t count;
	char value[64];		/* of the first record */
};

static void
on_done(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct outcome *o = arg;

	cr_assert((reply == NULL) != (err == NULL));
	o->calls++;
	if (err != NULL) {
		snprintf(o->code, sizeof(o->code), "%s", err->code);
	} else {
		o->rcode = reply->rcode;
		o->count = reply->count;
		if (reply->count > 0)
			snprintf(o->value, sizeof(o->value), "%s", reply->records[0].value);
	}
	loop_stop(o->loop);
}

static struct outcome
ask_at(const char *resolvers, struct loop *loop, const char *name)
{
	struct outcome o = { .loop = loop };
	struct dns *dns = dns_open(loop, resolvers, NULL);

	cr_assert_not_null(dns);
	dns_ask(dns, name, DNS_A, on_done, &o);
	cr_assert_eq(o.calls, 0, "the answer came inside of the question");
	loop_run(loop);
	dns_close(dns);
	cr_assert_eq(o.calls, 1);
	return o;
}

static struct outcome
ask(struct loop *loop, const struct fake_dns *f, const char *name)
{
	char resolver[32];

	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_dns_port(f));
	return ask_at(resolver, loop, name);
}

static const struct dns_rule rules[] = {
	{ .name = "plain.test", .a = { "192.0.2.1", "192.0.2.2" } },
	{ .name = "empty.test" },
	{ .name = "servfail.test", .udp = DNS_SERVFAILS },
	{ .name = "refused.test", .udp = DNS_REFUSES },
	{ .name = "formerr.test", .udp = DNS_FORMERRS },
	{ .name = "wrong-id.test", .udp = DNS_LIES_ONCE_ID, .a = { "192.0.2.3" } },
	{ .name = "wrong-question.test", .udp = DNS_LIES_ONCE_QUESTION, .a = { "192.0.2.4" } },
	{ .name = "wrong-type.test", .udp = DNS_LIES_ONCE_TYPE, .a = { "192.0.2.5" } },
	{ .name = "echo.test", .udp = DNS_SENDS_THE_QUERY_BACK_FIRST, .a = { "192.0.2.6" } },
	{ .name = "junk.test", .udp = DNS_SENDS_JUNK_FIRST, .a = { "192.0.2.7" } },
	{ .name = "forged.test", .udp = DNS_LIES_FOR_EVER, .a = { "192.0.2.8" } },
	{ .name = "long.test", .udp = DNS_TRUNCATES, .a = { "192.0.2.9" } },
	{ .name = "drip.test", .udp = DNS_TRUNCATES, .tcp = DNS_DRIPS, .a = { "192.0.2.10" } },
	{ .name = "cut.test", .udp = DNS_CUTS, .a = { "192.0.2.11" } },
	{ .name = "cut-twice.test", .udp = DNS_CUTS, .tcp = DNS_CUTS, .a = { "192.0.2.12" } },
	{ .name = "tc-twice.test", .udp = DNS_TRUNCATES, .tcp = DNS_TRUNCATES },
	{ .name = "tc-servfail.test", .udp = DNS_TRUNCATES, .tcp = DNS_SERVFAILS },
	{ .name = "tc-closed.test", .udp = DNS_TRUNCATES, .tcp = DNS_CLOSES },
	{ .name = "tc-forged.test", .udp = DNS_TRUNCATES, .tcp = DNS_LIES_FOR_EVER },
	{ .name = "silent.test", .udp = DNS_IS_SILENT },
	{ .name = "held.test", .udp = DNS_HOLDS },
	{ 0 },
};

Test(dns, each_fault_has_its_outcome)
{
	static const struct {
		const char *name, *code;
		int rcode;
		size_t count;
		const char *value;
		unsigned udp, tcp;	/* questions that the resolver saw */
	} cases[] = {
		{ "plain.test", "", 0, 2, "192.0.2.1", 1, 0 },
		{ "PLAIN.test.", "", 0, 2, "192.0.2.1", 1, 0 },
		{ "empty.test", "", 0, 0, "", 1, 0 },
		{ "nowhere.test", "", 3, 0, "", 1, 0 },
		{ "servfail.test", "dns_servfail", 0, 0, "", 1, 0 },
		{ "formerr.test", "dns_servfail", 0, 0, "", 1, 0 },
		{ "refused.test", "dns_refused", 0, 0, "", 1, 0 },
		{ "wrong-id.test", "", 0, 1, "192.0.2.3", 1, 0 },
		{ "wrong-question.test", "", 0, 1, "192.0.2.4", 1, 0 },
		{ "wrong-type.test", "", 0, 1, "192.0.2.5", 1, 0 },
		{ "echo.test", "", 0, 1, "192.0.2.6", 1, 0 },
		{ "junk.test", "", 0, 1, "192.0.2.7", 1, 0 },
		{ "forged.test", "", 0, 1, "192.0.2.8", 1, 1 },
		{ "long.test", "", 0, 1, "192.0.2.9", 1, 1 },
		{ "drip.test", "", 0, 1, "192.0.2.10", 1, 1 },
		{ "cut.test", "", 0, 1, "192.0.2.11", 1, 1 },
		{ "cut-twice.test", "dns_malformed", 0, 0, "", 1, 1 },
		{ "tc-twice.test", "dns_malformed", 0, 0, "", 1, 1 },
		{ "tc-servfail.test", "dns_servfail", 0, 0, "", 1, 1 },
		{ "tc-closed.test", "dns_resolver_down", 0, 0, "", 3, 3 },
		{ "tc-forged.test", "dns_resolver_down", 0, 0, "", 3, 3 },
		{ "localhost", "", 3, 0, "", 0, 0 },
		{ "a.LocalHost.", "", 3, 0, "", 0, 0 },
		{ "a..test", "dns_bad_name", 0, 0, "", 0, 0 },
		{ "", "dns_bad_name", 0, 0, "", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct loop *loop = loop_new();
		struct fake_dns *f = fake_dns_new(loop, rules, true);
		struct outcome o = ask(loop, f, cases[i].name);

		cr_expect_str_eq(o.code, cases[i].code, "%s: %s", cases[i].name, o.code);
		cr_expect_eq(o.rcode, cases[i].rcode, "%s: rcode %d", cases[i].name, o.rcode);
		cr_expect_eq(o.count, cases[i].count, "%s: %zu records", cases[i].name, o.count);
		cr_expect_str_eq(o.value, cases[i].value, "%s: %s", cases[i].name, o.value);
		cr_expect_eq(fake_dns_asked_udp(f), cases[i].udp, "%s: %u by UDP", cases[i].name, fake_dns_asked_udp(f));
		cr_expect_eq(fake_dns_asked_tcp(f), cases[i].tcp, "%s: %u by TCP", cases[i].name, fake_dns_asked_tcp(f));
		fake_dns_free(f);
		loop_free(loop);
	}
}

Test(dns, a_question_is_put_as_it_was_meant)
{
	static const unsigned flags[] = { [DNS_RECURSIVE] = 0x0120, [DNS_UNCHECKED] = 0x0110, [DNS_DIRECT] = 0 };
	struct loop *loop = loop_new();
	struct fake_dns *f = fake_dns_new(loop, rules, true);
	struct outcome o = { .loop = loop };
	struct dns *dns;
	char server[32];

	snprintf(server, sizeof(server), "127.0.0.1:%u", fake_dns_port(f));
	dns = dns_open(loop, server, NULL);
	for (enum dns_how how = DNS_RECURSIVE; how <= DNS_DIRECT; how++) {
		dns_ask_how(dns, "plain.test", DNS_A, how, on_done, &o);
		loop_run(loop);
		cr_expect_str_eq(o.value, "192.0.2.1");
		cr_expect_eq(fake_dns_flags(f), flags[how], "%d: %04x", (int)how, fake_dns_flags(f));
	}
	dns_ask(dns, "plain.test", DNS_A, on_done, &o);
	loop_run(loop);
	cr_expect_eq(fake_dns_flags(f), flags[DNS_RECURSIVE]);
	dns_close(dns);
	fake_dns_free(f);
	loop_free(loop);
}

Test(dns, a_truncated_reply_without_tcp_is_no_answer)
{
	struct loop *loop = loop_new();
	struct fake_dns *f = fake_dns_new(loop, rules, false);

	cr_expect_str_eq(ask(loop, f, "long.test").code, "dns_resolver_down");
	fake_dns_free(f);
	loop_free(loop);
}

Test(dns, a_resolver_that_times_out_is_nobodys_answer)
{
	struct loop *loop = loop_new();
	struct fake_dns *f = fake_dns_new(loop, rules, true);
	int64_t start = loop_now_ms(loop), took;
	struct outcome o = ask(loop, f, "silent.test");

	took = loop_now_ms(loop) - start;
	cr_expect_str_eq(o.code, "dns_timeout");
	cr_expect_eq(fake_dns_asked_udp(f), 3);
	cr_expect(took >= 5900 && took < 8000, "it took %ld ms", (long)took);
	fake_dns_free(f);
	loop_free(loop);
}

Test(dns, resolvers_that_nobody_runs_are_down_at_once)
{
	struct loop *loop = loop_new();
	int64_t start = loop_now_ms(loop);
	char resolvers[64];

	snprintf(resolvers, sizeof(resolvers), "127.0.0.1:%u,127.0.0.1:%u", dead_port(), dead_port());
	cr_expect_str_eq(ask_at(resolvers, loop, "plain.test").code, "dns_resolver_down");
	cr_expect_lt(loop_now_ms(loop) - start, 1000);
	loop_free(loop);
}

Test(dns, the_next_resolver_is_asked_when_one_is_refused_or_silent)
{
	static const struct dns_rule mute[] = { { .name = "plain.test", .udp = DNS_IS_SILENT }, { 0 } };
	struct loop *loop = loop_new();
	struct fake_dns *good = fake_dns_new(loop, rules, true), *bad = fake_dns_new(loop, mute, true);
	struct outcome o = { .loop = loop };
	struct dns *dns;
	char resolvers[96];

	snprintf(resolvers, sizeof(resolvers), "127.0.0.1:%u, 127.0.0.1:%u, 127.0.0.1:%u", dead_port(),
	    fake_dns_port(bad), fake_dns_port(good));
	dns = dns_open(loop, resolvers, NULL);
	dns_ask(dns, "plain.test", DNS_A, on_done, &o);
	loop_run(loop);
	cr_expect_str_eq(o.value, "192.0.2.1");
	cr_expect_eq(fake_dns_asked_udp(bad), 1);
	/* The one that worked is remembered. */
	dns_ask(dns, "plain.test", DNS_A, on_done, &o);
	loop_run(loop);
	cr_expect_eq(o.calls, 2);
	cr_expect_eq(fake_dns_asked_udp(bad), 1);
	cr_expect_eq(fake_dns_asked_udp(good), 2);
	dns_close(dns);
	fake_dns_free(good);
	fake_dns_free(bad);
	loop_free(loop);
}

static void
on_counted(void *arg, const struct dns_reply *reply, const struct err *err)
{
	unsigned *count = arg;

	(void)err;
	if (reply != NULL)
		++*count;
}

Test(dns, more_than_512_questions_wait_their_turn)
{
	struct loop *loop = loop_new();
	struct fake_dns *f = fake_dns_new(loop, rules, true);
	unsigned count = 0;
	struct dns *dns;
	char resolver[32];

	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_dns_port(f));
	dns = dns_open(loop, resolver, NULL);
	for (int i = 0; i < 700; i++) {
		dns_ask(dns, "held.test", DNS_A, on_counted, &count);
		loop_turn(loop, false);
	}
	while (fake_dns_held(f) < 512)
		loop_turn(loop, true);
	for (int i = 0; i < 10; i++)
		loop_turn(loop, false);
	cr_expect_eq(fake_dns_held(f), 512);
	while (count < 700) {
		fake_dns_release(f);
		loop_turn(loop, true);
	}
	dns_close(dns);
	fake_dns_free(f);
	loop_free(loop);
}

static void
on_closed(void *arg, const struct dns_reply *reply, const struct err *err)
{
	unsigned *count = arg;

	cr_assert_null(reply);
	cr_expect_str_eq(err->code, "dns_resolver_down");
	++*count;
}

Test(dns, closing_ends_every_question)
{
	struct loop *loop = loop_new();
	struct fake_dns *f = fake_dns_new(loop, rules, true);
	unsigned count = 0;
	struct dns *dns;
	char resolver[32];

	snprintf(resolver, sizeof(resolver), "127.0.0.1:%u", fake_dns_port(f));
	dns = dns_open(loop, resolver, NULL);
	for (int i = 0; i < 600; i++)
		dns_ask(dns, i == 0 ? "localhost" : "silent.test", DNS_A, on_closed, &count);
	cr_expect_eq(count, 0);
	dns_close(dns);
	cr_expect_eq(count, 600);
	fake_dns_free(f);
	loop_free(loop);
}

Test(dns, one_resolver_is_asked_alone)
{
	static const struct dns_rule other[] = { { .name = "plain.test", .a = { "192.0.2.9" } }, { .name = "refused.test" }, { 0 } };
	struct loop *loop = loop_new();
	struct fake_dns *first = fake_dns_new(loop, rules, true), *second = fake_dns_new(loop, other, true);
	struct outcome o = { .loop = loop }, dead = { .loop = loop };
	char resolvers[96];
	struct dns *dns;

	snprintf(resolvers, sizeof(resolvers), "127.0.0.1:%u,127.0.0.1:%u,127.0.0.1:%u", fake_dns_port(first),
	    dead_port(), fake_dns_port(second));
	dns = dns_open(loop, resolvers, NULL);
	cr_expect_eq(dns_resolver_count(dns), 3);
	dns_ask_resolver(dns, 2, "plain.test", DNS_A, on_done, &o);
	loop_run(loop);
	cr_expect_str_eq(o.value, "192.0.2.9");
	cr_expect_eq(fake_dns_flags(second), 0x0120);
	cr_expect_eq(fake_dns_asked_udp(first), 0);
	dns_ask_resolver(dns, 1, "plain.test", DNS_A, on_done, &dead);
	loop_run(loop);
	cr_expect_str_eq(dead.code, "dns_resolver_down");
	cr_expect_eq(fake_dns_asked_udp(first) + fake_dns_asked_udp(second), 1, "another was asked in its place");
	/* and what is asked next goes where it went before */
	o = (struct outcome){ .loop = loop };
	dns_ask(dns, "plain.test", DNS_A, on_done, &o);
	loop_run(loop);
	cr_expect_str_eq(o.value, "192.0.2.1");
	dns_close(dns);
	fake_dns_free(first);
	fake_dns_free(second);
	loop_free(loop);
}

Test(dns, a_server_that_is_no_resolver_of_ours_is_asked_for_what_it_knows_itself)
{
	struct loop *loop = loop_new();
	struct fake_dns *f = fake_dns_new(loop, rules, true);
	struct dns *dns = dns_open(loop, "127.0.0.1:1", NULL);
	struct outcome o = { .loop = loop };
	struct sockaddr_storage server;
	unsigned count = 0;

	cr_assert(addr_parse("127.0.0.1", &server));
	addr_set_port((struct sockaddr *)&server, fake_dns_port(f));
	dns_ask_server(dns, (struct sockaddr *)&server, "plain.test", DNS_A, on_done, &o);
	loop_run(loop);
	cr_expect_str_eq(o.value, "192.0.2.1");
	cr_expect_eq(fake_dns_flags(f), 0, "%04x", fake_dns_flags(f));
	dns_ask_server(dns, (struct sockaddr *)&server, "silent.test", DNS_A, on_closed, &count);
	dns_close(dns);
	cr_expect_eq(count, 1);
	fake_dns_free(f);
	loop_free(loop);
}

Test(dns, lists_of_resolvers_are_checked)
{
	static const struct { const char *list; bool is_good; } cases[] = {
		{ "127.0.0.1", true }, { "127.0.0.1:5353", true }, { "[::1]:53", true }, { "::1", true },
		{ "127.0.0.1:53,[::1]:53", true }, { "127.0.0.1, 127.0.0.2", true },
		{ "", true },	/* /etc/resolv.conf, or its default */
		{ "localhost", false }, { "127.0.0.1:0x35", false }, { "127.0.0.1:99999", false }, { ",", false },
		{ "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct loop *loop = loop_new();
		struct err err = { 0 };
		struct dns *dns = dns_open(loop, cases[i].list, &err);

		cr_expect_eq(dns != NULL, cases[i].is_good, "%s", cases[i].list);
		if (dns == NULL)
			cr_expect_str_eq(err.code, "bad_option");
		dns_close(dns);
		loop_free(loop);
	}
}
