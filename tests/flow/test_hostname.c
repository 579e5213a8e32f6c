/* The custom hostname flow: a row, answers, the verdict; one sentence each. */
#include <criterion/criterion.h>
#include <string.h>

#include "dcv/hostname.h"

static const char *const targets[] = { "customers.provider.test", "origin.provider.test", NULL };
static const char *const prefixes[] = { "192.0.2.0/24", "2001:db8:1::/48", NULL };
static const char *const none[] = { NULL };

#define SHOP .name = "shop.example.com", .proof = "0e2d5a7f", .watch_for = 14400, \
	.proof_name = "_cf-custom-hostname.shop.example.com", .user_agent = "agent", \
	.proof_url = "http://shop.example.com/.well-known/cf-custom-hostname-challenge/id"

static const struct hostname shop = { SHOP, .targets = targets, .prefixes = none };
static const struct hostname here = { SHOP, .targets = targets, .prefixes = none, .pointed = true };
static const struct hostname apex = { SHOP, .targets = targets, .prefixes = prefixes };
static const struct hostname homeless = { SHOP, .targets = none, .prefixes = none };

static struct dns_record proof[] = {
	{ "_cf-custom-hostname.shop.example.com", DNS_TXT, 60, "0e2d5a7f" } };
static struct dns_record two_txts[] = {
	{ "_cf-custom-hostname.shop.example.com", DNS_TXT, 60, "v=spf1 -all" },
	{ "_cf-custom-hostname.shop.example.com", DNS_TXT, 60, "0e2d5a7f" } };
static struct dns_record delegated_proof[] = {
	{ "proof.elsewhere.net", DNS_TXT, 60, "0e2d5a7f" },
	{ "_cf-custom-hostname.shop.example.com", DNS_CNAME, 60, "proof.elsewhere.net" } };
static struct dns_record foreign_proof[] = {
	{ "_cf-custom-hostname.other.example.com", DNS_TXT, 60, "0e2d5a7f" } };
static struct dns_record old_proof[] = {
	{ "_cf-custom-hostname.shop.example.com", DNS_TXT, 60, "0e2d5a7f " } };
static struct dns_record points_here[] = {
	{ "shop.example.com", DNS_CNAME, 60, "customers.provider.test" },
	{ "customers.provider.test", DNS_A, 60, "192.0.2.1" } };
static struct dns_record chain[] = {
	{ "b.example.net", DNS_CNAME, 60, "Customers.Provider.TEST" },
	{ "shop.example.com", DNS_CNAME, 60, "a.example.net" },
	{ "a.example.net", DNS_CNAME, 60, "b.example.net" } };
static struct dns_record to_fallback[] = {
	{ "shop.example.com", DNS_CNAME, 60, "origin.provider.test" } };
static struct dns_record elsewhere[] = {
	{ "shop.example.com", DNS_CNAME, 60, "shop.other.net" },
	{ "customers.provider.test", DNS_CNAME, 60, "x.provider.test" } };
static struct dns_record only_address[] = {
	{ "shop.example.com", DNS_A, 60, "192.0.2.1" } };
static struct dns_record two_addresses[] = {
	{ "shop.example.com", DNS_A, 60, "192.0.2.1" }, { "shop.example.com", DNS_A, 60, "198.51.100.1" } };
static struct dns_record our_v6[] = {
	{ "shop.example.com", DNS_AAAA, 60, "2001:db8:1::5" } };
static struct dns_record foreign_v6[] = {
	{ "shop.example.com", DNS_AAAA, 60, "2001:db8:2::5" } };

#define HAS(list) { .records = (list), .count = sizeof (list) / sizeof (list)[0] }
static const struct dns_reply has_proof = HAS(proof), has_two_txts = HAS(two_txts),
    has_delegated_proof = HAS(delegated_proof), has_foreign_proof = HAS(foreign_proof),
    has_old_proof = HAS(old_proof), is_pointing_here = HAS(points_here), has_chain = HAS(chain),
    has_fallback = HAS(to_fallback), is_elsewhere = HAS(elsewhere), has_address = HAS(only_address),
    has_two_addresses = HAS(two_addresses), has_our_v6 = HAS(our_v6), has_foreign_v6 = HAS(foreign_v6),
    has_nothing = { .rcode = 0 }, no_such_name = { .rcode = 3 };

static const char *const right_body[] = { "0e2d5a7f\n", NULL }, *const wrong_body[] = { "<html>", NULL };

#define DNS(reply) { .detail = &(reply) }
#define GONE { .status = 3, .detail = &no_such_name }
#define OURS { .err = { .code = "dns_timeout", .blame = BLAME_US } }
#define THEIRS { .err = { .code = "dns_servfail", .blame = BLAME_NETWORK } }
#define BROKEN { .err = { .code = "dns_bogus", .blame = BLAME_NETWORK } }
#define NO_SERVER { .err = { .code = "http_no_address", .blame = BLAME_CUSTOMER } }
#define PAGE_OF(code, body) { .status = (code), .values = (body), .count = 1 }

enum { DAY = 86400, ANY = -1, SOON = -2 };	/* a watch, a quarter of it; give or take an eighth */

static const struct row {
	const char   *sentence;
	const char   *state;
	const struct hostname *hostname;
	int	      attempts;
	int64_t	      age;
	struct answer answers[4];	/* A, AAAA, TXT, HTTP */
	enum verb     verb;
	const char   *next;
	int64_t	      wait;
	const char   *code;
	const char   *error;		/* the documented words */
	const char   *points;		/* what is written about where it points */
} rows[] = {
	/* ---- each proof alone */
	{ "the TXT proof alone makes it active", "pending", &shop, 0, 0,
	  { GONE, GONE, DNS(has_proof), NO_SERVER }, GO, "active", 60, NULL, NULL, NULL },
	{ "a CNAME to a target alone makes it active", "pending", &shop, 0, 0,
	  { DNS(is_pointing_here), DNS(is_pointing_here), GONE, NO_SERVER }, GO, "active", ANY, NULL, NULL, "true" },
	{ "the right page alone makes it active, its newline aside", "pending", &shop, 0, 0,
	  { GONE, GONE, GONE, PAGE_OF(200, right_body) }, GO, "active", 60, NULL, NULL, NULL },
	{ "addresses in the zone's ranges alone make it active", "pending", &apex, 0, 0,
	  { DNS(has_address), DNS(has_our_v6), GONE, NO_SERVER }, GO, "active", ANY, NULL, NULL, "true" },
	{ "one family is enough if the other has no address", "pending", &apex, 0, 0,
	  { DNS(has_nothing), DNS(has_our_v6), GONE, NO_SERVER }, GO, "active", ANY, NULL, NULL, "true" },
	{ "a CNAME to the fallback origin makes it active", "pending", &shop, 0, 0,
	  { DNS(has_fallback), DNS(has_fallback), GONE, NO_SERVER }, GO, "active", ANY, NULL, NULL, "true" },
	{ "a chain in any order and case reaches the target", "pending", &shop, 0, 0,
	  { DNS(has_chain), DNS(has_chain), GONE, NO_SERVER }, GO, "active", ANY, NULL, NULL, "true" },
	{ "the proof may stand among other TXT records", "pending", &shop, 0, 0,
	  { GONE, GONE, DNS(has_two_txts), NO_SERVER }, GO, "active", 60, NULL, NULL, NULL },
	{ "the proof may be delegated by a CNAME", "pending", &shop, 0, 0,
	  { GONE, GONE, DNS(has_delegated_proof), NO_SERVER }, GO, "active", 60, NULL, NULL, NULL },
	{ "a proof counts even where its addresses could not be looked up", "pending", &shop, 75, 0,
	  { OURS, THEIRS, DNS(has_proof), NO_SERVER }, GO, "active", 60, NULL, NULL, NULL },
	/* ---- no proof */
	{ "a proof of another name proves nothing", "pending", &shop, 0, 0,
	  { GONE, GONE, DNS(has_foreign_proof), NO_SERVER }, RETRY, NULL, 0, "no_such_name",
	  "custom hostname does not CNAME to this zone.", NULL },
	{ "a value that is not exact proves nothing", "pending", &shop, 0, 0,
	  { GONE, GONE, DNS(has_old_proof), NO_SERVER }, RETRY, NULL, 0, "value_wrong",
	  "custom hostname does not CNAME to this zone.", NULL },
	{ "a CNAME elsewhere proves nothing", "pending", &shop, 3, 0,
	  { DNS(is_elsewhere), DNS(is_elsewhere), GONE, NO_SERVER }, RETRY, NULL, 0, "wrong_target",
	  "custom hostname does not CNAME to this zone.", NULL },
	{ "an address is no CNAME", "pending", &shop, 3, 0,
	  { DNS(has_address), DNS(has_nothing), GONE, NO_SERVER }, RETRY, NULL, 0, "address_not_ours",
	  "custom hostname does not CNAME to this zone.", NULL },
	{ "one foreign address among ours proves nothing", "pending", &apex, 3, 0,
	  { DNS(has_two_addresses), DNS(has_nothing), GONE, NO_SERVER }, RETRY, NULL, 0, "some_addresses_not_ours",
	  "None of the `A` or `AAAA` records are owned by this account and the pre-generated ownership "
	  "validation token was not found.", NULL },
	{ "a foreign IPv6 address spoils ours of IPv4", "pending", &apex, 3, 0,
	  { DNS(has_address), DNS(has_foreign_v6), GONE, NO_SERVER }, RETRY, NULL, 0, "some_addresses_not_ours",
	  NULL, NULL },
	{ "addresses that could not be looked up in one family prove nothing", "pending", &apex, 3, 0,
	  { DNS(has_address), THEIRS, GONE, NO_SERVER }, RETRY, NULL, 0, "dns_servfail", NULL, NULL },
	{ "with ranges and neither address nor CNAME the error says so", "pending", &apex, 3, 0,
	  { DNS(is_elsewhere), DNS(is_elsewhere), GONE, NO_SERVER }, RETRY, NULL, 0, "wrong_target",
	  "This account and the pre-generated ownership validation token was not found.", NULL },
	{ "a zone without target, origin or range has nothing to point at", "pending", &homeless, 3, 0,
	  { DNS(has_address), DNS(has_nothing), GONE, NO_SERVER }, RETRY, NULL, 0, "fallback_missing",
	  "Zone does not have a fallback origin set.", NULL },
	{ "a page with another body proves nothing", "pending", &shop, 3, 0,
	  { DNS(has_address), DNS(has_nothing), GONE, PAGE_OF(200, wrong_body) }, RETRY, NULL, 0,
	  "address_not_ours", NULL, NULL },
	{ "the right body with another status proves nothing", "pending", &shop, 3, 0,
	  { DNS(has_address), DNS(has_nothing), GONE, PAGE_OF(404, right_body) }, RETRY, NULL, 0,
	  "address_not_ours", NULL, NULL },
	{ "a redirect proves nothing", "pending", &shop, 3, 0,
	  { DNS(has_address), DNS(has_nothing), GONE, PAGE_OF(301, right_body) }, RETRY, NULL, 0,
	  "address_not_ours", NULL, NULL },
	/* ---- faults of ours, and unknowns */
	{ "our own resolver's silence is told as ours", "pending", &shop, 3, 0,
	  { GONE, GONE, OURS, NO_SERVER }, RETRY, NULL, 0, "dns_timeout", NULL, NULL },
	{ "a fault of ours at the last retry is not the end", "pending", &shop, 75, 0,
	  { OURS, GONE, GONE, NO_SERVER }, RETRY, NULL, 0, "dns_timeout", NULL, NULL },
	{ "a fault of ours in the web request is not the end", "pending", &shop, 75, 0,
	  { GONE, GONE, GONE, OURS }, RETRY, NULL, 0, "dns_timeout", NULL, NULL },
	{ "their broken name servers use up a retry", "pending", &shop, 3, 0,
	  { THEIRS, THEIRS, THEIRS, NO_SERVER }, RETRY, NULL, 0, "dns_servfail",
	  "the name servers of the domain could not be asked. Ask the DNS provider of shop.example.com why its name "
	  "servers give no answer; we look again.", NULL },
	{ "broken signatures do not say that it points elsewhere", "pending", &apex, 3, 0,
	  { BROKEN, BROKEN, BROKEN, NO_SERVER }, RETRY, NULL, 0, "dns_bogus",
	  "the DNSSEC signatures of the domain are broken. Ask the DNS provider of shop.example.com to repair its DNSSEC "
	  "signatures, or have the DS record of the domain corrected or removed at its registrar.", NULL },
	{ "a zone without anything to point at says so even then", "pending", &homeless, 3, 0,
	  { THEIRS, THEIRS, THEIRS, NO_SERVER }, RETRY, NULL, 0, "dns_servfail",
	  "Zone does not have a fallback origin set.", NULL },
	{ "one question unanswered does not hide the other's proof", "pending", &shop, 75, 0,
	  { DNS(is_pointing_here), OURS, OURS, OURS }, GO, "active", ANY, NULL, NULL, "true" },
	/* ---- the end of the schedule */
	{ "the 74th retry is followed by one more", "pending", &shop, 74, 0,
	  { DNS(has_nothing), DNS(has_nothing), GONE, NO_SERVER }, RETRY, NULL, 0, "no_address", NULL, NULL },
	{ "after the 75th it has moved", "pending", &shop, 75, 0,
	  { DNS(has_nothing), DNS(has_nothing), GONE, NO_SERVER }, GO, "moved", 7 * DAY, "schedule_used_up",
	  "custom hostname does not CNAME to this zone.", NULL },
	{ "servers that are broken to the end are no proof either", "pending", &shop, 75, 0,
	  { THEIRS, THEIRS, THEIRS, NO_SERVER }, GO, "moved", 7 * DAY, "schedule_used_up",
	  "the name servers of the domain could not be asked", NULL },
	/* ---- active */
	{ "while it points here all is well", "active", &here, 0, 0,
	  { DNS(is_pointing_here), DNS(is_pointing_here) }, WAIT, NULL, ANY, NULL, NULL, NULL },
	{ "one that comes to us is noted", "active", &shop, 4, 0,
	  { DNS(is_pointing_here), DNS(is_pointing_here) }, WAIT, NULL, ANY, NULL, NULL, "true" },
	{ "one that did not come yet is looked at on the schedule", "active", &shop, 4, 0,
	  { GONE, GONE }, RETRY, NULL, 0, "no_such_name", NULL, NULL },
	{ "and after the schedule now and then", "active", &shop, 75, 0,
	  { GONE, GONE }, WAIT, NULL, ANY, "no_such_name", NULL, NULL },
	{ "one that leaves is looked at again first", "active", &here, 0, 0,
	  { DNS(is_elsewhere), DNS(is_elsewhere) }, RETRY, NULL, 0, "wrong_target", NULL, NULL },
	{ "and a ninth time", "active", &here, 9, 0,
	  { GONE, GONE }, RETRY, NULL, 0, "no_such_name", NULL, NULL },
	{ "ten looks that agree make it moved", "active", &here, 10, 0,
	  { GONE, GONE }, GO, "moved", 7 * DAY, "moved_away", "custom hostname does not CNAME to this zone.", "false" },
	{ "one that never pointed here is not moved", "active", &shop, 10, 0,
	  { GONE, GONE }, RETRY, NULL, 0, "no_such_name", NULL, NULL },
	{ "broken name servers prove nothing", "active", &here, 0, 0,
	  { THEIRS, THEIRS }, WAIT, NULL, SOON, "dns_servfail", NULL, NULL },
	{ "nor do they after nine looks that agreed", "active", &here, 10, 0,
	  { THEIRS, THEIRS }, WAIT, NULL, SOON, "dns_servfail", NULL, NULL },
	{ "our own resolver's silence changes nothing", "active", &here, 10, 0,
	  { OURS, OURS }, WAIT, NULL, SOON, NULL, NULL, NULL },
	{ "one family's silence hides no target", "active", &here, 3, 0,
	  { DNS(is_pointing_here), THEIRS }, WAIT, NULL, ANY, NULL, NULL, NULL },
	/* ---- active_redeploying */
	{ "a change is put out", "active_redeploying", &here, 0, 0,
	  { DNS(is_pointing_here), DNS(is_pointing_here) }, GO, "active", ANY, NULL, NULL, NULL },
	{ "a change of one that left is put out as well", "active_redeploying", &here, 0, 0,
	  { GONE, GONE }, GO, "active", 60, NULL, NULL, NULL },
	{ "and of one whose servers are broken", "active_redeploying", &here, 0, 0,
	  { THEIRS, OURS }, GO, "active", 60, NULL, NULL, NULL },
	/* ---- moved */
	{ "moved lasts seven days", "moved", &shop, 0, 0, { GONE }, WAIT, NULL, 7 * DAY, NULL, NULL, NULL },
	{ "and not a second less", "moved", &shop, 0, 7 * DAY - 1, { GONE }, WAIT, NULL, 1, NULL, NULL, NULL },
	{ "then it is deleted", "moved", &shop, 0, 7 * DAY, { GONE }, GO, "deleted", 0, "moved_too_long", NULL, NULL },
};

static struct job
job_of(const struct row *r, struct arena *arena)
{
	return (struct job){ .id = "id", .now = 1000000 + r->age, .since = 1000000,
	    .attempts = r->attempts, .retries = 75, .state = r->state, .row = r->hostname,
	    .arena = arena };
}

static const char *
change_of(const struct verdict *v, const char *name)
{
	for (size_t i = 0; i < v->change_count; i++)
		if (v->changes[i].of == NULL && strcmp(v->changes[i].name, name) == 0)
			return v->changes[i].value;
	return NULL;
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

static bool
about(int64_t seconds, int64_t expected)
{
	return seconds >= expected * 7 / 8 && seconds <= expected * 9 / 8;
}

Test(hostname, each_row_of_the_table)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		auto_arena *arena = arena_new(1 << 16);
		const struct step *step = flow_step(&hostname_flow, r->state);
		struct job job = job_of(r, arena);
		struct verdict v = step->tell(&job, r->answers);

		cr_expect_eq(v.verb, r->verb, "%s: verb %d", r->sentence, v.verb);
		cr_expect_str_eq(text(v.next), text(r->next), "%s: %s", r->sentence, text(v.next));
		if (v.next != NULL)
			cr_expect(flow_may_go(step, v.next), "%s", r->sentence);
		if (r->wait >= 0)
			cr_expect_eq(v.wait, r->wait, "%s: %ld", r->sentence, (long)v.wait);
		else
			cr_expect(about(v.wait, r->wait == ANY ? 14400 : 3600), "%s: %ld", r->sentence, (long)v.wait);
		cr_expect_str_eq(text(v.err.code), text(r->code), "%s: %s", r->sentence, text(v.err.code));
		if (r->error != NULL)
			cr_expect_str_eq(text(change_of(&v, "error")), r->error, "%s", r->sentence);
		cr_expect_str_eq(text(change_of(&v, "points_here")), text(r->points), "%s", r->sentence);
	}
}

/* The row is written only when the look saw something else than the last one. */
Test(hostname, what_was_seen_before_is_not_written_again)
{
	auto_arena *arena = arena_new(1 << 16);
	static const struct answer answers[4] = { GONE, GONE, GONE, NO_SERVER };
	struct hostname again = shop;
	const struct row row = { "", "pending", &shop, 0, 0, { { .count = 0 } }, GO, NULL, 0, NULL, NULL, NULL };
	struct job job = job_of(&row, arena);
	struct verdict first = flow_step(&hostname_flow, "pending")->tell(&job, answers), second;

	cr_assert_not_null(change_of(&first, "findings"));
	again.findings = change_of(&first, "findings");
	job.row = &again;
	second = flow_step(&hostname_flow, "pending")->tell(&job, answers);
	cr_expect_null(change_of(&second, "findings"));
}

Test(hostname, pending_asks_for_all_proofs_at_once)
{
	auto_arena *arena = arena_new(1 << 16);
	struct questions q = { 0 };
	struct job job = job_of(&rows[0], arena);

	flow_step(&hostname_flow, "pending")->ask(&job, &q);
	cr_assert_eq(q.count, 4);
	cr_expect_str_eq(q.list[0].name, "shop.example.com");
	cr_expect_str_eq(q.list[0].type, "A");
	cr_expect_str_eq(q.list[1].type, "AAAA");
	cr_expect_str_eq(q.list[2].name, "_cf-custom-hostname.shop.example.com");
	cr_expect_str_eq(q.list[2].type, "TXT");
	cr_expect_eq(q.list[3].kind, QUESTION_HTTP);
	cr_expect_str_eq(q.list[3].name, "http://shop.example.com/.well-known/cf-custom-hostname-challenge/id");
	cr_expect_str_eq(q.list[3].type, "agent");
}

Test(hostname, active_asks_only_where_it_points)
{
	auto_arena *arena = arena_new(1 << 16);
	struct questions q = { 0 };
	struct job job = job_of(&rows[0], arena);

	flow_step(&hostname_flow, "active")->ask(&job, &q);
	cr_assert_eq(q.count, 2);
	cr_expect_str_eq(q.list[0].name, "shop.example.com");
}

Test(hostname, moved_deleted_and_blocked_ask_nobody)
{
	cr_expect_null(flow_step(&hostname_flow, "moved")->ask);
	cr_expect_null(flow_step(&hostname_flow, "deleted")->tell);
	cr_expect_null(flow_step(&hostname_flow, "blocked")->tell);
}

Test(hostname, active_ones_that_began_together_do_not_stay_together)
{
	static const struct answer answers[2] = { DNS(is_pointing_here), DNS(is_pointing_here) };
	const struct row row = { "", "active", &here, 0, 0, { { .count = 0 } }, GO, NULL, 0, NULL, NULL, NULL };
	auto_arena *arena = arena_new(1 << 16);
	struct job one = job_of(&row, arena), other = one;

	one.id = "7a3f0c1e-0000-4000-8000-000000000001";
	other.id = "7a3f0c1e-0000-4000-8000-000000000002";
	cr_expect_neq(flow_step(&hostname_flow, "active")->tell(&one, answers).wait,
	    flow_step(&hostname_flow, "active")->tell(&other, answers).wait);
}

Test(hostname, every_state_it_may_go_to_has_a_step)
{
	cr_expect_null(flow_check(&hostname_flow));
}

Test(hostname, the_columns_become_the_row)
{
	auto_arena *arena = arena_new(1 << 16);
	const char *values[] = { "a.example", "x.test  y.test", "192.0.2.0/24 2001:db8::/32", "_p.a.example",
		"value", "http://a.example/x", "agent", NULL, "true", "3600" };
	const struct hostname *h = hostname_flow.load(arena, values);

	cr_expect_str_eq(h->targets[0], "x.test");
	cr_expect_str_eq(h->targets[1], "y.test");
	cr_expect_null(h->targets[2]);
	cr_expect_str_eq(h->prefixes[1], "2001:db8::/32");
	cr_expect_null(h->prefixes[2]);
	cr_expect_str_eq(h->proof, "value");
	cr_expect(h->pointed);
	cr_expect_null(h->findings);
	cr_expect_eq(h->watch_for, 3600);
}
