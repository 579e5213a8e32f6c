/* What the name servers of a zone say, each for itself. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "dcv/finding_zone.h"
#include "tests/kit/reply.h"

#define PROOF "_cf-custom-hostname.shop.customer.test"
#define SOA "customer.test. 300 IN SOA ns1.customer.test. hostmaster.customer.test. 1 3600 600 86400 120"

static struct arena *arena;
static const char *const value[] = { "value", NULL };
static const char *const targets[] = { "customers.provider.test", NULL };
static const char *const prefixes[] = { "192.0.2.0/24", NULL };
static const char *const negative[] = { SOA, NULL };
static const struct hostname shop = { .name = "shop.customer.test", .targets = targets, .prefixes = prefixes,
	.proof_name = PROOF, .proof = "value" };
static const struct matter txt = { PROOF, DNS_TXT, value, NULL };
static const struct matter route = { "shop.customer.test", DNS_A, targets, prefixes };

static void
set_up(void)
{
	arena = arena_new(16 << 20);
}

static void
tear_down(void)
{
	arena_free(arena);
}

TestSuite(finding_server, .init = set_up, .fini = tear_down);

static struct answer
say(const struct matter *m, bool authoritative, const char *line)
{
	const struct reply_text text = { .rcode = line != NULL ? 0 : 3, .authoritative = authoritative,
		.answer = (const char *const[]){ line, NULL }, .authority = line != NULL ? NULL : negative };
	struct dns_reply *reply = arena_alloc(arena, sizeof *reply);
	unsigned char *wire;
	size_t len = reply_wire(m->name, (unsigned)m->type, 7, &text, &wire);

	cr_assert(dns_parse_reply(arena, wire, len, m->name, m->type, 7, reply, NULL));
	free(wire);
	return (struct answer){ .status = text.rcode, .detail = reply };
}

static struct answer
failed(enum err_code code)
{
	return (struct answer){ .err = err_new(code, NULL) };
}

static struct server
server(const char *name, const char *address, struct answer soa)
{
	return (struct server){ .name = name, .address = address, .is_asked = true, .soa = soa };
}

#define GOOD PROOF ". 60 IN TXT \"value\""
#define ZONE_SAYS say(&(struct matter){ "customer.test", DNS_SOA, NULL, NULL }, true, SOA)

static struct findings *
findings_of(const struct answer *about)
{
	struct findings *fs = arena_alloc(arena, sizeof *fs);

	fs->arena = arena;
	finding_ownership(fs, &shop, about);
	return fs;
}

Test(finding_server, different_records_are_told_server_by_server)
{
	struct server servers[] = { server("ns1.customer.test", "192.0.2.1", ZONE_SAYS),
		server("ns2.customer.test", "192.0.2.2", ZONE_SAYS), server("ns3.customer.test", "192.0.2.3", ZONE_SAYS) };
	struct answer said[] = { say(&txt, true, GOOD), say(&txt, true, NULL), say(&txt, true, GOOD) };
	struct findings *fs = findings_of(&said[0]);
	struct finding *f = &fs->list[0];

	cr_assert_null(f->code, "the resolver had luck");
	cr_assert(finding_disagree(fs, f, &txt, "customer.test", servers, said, 3));
	cr_expect_str_eq(f->code, "servers_disagree");
	cr_expect_str_eq(f->found[0], "ns1.customer.test (192.0.2.1): TXT value");
	cr_expect_str_eq(f->found[1], "ns2.customer.test (192.0.2.2): no such record");
	cr_expect_str_eq(f->found[2], "ns3.customer.test (192.0.2.3): TXT value");
	cr_expect_not_null(strstr(f->fix, "Bring all name servers of customer.test to the same version"));
}

Test(finding_server, who_cannot_answer_or_refers_elsewhere_does_not_disagree)
{
	struct server servers[] = { server("ns1.customer.test", "192.0.2.1", ZONE_SAYS),
		server("ns2.customer.test", "192.0.2.2", failed(ERR_dns_refused)),
		server("ns3.customer.test", "192.0.2.3", ZONE_SAYS), server("ns4.customer.test", "192.0.2.4", ZONE_SAYS) };
	struct answer said[] = { say(&txt, true, GOOD), failed(ERR_dns_refused), say(&txt, false, NULL),
		say(&txt, true, GOOD) };
	struct findings *fs = findings_of(&said[0]);

	cr_expect_not(finding_disagree(fs, &fs->list[0], &txt, "customer.test", servers, said, 4));
	cr_expect_null(fs->list[0].code);
}

Test(finding_server, addresses_may_differ_as_long_as_all_are_ours)
{
	struct server servers[] = { server("ns1.customer.test", "192.0.2.1", ZONE_SAYS),
		server("ns2.customer.test", "192.0.2.2", ZONE_SAYS) };
	struct answer ours[] = { say(&route, true, "shop.customer.test. 60 IN A 192.0.2.10"),
		say(&route, true, "shop.customer.test. 60 IN A 192.0.2.11") };
	struct answer mixed[] = { ours[0], say(&route, true, "shop.customer.test. 60 IN A 198.51.100.1") };
	struct answer alias[] = { ours[0], say(&route, true, "shop.customer.test. 60 IN CNAME customers.provider.test.") };
	struct findings *fs = findings_of(&ours[0]);

	cr_expect_not(finding_disagree(fs, &fs->list[0], &route, "customer.test", servers, ours, 2));
	cr_expect(finding_disagree(fs, &fs->list[0], &route, "customer.test", servers, mixed, 2));
	cr_expect(finding_disagree(fs, &fs->list[0], &route, "customer.test", servers, alias, 2));
}

Test(finding_server, lame_servers_are_named_with_their_fault)
{
	static const struct { enum err_code code; const char *found; } cases[] = {
		{ ERR_dns_refused, "ns2.customer.test (192.0.2.2): refuses the question" },
		{ ERR_dns_servfail, "ns2.customer.test (192.0.2.2): cannot answer (SERVFAIL)" },
		{ ERR_dns_timeout, "ns2.customer.test (192.0.2.2): does not answer" },
		{ ERR_dns_resolver_down, "ns2.customer.test (192.0.2.2): does not answer" },
		{ ERR_dns_malformed, "ns2.customer.test (192.0.2.2): answers with what cannot be read" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct server servers[] = { server("ns1.customer.test", "192.0.2.1", ZONE_SAYS),
			server("ns2.customer.test", "192.0.2.2", failed(cases[i].code)) };
		struct findings fs = { .arena = arena };

		finding_lame(&fs, "customer.test", servers, 2);
		cr_assert_eq(fs.count, 1);
		cr_expect_str_eq(fs.list[0].code, "server_lame");
		cr_expect_str_eq(fs.list[0].purpose, "name_servers");
		cr_expect_str_eq(fs.list[0].where, "customer.test");
		cr_expect_str_eq(fs.list[0].found[0], cases[i].found);
		cr_expect_null(fs.list[0].found[1]);
	}
}

Test(finding_server, a_server_without_authority_address_or_reach_is_lame)
{
	struct server servers[] = { server("ns1.customer.test", "192.0.2.1", ZONE_SAYS),
		server("ns2.customer.test", "192.0.2.2",
		    say(&(struct matter){ "customer.test", DNS_SOA, NULL, NULL }, false, SOA)),
		{ .name = "ns3.customer.test" }, { .name = "ns4.customer.test", .address = "10.0.0.1" } };
	struct findings fs = { .arena = arena };

	finding_lame(&fs, "customer.test", servers, 4);
	cr_assert_eq(fs.count, 1);
	cr_expect_str_eq(fs.list[0].found[0], "ns2.customer.test (192.0.2.2): answers, but not as a server of the zone");
	cr_expect_str_eq(fs.list[0].found[1], "ns3.customer.test: the name has no address");
	cr_expect_str_eq(fs.list[0].found[2], "ns4.customer.test (10.0.0.1): an address that the Internet does not reach");
}

Test(finding_server, silence_of_all_is_our_own_network_and_all_being_well_is_nothing)
{
	struct server silent[] = { server("ns1.customer.test", "192.0.2.1", failed(ERR_dns_timeout)),
		server("ns2.customer.test", "192.0.2.2", failed(ERR_dns_resolver_down)) };
	struct server well[] = { server("ns1.customer.test", "192.0.2.1", ZONE_SAYS) };
	struct findings fs = { .arena = arena };

	finding_lame(&fs, "customer.test", silent, 2);
	finding_lame(&fs, "customer.test", well, 1);
	finding_lame(&fs, "customer.test", NULL, 0);
	cr_expect_eq(fs.count, 0);
}

Test(finding_server, what_only_the_resolver_misses_is_remembered)
{
	struct server servers[] = { server("ns1.customer.test", "192.0.2.1", ZONE_SAYS),
		server("ns2.customer.test", "192.0.2.2", ZONE_SAYS) };
	struct answer all[] = { say(&txt, true, GOOD), say(&txt, true, GOOD) };
	struct answer one[] = { say(&txt, true, GOOD), say(&txt, true, NULL) };
	struct answer absent = say(&txt, false, NULL), old = say(&txt, false, PROOF ". 1234 IN TXT \"old\"");
	struct findings *fs = findings_of(&absent);
	struct finding *f = &fs->list[0];

	cr_expect_not(finding_cached(fs, f, &txt, &absent, servers, one, 2));
	cr_expect_not(finding_cached(fs, f, &txt, &absent, servers, one, 0));
	cr_expect_not(finding_cached(fs, f, &txt, &all[0], servers, all, 2));
	cr_assert_str_eq(f->code, "value_missing");
	cr_assert(finding_cached(fs, f, &txt, &absent, servers, all, 2));
	cr_expect_str_eq(f->code, "negative_cached");
	/* the SOA's minimum is 120, its own TTL 300 (RFC 2308 §5) */
	cr_expect_not_null(strstr(f->fix, "for another 120 seconds that it was not there"), "%s", f->fix);
	cr_assert(finding_cached(fs, f, &txt, &old, servers, all, 2));
	cr_expect_str_eq(f->code, "answer_cached");
	cr_expect_str_eq(f->found[0], "TXT old");
	cr_expect_not_null(strstr(f->fix, "for another 1234 seconds what was there before"), "%s", f->fix);
}
