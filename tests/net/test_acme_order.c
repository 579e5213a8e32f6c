/* acme/client on orders: what is ordered beside names, what a CA says of them
 * meanwhile, alternate chains, and requests that must not arrive twice. */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <string.h>

#include "acme/openssl.h"
#include "base/json.h"
#include "tests/net/acme_bench.h"

TestSuite(acme_order, .init = acme_begin, .fini = acme_finish, .timeout = 60);

#define PROBLEM(type) "{\"type\":\"" URN type "\",\"detail\":\"so\"}"

/* ---- profiles and replacements ------------------------------------------------ */

Test(acme_order, an_order_says_what_it_replaces)
{
	struct acme_question q = acme_new_order();

	q.cert_id = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
	acme_good(q);
	cr_assert_not_null(strstr(acme_payload("order-new"), "\"replaces\":\"aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE\""));
	q.cert_id = "a\"b";
	acme_bad(q, "internal", BLAME_US);
	cr_assert_eq(fake_ca_count(bench.ca, "order-new"), 1);
	acme_content();
}

Test(acme_order, a_ca_without_renewal_information_is_not_told_what_is_replaced)
{
	struct acme_question q = acme_new_order();

	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200,
	    .body = "{\"newNonce\":\"BASE/nonce\",\"newAccount\":\"BASE/account\",\"newOrder\":\"BASE/order-new\"}" });
	q.cert_id = "a.b";
	acme_good(q);
	cr_assert_null(strstr(acme_payload("order-new"), "replaces"));
	acme_content();
}

Test(acme_order, what_was_replaced_already_and_a_profile_that_is_refused_have_their_codes)
{
	struct acme_question q = acme_new_order();

	q.cert_id = "a.b";
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 409, .body = PROBLEM("alreadyReplaced") });
	acme_bad(q, "acme_already_replaced", BLAME_US);
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 400, .body = PROBLEM("invalidProfile") });
	acme_bad(q, "acme_invalid_profile", BLAME_US);
	acme_good(q);
	acme_content();
}

Test(acme_order, a_profile_that_the_directory_does_not_offer_is_not_ordered)
{
	struct err err;

	bench.row.profile = "tlsclient";
	err = acme_bad(acme_new_order(), "acme_invalid_profile", BLAME_US);
	cr_assert_str_eq(err.detail, "test_ca: the directory does not offer the profile tlsclient, but: classic shortlived");
	cr_assert_eq(fake_ca_count(bench.ca, "order-new"), 0);
	/* it may be new: the directory is read again before it is refused again */
	acme_bad(acme_new_order(), "acme_invalid_profile", BLAME_US);
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 2);
	bench.row.profile = "classic";
	acme_good(acme_new_order());
	acme_content();
}

Test(acme_order, an_order_of_another_profile_is_refused)
{
	static const char body[] = "{\"status\":\"pending\",\"finalize\":\"BASE/f\",\"authorizations\":[\"BASE/authz/1\"],\"profile\":\"classic\","
	    "\"identifiers\":[{\"type\":\"dns\",\"value\":\"shop.example.com\"},{\"type\":\"dns\",\"value\":\"*.shop.example.com\"}]}";
	const struct fault fault = { .at = "order-new", .status = 201, .headers = "Location: BASE/order/1\r\n", .body = body };

	fake_ca_play(bench.ca, &fault);
	bench.row.profile = "shortlived";
	acme_bad(acme_new_order(), "acme_protocol", BLAME_CA);
	bench.row.profile = "classic";
	cr_assert_str_eq(acme_good(acme_new_order())->order->profile, "classic");
	bench.row.profile = NULL;
	cr_assert_str_eq(acme_good(acme_new_order())->order->profile, "classic");
	acme_content();
}

/* ---- what is said meanwhile ---------------------------------------------------- */

#define IN_AN_HOUR "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 01:00:00 GMT\r\n"

Test(acme_order, a_retry_after_is_heard_as_seconds_and_as_date_wherever_it_is_said)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 201, .headers = "Location: BASE/order/1\r\n" IN_AN_HOUR, .keep_body = true });
	cr_assert_eq(acme_good(acme_new_order())->order->retry_after, 3600);
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .times = 1, .status = 200, .headers = "Retry-After: 7\r\n", .keep_body = true });
	cr_assert_eq(acme_good(acme_read_order())->order->retry_after, 7);
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .times = 1, .status = 200, .headers = "Retry-After: 7\r\n", .keep_body = true });
	fake_ca_play(bench.ca, &(struct fault){ .at = "authz", .times = 1, .status = 200, .headers = IN_AN_HOUR, .keep_body = true });
	cr_assert_eq(acme_good(acme_read_order())->order->retry_after, 3600);
	fake_ca_play(bench.ca, &(struct fault){ .at = "challenge", .times = 1, .status = 200, .headers = "Retry-After: 9\r\n", .keep_body = true });
	cr_assert_eq(acme_good((struct acme_question){ .act = ACME_VALIDATE, .url = acme_at("/challenge/http") })->retry_after, 9);
	cr_assert_eq(acme_good(acme_read_order())->order->retry_after, 0);
	acme_content();
}

#define PENDING_WITH_ERROR "\"status\":\"pending\",\"error\":{\"type\":\"" URN "connection\",\"detail\":\"refused\"}"

/* As smallstep's and Caddy's CAs do: they look at once, and again later. */
Test(acme_order, a_challenge_that_failed_and_is_still_pending_says_so)
{
	const struct acme_authorization *z;
	const struct acme_challenge *c;

	fake_ca_play(bench.ca, &(struct fault){ .at = "challenge", .times = 1, .status = 200, .body = "{\"type\":\"http-01\"," PENDING_WITH_ERROR "}" });
	c = acme_good((struct acme_question){ .act = ACME_VALIDATE, .url = acme_at("/challenge/http") })->challenge;
	cr_assert_str_eq(c->status, "pending");
	cr_assert_str_eq(c->err.code, "acme_connection");
	fake_ca_play(bench.ca, &(struct fault){ .at = "authz", .times = 2, .status = 200, .body = "{\"status\":\"pending\","
	    "\"identifier\":{\"type\":\"dns\",\"value\":\"shop.example.com\"},\"challenges\":[{\"type\":\"http-01\",\"url\":\"BASE/challenge/http\","
	    "\"token\":\"" TOKEN "\"," PENDING_WITH_ERROR "},{\"type\":\"tls-alpn-01\"}]}" });
	z = &acme_good(acme_read_order())->order->authorizations[0];
	cr_assert_str_eq(z->status, "pending");
	cr_assert_str_eq(z->err.code, "acme_connection");
	cr_assert_str_eq(z->err.detail, "test_ca: " URN "connection: refused");
	cr_assert_eq(z->err.blame, BLAME_CUSTOMER);
	cr_assert_str_eq(z->others[0], "tls-alpn-01");
	/* one that says nothing of it was set off all the same */
	c = acme_good((struct acme_question){ .act = ACME_VALIDATE, .url = acme_at("/challenge/http") })->challenge;
	cr_assert_str_eq(c->status, "processing");
	cr_assert_null(c->err.code);
	acme_content();
}

Test(acme_order, a_refusal_names_each_name_that_it_is_about)
{
	struct err err;

	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 403, .body = "{\"type\":\"" URN "rejectedIdentifier\","
	    "\"detail\":\"some are not allowed\",\"subproblems\":[{\"type\":\"" URN "rejectedIdentifier\",\"detail\":\"on a list\","
	    "\"identifier\":{\"type\":\"dns\",\"value\":\"shop.example.com\"}},{\"type\":\"" URN "caa\",\"detail\":\"forbidden\","
	    "\"identifier\":{\"type\":\"dns\",\"value\":\"*.shop.example.com\"}}]}" });
	err = acme_bad(acme_new_order(), "acme_rejected_identifier", BLAME_CA);
	cr_assert_str_eq(err.detail, "test_ca: " URN "rejectedIdentifier: some are not allowed; shop.example.com: rejectedIdentifier: on a list; "
	    "*.shop.example.com: caa: forbidden");
	acme_content();
}

/* What the header of acme/client promises to the engine. */
Test(acme_order, the_longest_answer_takes_a_quarter_of_a_mebibyte)
{
	const char *euros = "", *problem, *subproblems = "", *issuers = "", *body, *urls = "";
	size_t before;

	for (int i = 0; i < 500; i++)
		euros = arena_printf(bench.arena, "%s\xf0\x9f\x98\x80", euros);
	for (int i = 0; i < 10; i++) {
		subproblems = arena_printf(bench.arena, "%s%s{\"type\":\"%.60s\",\"detail\":\"%s\",\"identifier\":{\"value\":\"%s\"}}", subproblems,
		    i != 0 ? "," : "", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", euros, euros);
		issuers = arena_printf(bench.arena, "%s%s\"%063d.%063d.%063d.%061d\"", issuers, i != 0 ? "," : "", i, i, i, i);
	}
	for (int i = 0; i < 8; i++)
		urls = arena_printf(bench.arena, "%s%s\"BASE/authz/%02000d\"", urls, i != 0 ? "," : "", i);
	problem = arena_printf(bench.arena, "\"error\":{\"detail\":\"%s\",\"subproblems\":[%s]}", euros, subproblems);
	body = arena_printf(bench.arena, "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"shop.example.com\"},\"challenges\":["
	    "{\"type\":\"http-01\",\"status\":\"pending\",\"url\":\"BASE/%02000d\",\"token\":\"%0512d\",%s},"
	    "{\"type\":\"dns-01\",\"status\":\"pending\",\"url\":\"BASE/%02000d\",\"token\":\"%0512d\",%s},"
	    "{\"type\":\"dns-persist-01\",\"issuer-domain-names\":[%s]}]}", 0, 0, problem, 0, 0, problem, issuers);
	fake_ca_play(bench.ca, &(struct fault){ .at = "authz", .status = 200, .body = body });
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .status = 200, .body = arena_printf(bench.arena,
	    "{\"status\":\"pending\",\"finalize\":\"BASE/%02000d\",\"authorizations\":[%s],%s}", 0, urls, problem) });
	before = arena_used(bench.arena);
	cr_assert_eq(acme_good(acme_read_order())->order->count, 8);
	cr_assert_leq(arena_used(bench.arena) - before, 256 << 10, "%zu", arena_used(bench.arena) - before);
	acme_content();
}

/* ---- requests that must not arrive twice --------------------------------------- */

/* A kept connection that ends without a reply: libcurl would send the request
 * again by itself, and the CA might have two orders. */
Test(acme_order, an_order_or_a_finalization_is_never_sent_twice)
{
	struct acme_question finalize = { .act = ACME_FINALIZE, .url = acme_at("/finalize/1"), .csr = "AAAA" };
	static const char *const resources[] = { "order-new", "finalize" };

	acme_good(acme_new_order());
	for (size_t i = 0; i < 2; i++) {
		int before = fake_ca_count(bench.ca, resources[i]);

		fake_ca_play(bench.ca, &(struct fault){ .at = resources[i], .times = 1, .lost = true });
		acme_bad(i == 0 ? acme_new_order() : finalize, "acme_unreachable", BLAME_CA);
		cr_assert_eq(fake_ca_count(bench.ca, resources[i]), before + 1, "%s: %d", resources[i], fake_ca_count(bench.ca, resources[i]));
		acme_good(acme_read_order());	/* a kept connection for the next */
	}
	acme_content();
}

Test(acme_order, what_only_reads_is_sent_again_on_a_new_connection)
{
	acme_good(acme_read_order());
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .times = 1 });
	acme_good(acme_read_order());
	cr_assert_eq(fake_ca_count(bench.ca, "order"), 3);
	acme_content();
}

/* ---- alternate chains ------------------------------------------------------------ */

static const char *
issued_by(const char *common_name)
{
	auto_pkey *key = EVP_EC_gen("P-256");
	auto_x509 *x = X509_new();
	auto_x509_name *name = X509_NAME_new();
	auto_bio *out = BIO_new(BIO_s_mem());
	char *text;
	long len;

	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	PEM_write_bio_X509(out, x);
	len = BIO_get_mem_data(out, &text);
	return arena_strndup(bench.arena, text, (size_t)len);
}

/* The default chain is by "Root A"; `links` are its Link headers. */
static const char *
play_chains(const char *links)
{
	const char *first = issued_by("Root A");

	fake_ca_play(bench.ca, &(struct fault){ .at = "certificate", .status = 200, .headers = links, .body = first });
	return first;
}

static const char *
download(const char *preferred)
{
	return acme_good((struct acme_question){ .act = ACME_DOWNLOAD, .url = acme_at("/certificate/1"), .preferred_chain = preferred })->chain;
}

#define TWO_LINKS "Link: <BASE/directory>;rel=\"index\"\r\nLink: <BASE/alternate/1>;rel=\"alternate\", <BASE/alternate/2>;rel=\"alternate\"\r\n"

Test(acme_order, the_first_chain_that_was_issued_by_the_preferred_one_is_taken)
{
	const char *first = play_chains(TWO_LINKS), *b = issued_by("Root B"), *c = issued_by("Root C");

	fake_ca_play(bench.ca, &(struct fault){ .at = "alternate", .times = 1, .status = 200, .body = b });
	fake_ca_play(bench.ca, &(struct fault){ .at = "alternate", .status = 200, .body = c });
	cr_assert_str_eq(download(NULL), first);
	cr_assert_str_eq(download("root a"), first);
	cr_assert_eq(fake_ca_count(bench.ca, "alternate"), 0);
	cr_assert_str_eq(download("root c"), c);
	cr_assert_eq(fake_ca_count(bench.ca, "alternate"), 2);
	cr_assert_str_eq(download("Root C"), c);
	cr_assert_eq(fake_ca_count(bench.ca, "alternate"), 3);
	cr_assert_str_eq(acme_payload("alternate"), "");
	cr_assert_str_eq(download("Root D"), first);
	cr_assert_eq(fake_ca_count(bench.ca, "alternate"), 5);
	acme_content();
}

Test(acme_order, trouble_with_an_alternate_leaves_the_others_and_the_first)
{
	static const struct fault faults[] = {
		{ .at = "alternate", .times = 1, .status = 503 },
		{ .at = "alternate", .times = 1, .status = 200, .body = "<html>" },
		{ .at = "alternate", .times = 1, .status = 200, .body = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
		{ .at = "alternate", .times = 1, .status = 302, .headers = "Location: https://evil.test/\r\n" },
		{ .at = "alternate", .times = 1, .status = 400, .body = PROBLEM("accountDoesNotExist") },
	};
	const char *first = play_chains(TWO_LINKS), *b = issued_by("Root B");

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		fake_ca_play(bench.ca, &faults[i]);
		fake_ca_play(bench.ca, &(struct fault){ .at = "alternate", .times = 1, .status = 200, .body = b });
		cr_assert_str_eq(download("Root B"), b, "%zu", i);
	}
	fake_ca_play(bench.ca, &(struct fault){ .at = "alternate", .status = 503 });
	cr_assert_str_eq(download("Root B"), first);
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 1);
	acme_content();
}

Test(acme_order, eight_alternates_of_the_cas_own_are_looked_at_and_no_others)
{
	const char *links = "Link: <https://evil.test/alternate/1>;rel=\"alternate\",<http://127.0.0.1/alternate>;rel=\"alternate\"\r\n"
	    "Link: </alternate/1>;rel=\"alternate\"\r\n";
	const char *first;

	for (int i = 1; i <= 50; i++)
		links = arena_printf(bench.arena, "%sLink: <BASE/alternate/%d>;rel=\"alternate\"\r\n", links, i);
	first = play_chains(links);
	fake_ca_play(bench.ca, &(struct fault){ .at = "alternate", .status = 200, .body = first });
	cr_assert_str_eq(download("Root B"), first);
	cr_assert_eq(fake_ca_count(bench.ca, "alternate"), 8);
	acme_content();
}
