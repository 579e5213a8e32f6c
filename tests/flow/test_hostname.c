/* The custom hostname flow: a row, answers, the verdict; one sentence each. */
#include <criterion/criterion.h>
#include <string.h>

#include "dcv/hostname.h"

static const char *const targets[] = { "customers.provider.test", "origin.provider.test", NULL };
static const struct hostname shop = {
	.name = "shop.example.com", .targets = targets,
	.proof_name = "_cf-custom-hostname.shop.example.com", .proof = "0e2d5a7f",
};

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
static struct dns_record loop[] = {
	{ "shop.example.com", DNS_CNAME, 60, "a.example.com" },
	{ "a.example.com", DNS_CNAME, 60, "shop.example.com" } };
static struct dns_record only_address[] = {
	{ "shop.example.com", DNS_A, 60, "192.0.2.1" } };

#define HAS(list) { .records = (list), .count = sizeof (list) / sizeof (list)[0] }
static const struct dns_reply has_proof = HAS(proof), has_two_txts = HAS(two_txts),
    has_delegated_proof = HAS(delegated_proof), has_foreign_proof = HAS(foreign_proof),
    has_old_proof = HAS(old_proof), is_pointing_here = HAS(points_here), has_chain = HAS(chain),
    has_fallback = HAS(to_fallback), is_elsewhere = HAS(elsewhere), is_loop = HAS(loop),
    has_address = HAS(only_address), has_nothing = { .rcode = 0 }, no_such_name = { .rcode = 3 };

#define ANSWER(reply) { .detail = &(reply) }
#define OURS { .err = { .code = "dns_timeout", .blame = BLAME_US } }
#define THEIRS { .err = { .code = "dns_servfail", .blame = BLAME_NETWORK } }

enum { DAY = 86400 };

static const struct row {
	const char   *sentence;
	const char   *state;
	int	      attempts;
	int64_t	      age;
	struct answer answers[2];
	enum verb     verb;
	const char   *next;
	int64_t	      wait;
	const char   *code;
	const char   *found;
} rows[] = {
	{ "the TXT proof alone makes it active", "pending", 0, 0,
	  { ANSWER(has_proof), ANSWER(no_such_name) }, GO, "active", 0, NULL, NULL },
	{ "a CNAME to a target alone makes it active", "pending", 0, 0,
	  { ANSWER(no_such_name), ANSWER(is_pointing_here) }, GO, "active", 0, NULL, NULL },
	{ "a CNAME to the fallback origin makes it active", "pending", 0, 0,
	  { ANSWER(no_such_name), ANSWER(has_fallback) }, GO, "active", 0, NULL, NULL },
	{ "a chain in any order and case reaches the target", "pending", 0, 0,
	  { ANSWER(no_such_name), ANSWER(has_chain) }, GO, "active", 0, NULL, NULL },
	{ "the proof may stand among other TXT records", "pending", 0, 0,
	  { ANSWER(has_two_txts), ANSWER(no_such_name) }, GO, "active", 0, NULL, NULL },
	{ "the proof may be delegated by a CNAME", "pending", 0, 0,
	  { ANSWER(has_delegated_proof), ANSWER(no_such_name) }, GO, "active", 0, NULL, NULL },
	{ "a proof of another name proves nothing", "pending", 0, 0,
	  { ANSWER(has_foreign_proof), ANSWER(no_such_name) }, RETRY, NULL, 0, "not_pointing_here", "no such name" },
	{ "a value that is not exact proves nothing", "pending", 0, 0,
	  { ANSWER(has_old_proof), ANSWER(has_nothing) }, RETRY, NULL, 0, "not_pointing_here", "no CNAME record" },
	{ "a CNAME elsewhere proves nothing and says where", "pending", 3, 0,
	  { ANSWER(has_nothing), ANSWER(is_elsewhere) }, RETRY, NULL, 0, "not_pointing_here", "CNAME shop.other.net" },
	{ "an address is no CNAME", "pending", 3, 0,
	  { ANSWER(has_nothing), ANSWER(has_address) }, RETRY, NULL, 0, "not_pointing_here", "no CNAME record" },
	{ "a loop ends", "pending", 3, 0,
	  { ANSWER(has_nothing), ANSWER(is_loop) }, RETRY, NULL, 0, "not_pointing_here", "a loop of CNAME records" },
	{ "our own resolver's silence is told as ours", "pending", 3, 0,
	  { OURS, ANSWER(no_such_name) }, RETRY, NULL, 0, "dns_timeout", NULL },
	{ "a fault of ours at the last retry is not the end", "pending", 75, 0,
	  { ANSWER(no_such_name), OURS }, RETRY, NULL, 0, "dns_timeout", NULL },
	{ "their broken name servers use up a retry", "pending", 3, 0,
	  { ANSWER(has_nothing), THEIRS }, RETRY, NULL, 0, "dns_servfail", "dns_servfail" },
	{ "one question unanswered does not hide the other's proof", "pending", 75, 0,
	  { OURS, ANSWER(is_pointing_here) }, GO, "active", 0, NULL, NULL },
	{ "the 74th retry is followed by one more", "pending", 74, 0,
	  { ANSWER(has_nothing), ANSWER(has_nothing) }, RETRY, NULL, 0, "not_pointing_here", NULL },
	{ "after the 75th it has moved", "pending", 75, 0,
	  { ANSWER(has_nothing), ANSWER(has_nothing) }, GO, "moved", 0, "schedule_used_up", NULL },
	{ "moved lasts seven days", "moved", 0, 0, { ANSWER(has_nothing) }, WAIT, NULL, 7 * DAY, NULL, NULL },
	{ "and not a second less", "moved", 0, 7 * DAY - 1, { ANSWER(has_nothing) }, WAIT, NULL, 1, NULL, NULL },
	{ "then it is deleted", "moved", 0, 7 * DAY, { ANSWER(has_nothing) }, GO, "deleted", 0, "moved_too_long", NULL },
};

static struct job
job_of(const struct row *r, struct arena *arena)
{
	return (struct job){ .id = "id", .now = 1000000 + r->age, .since = 1000000,
	    .attempts = r->attempts, .retries = 75, .state = r->state, .row = &shop,
	    .arena = arena };
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
		if (r->next != NULL) {
			cr_expect_str_eq(v.next, r->next, "%s", r->sentence);
			cr_expect(flow_may_go(step, v.next), "%s", r->sentence);
		}
		if (r->verb == WAIT)
			cr_expect_eq(v.wait, r->wait, "%s", r->sentence);
		cr_expect_str_eq(v.err.code != NULL ? v.err.code : "", r->code != NULL ? r->code : "",
		    "%s", r->sentence);
		if (r->found != NULL)
			cr_expect_str_eq(v.found, r->found, "%s", r->sentence);
	}
}

Test(hostname, pending_asks_for_both_proofs_at_once)
{
	auto_arena *arena = arena_new(1 << 16);
	struct questions q = { 0 };
	struct job job = job_of(&rows[0], arena);

	flow_step(&hostname_flow, "pending")->ask(&job, &q);
	cr_assert_eq(q.count, 2);
	cr_expect_str_eq(q.list[0].name, "_cf-custom-hostname.shop.example.com");
	cr_expect_str_eq(q.list[0].type, "TXT");
	cr_expect_str_eq(q.list[1].name, "shop.example.com");
}

Test(hostname, moved_and_deleted_ask_nobody)
{
	cr_expect_null(flow_step(&hostname_flow, "moved")->ask);
	cr_expect_null(flow_step(&hostname_flow, "deleted")->tell);
}

Test(hostname, every_state_it_may_go_to_has_a_step)
{
	cr_expect_null(flow_check(&hostname_flow));
}

Test(hostname, the_columns_become_the_row)
{
	auto_arena *arena = arena_new(1 << 16);
	const char *values[] = { "a.example", "x.test  y.test", "_p.a.example", "value" };
	const struct hostname *h = hostname_flow.load(arena, values);

	cr_expect_str_eq(h->targets[0], "x.test");
	cr_expect_str_eq(h->targets[1], "y.test");
	cr_expect_null(h->targets[2]);
	cr_expect_str_eq(h->proof, "value");
}
