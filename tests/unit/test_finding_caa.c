/* CAA as a finding: may one of the CAs issue? */
#include <criterion/criterion.h>
#include <string.h>

#include "dcv/finding_zone.h"
#include "scheduler/caa_question.h"

static struct arena *arena;
static struct findings *fs;
static const char *const names[] = { "google", "lets_encrypt", NULL };
static const char *const one_name[] = { "google", NULL };

static void
set_up(void)
{
	arena = arena_new(1 << 20);
	fs = arena_alloc(arena, sizeof *fs);
	fs->arena = arena;
}

static void
tear_down(void)
{
	arena_free(arena);
}

TestSuite(finding_caa, .init = set_up, .fini = tear_down);

static const struct caa_said permitted = { .outcome = CAA_PERMITTED };

static struct caa_said
forbidden(const char *record)
{
	return (struct caa_said){ CAA_FORBIDDEN, err_new(ERR_caa_excludes, "detail"), "customer.test", record,
		"Add it." };
}

static struct caa_said
unknown(enum blame blame)
{
	struct caa_said s = { CAA_UNKNOWN, err_new(ERR_caa_unknown,
	    "CAA of customer.test: our resolver did not answer in time (CAA customer.test at 127.0.0.1 port 53)"),
	    "customer.test", NULL, NULL };

	s.err.blame = blame;
	return s;
}

static const struct finding *
find(struct caa_said google, struct caa_said lets_encrypt)
{
	struct caa_said *said = arena_alloc(arena, 2 * sizeof *said);
	const struct answer answer = { .detail = said };

	said[0] = google;
	said[1] = lets_encrypt;
	finding_caa(fs, "shop.customer.test", &answer, names);
	cr_assert_eq(fs->count, 1);
	cr_expect_str_eq(fs->list[0].purpose, "caa");
	cr_expect_str_eq(fs->list[0].expected, "CAA records that allow google or lets_encrypt, or none");
	return &fs->list[0];
}

Test(finding_caa, all_that_may_issue_are_named_and_all_is_well)
{
	const struct finding *f = find(permitted, permitted);

	cr_expect_null(f->code);
	cr_expect_null(f->fix);
	cr_expect_str_eq(f->where, "shop.customer.test");
	cr_expect_str_eq(f->found[0], "google may issue");
	cr_expect_str_eq(f->found[1], "lets_encrypt may issue");
	cr_expect_null(f->found[2]);
}

Test(finding_caa, one_that_may_issue_is_enough)
{
	const struct finding *f = find(forbidden("x"), permitted);

	cr_expect_null(f->code);
	cr_expect_str_eq(f->found[0], "lets_encrypt may issue");
	cr_expect_null(f->found[1]);
	fs->count = 0;
	f = find(permitted, forbidden("x"));
	cr_expect_str_eq(f->found[0], "google may issue");
	cr_expect_null(f->found[1]);
}

Test(finding_caa, when_none_may_issue_the_record_and_the_advice_are_told)
{
	const struct finding *f = find(forbidden("customer.test. CAA 0 issue \";\""), forbidden("customer.test. CAA 0 issue \";\""));

	cr_expect_str_eq(f->code, "caa_forbids");
	cr_expect_eq(f->blame, BLAME_CUSTOMER);
	cr_expect_str_eq(f->where, "customer.test");
	cr_expect_str_eq(f->found[0], "customer.test. CAA 0 issue \";\"");
	cr_expect_null(f->found[1]);
	cr_expect_str_eq(f->fix, "Add it.");
}

Test(finding_caa, unknown_is_told_with_its_reason_but_not_by_which_resolver)
{
	const struct finding *f = find(unknown(BLAME_NETWORK), unknown(BLAME_NETWORK));

	cr_expect_str_eq(f->code, "caa_unknown");
	cr_expect_eq(f->blame, BLAME_NETWORK);
	cr_expect_str_eq(f->where, "customer.test");
	cr_expect_str_eq(f->found[0], "CAA of customer.test: our resolver did not answer in time");
	cr_expect_not_null(f->fix);
}

Test(finding_caa, what_our_resolver_does_is_our_trouble)
{
	const struct finding *f = find(unknown(BLAME_US), unknown(BLAME_US));

	cr_expect_eq(f->blame, BLAME_US);
	cr_expect_not_null(strstr(f->fix, "the trouble is ours"));
}

Test(finding_caa, unknown_weighs_more_than_forbidden_and_less_than_permitted)
{
	cr_expect_str_eq(find(forbidden("x"), unknown(BLAME_NETWORK))->code, "caa_unknown");
	fs->count = 0;
	cr_expect_null(find(unknown(BLAME_NETWORK), permitted)->code);
}

Test(finding_caa, an_answer_that_did_not_come_is_unknown)
{
	const struct answer answer = { .err = err_new(ERR_dns_timeout, NULL) };

	finding_caa(fs, "shop.customer.test", &answer, one_name);
	cr_expect_str_eq(fs->list[0].code, "caa_unknown");
	cr_expect_eq(fs->list[0].blame, BLAME_US);
	cr_expect_str_eq(fs->list[0].where, "shop.customer.test");
}
