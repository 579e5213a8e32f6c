/* acme/client on what is not an order: the directory, renewal information,
 * revocation, and the keys of an account. */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "acme/ari.h"
#include "acme/key.h"
#include "acme/openssl.h"
#include "base/b64.h"
#include "base/json.h"
#include "tests/net/acme_bench.h"

TestSuite(acme_account, .init = acme_begin, .fini = acme_finish, .timeout = 60);

static const char *
protected_of(const char *resource)
{
	char *text = fake_ca_protected(bench.ca, resource), *copy = arena_strdup(bench.arena, text);

	free(text);
	return copy;
}

#define PROBLEM(type) "{\"type\":\"" URN type "\",\"detail\":\"so\"}"
#define DIRECTORY_WITHOUT(rest) "{\"newNonce\":\"BASE/nonce\",\"newAccount\":\"BASE/account\",\"newOrder\":\"BASE/order-new\"" rest "}"

/* ---- the directory ----------------------------------------------------------- */

Test(acme_account, a_directory_is_read_without_an_account)
{
	const struct acme_answer *answer = acme_good((struct acme_question){ .act = ACME_READ_DIRECTORY });
	const struct acme_directory *d = answer->directory;

	cr_assert_str_eq(d->new_order, acme_at("/order-new"));
	cr_assert_str_eq(d->revoke_cert, acme_at("/revoke"));
	cr_assert_str_eq(d->key_change, acme_at("/key-change"));
	cr_assert_str_eq(d->renewal_info, acme_at("/renewal"));
	cr_assert_str_eq(d->terms_of_service, "https://www.ca.test/terms.pdf");
	cr_assert(d->external_account_required);
	cr_assert_str_eq(d->caa_identities[0], "ca.test");
	cr_assert_str_eq(d->caa_identities[1], "other-ca.test");
	cr_assert_null(d->caa_identities[2]);
	cr_assert_eq(d->profile_count, 2);
	cr_assert_str_eq(d->profiles[1].name, "shortlived");
	cr_assert_str_eq(d->profiles[1].text, "six days");
	cr_assert_null(answer->account_url);
	cr_assert_eq(fake_ca_count(bench.ca, "account") + fake_ca_count(bench.ca, "nonce"), 0);
	acme_good((struct acme_question){ .act = ACME_READ_DIRECTORY });
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 1);
	acme_content();
}

Test(acme_account, a_directory_is_read_with_a_key_that_does_not_open)
{
	bench.row.account_key = "AAAA";
	acme_good((struct acme_question){ .act = ACME_READ_DIRECTORY });
	acme_content();
}

Test(acme_account, a_directory_that_is_none_or_not_to_be_had_is_an_error)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 503, .headers = "Retry-After: 77\r\n" });
	cr_assert_eq(acme_bad((struct acme_question){ .act = ACME_READ_DIRECTORY }, "acme_server_internal", BLAME_CA).retry_after, 77);
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200, .body = "{\"newNonce\":7}" });
	acme_bad((struct acme_question){ .act = ACME_READ_DIRECTORY }, "acme_protocol", BLAME_CA);
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200,
	    .body = "{\"newNonce\":\"BASE/n\",\"newAccount\":\"https://evil.test/a\",\"newOrder\":\"BASE/o\"}" });
	acme_bad((struct acme_question){ .act = ACME_READ_DIRECTORY }, "acme_foreign_url", BLAME_CA);
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory" });
	acme_bad((struct acme_question){ .act = ACME_READ_DIRECTORY }, "acme_unreachable", BLAME_CA);
	fake_ca_calm(bench.ca);
	acme_good((struct acme_question){ .act = ACME_READ_DIRECTORY });
}

Test(acme_account, those_who_need_less_do_not_wait_for_an_account_that_is_not_to_be_had)
{
	struct ask *order, *directory;

	fake_ca_hold(bench.ca, "account");
	order = acme_start(acme_new_order());
	while (fake_ca_held(bench.ca) == 0)
		loop_turn(bench.loop, true);
	directory = acme_start((struct acme_question){ .act = ACME_READ_DIRECTORY });
	acme_wait(directory);
	cr_assert_null(directory->answer.err.code);
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 403, .body = PROBLEM("userActionRequired") });
	fake_ca_release(bench.ca);
	acme_wait(order);
	cr_assert_str_eq(order->answer.err.code, "acme_user_action");
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 1);
	acme_content();
}

/* Two directories, one CA: as ssl.com has one for each key type. */
Test(acme_account, a_ca_with_two_directories_keeps_an_account_at_each)
{
	struct acme_ca rsa = bench.row;
	struct acme_question q;

	rsa.directory = arena_printf(bench.arena, "%s-rsa", bench.row.directory);
	rsa.account_url = acme_at("/account/rsa");
	for (int i = 0; i < 3; i++) {
		q = acme_new_order();
		q.ca = bench.row;
		cr_assert_str_eq(acme_good(q)->account_url, acme_at("/account/1"));
		q.ca = rsa;
		cr_assert_str_eq(acme_good(q)->account_url, acme_at("/account/rsa"));
		cr_assert_not_null(strstr(protected_of("order-new"), "/account/rsa"));
	}
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 2);
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 1);
	acme_content();
}

/* ---- when should it be renewed? ----------------------------------------------- */

static struct acme_question
renewal_info(const char *id)
{
	return (struct acme_question){ .act = ACME_RENEWAL_INFO, .cert_id = id, .not_before = 1764547200, .not_after = 1772323200 };
}

Test(acme_account, renewal_information_is_asked_unsigned_and_without_an_account)
{
	const struct acme_answer *answer = acme_good(renewal_info("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));

	cr_assert_eq(answer->window->start, 1767326400);
	cr_assert_eq(answer->window->end, 1767412800);
	cr_assert_str_eq(answer->window->explanation, "https://www.ca.test/incident");
	cr_assert_eq(answer->window->retry_after, 21000);
	cr_assert_str_eq(acme_payload("renewal"), "");
	cr_assert_eq(fake_ca_count(bench.ca, "account") + fake_ca_count(bench.ca, "nonce"), 0);
	acme_content();
}

Test(acme_account, renewal_information_that_is_wrong_is_an_error_of_the_ca)
{
	static const struct { int status; const char *headers, *body, *code; } table[] = {
		{ 404, NULL, PROBLEM("malformed"), "acme_not_found" },
		{ 429, "Retry-After: 5\r\n", PROBLEM("rateLimited"), "acme_rate_limited" },
		{ 503, NULL, "<html>", "acme_server_internal" },
		{ 200, NULL, "<html>", "acme_protocol" },
		{ 200, NULL, "{}", "acme_protocol" },
		{ 200, NULL, "{\"suggestedWindow\":{\"start\":\"2026-01-03T04:00:00Z\",\"end\":\"2026-01-02T04:00:00Z\"}}", "acme_protocol" },
		{ 200, NULL, "{\"suggestedWindow\":{\"start\":\"9998-01-03T04:00:00Z\",\"end\":\"9999-01-02T04:00:00Z\"}}", "acme_protocol" },
		{ 302, "Location: https://evil.test/\r\n", "", "acme_protocol" },
		{ 0, NULL, NULL, "acme_unreachable" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "renewal", .times = 1, .status = table[i].status, .headers = table[i].headers,
		    .body = table[i].body });
		/* a connection that was used before may be tried once more */
		if (table[i].status == 0)
			fake_ca_play(bench.ca, &(struct fault){ .at = "renewal", .times = 1 });
		acme_bad(renewal_info("a.b"), table[i].code, BLAME_CA);
	}
	acme_good(renewal_info("a.b"));
}

Test(acme_account, a_retry_after_of_renewal_information_is_a_minute_to_a_day)
{
	static const struct { const char *header; int64_t seconds; } table[] = {
		{ NULL, 21600 }, { "Retry-After: 1\r\n", 60 }, { "Retry-After: 99999999999\r\n", 86400 },
		{ "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 03:00:00 GMT\r\n", 10800 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "renewal", .times = 1, .status = 200, .headers = table[i].header != NULL ? table[i].header : "X: y\r\n",
		    .keep_body = true });
		cr_assert_eq(acme_good(renewal_info("a.b"))->window->retry_after, table[i].seconds, "%zu", i);
	}
}

Test(acme_account, a_ca_without_renewal_information_or_with_somebody_elses_is_not_asked)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200, .body = DIRECTORY_WITHOUT() });
	acme_bad(renewal_info("a.b"), "acme_no_renewal_info", BLAME_CA);
	bench.row.contact = "new@example.com";	/* another row reads the directory anew */
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200,
	    .body = DIRECTORY_WITHOUT(",\"renewalInfo\":\"https://169.254.169.254/\"") });
	acme_bad(renewal_info("a.b"), "acme_foreign_url", BLAME_CA);
	acme_bad(renewal_info("../order/1"), "internal", BLAME_US);
	acme_bad(renewal_info(NULL), "internal", BLAME_US);
	cr_assert_eq(fake_ca_count(bench.ca, "renewal"), 0);
	acme_content();
}

/* ---- revoking ----------------------------------------------------------------- */

#define CHAIN "-----BEGIN CERTIFICATE-----\nAAECAw==\n-----END CERTIFICATE-----\n" \
	"-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n"

static struct acme_key
sealed_key(EVP_PKEY *key, const char *identity)
{
	auto_pkcs8 *info = EVP_PKEY2PKCS8(key);
	unsigned char *der = NULL, *sealed;
	int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	size_t sealed_len;

	seal_lock(bench.seal, bench.arena, identity, der, (size_t)len, &sealed, &sealed_len);
	OPENSSL_clear_free(der, (size_t)len);
	return (struct acme_key){ b64_encode(bench.arena, sealed, sealed_len), identity };
}

static struct acme_question
revoke(void)
{
	return (struct acme_question){ .act = ACME_REVOKE, .chain = CHAIN, .reason = 4 };
}

Test(acme_account, the_account_revokes_the_leaf)
{
	acme_good(revoke());
	cr_assert_str_eq(acme_payload("revoke"), "{\"certificate\":\"AAECAw\",\"reason\":4}");
	cr_assert_not_null(strstr(protected_of("revoke"), "\"kid\""));
	acme_content();
}

Test(acme_account, the_key_of_a_certificate_revokes_it_without_an_account)
{
	auto_pkey *p256 = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
	struct acme_question q = revoke();

	q.key = sealed_key(p256, "issuance/1/p256/key");
	acme_good(q);
	cr_assert_not_null(strstr(protected_of("revoke"), "\"ES256\",\"jwk\":{\"crv\""));
	q.key = sealed_key(rsa, "issuance/1/rsa2048/key");
	acme_good(q);
	cr_assert_not_null(strstr(protected_of("revoke"), "\"RS256\",\"jwk\":{\"e\""));
	cr_assert_eq(fake_ca_count(bench.ca, "revoke"), 2);
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 0);
	acme_content();
}

Test(acme_account, what_was_revoked_already_is_revoked)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "revoke", .times = 1, .status = 400, .body = PROBLEM("alreadyRevoked") });
	acme_good(revoke());
	acme_content();
}

Test(acme_account, a_revocation_that_is_refused_says_why)
{
	static const struct { int status; const char *body, *code; enum blame blame; } table[] = {
		{ 400, PROBLEM("badRevocationReason"), "acme_bad_reason", BLAME_US },
		{ 403, PROBLEM("unauthorized"), "acme_account_refused", BLAME_US },
		{ 404, PROBLEM("malformed"), "acme_not_found", BLAME_CA },
		{ 429, PROBLEM("rateLimited"), "acme_rate_limited", BLAME_CA },
		{ 500, "", "acme_server_internal", BLAME_CA },
		{ 302, "", "acme_protocol", BLAME_CA },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "revoke", .times = 1, .status = table[i].status, .body = table[i].body });
		acme_bad(revoke(), table[i].code, table[i].blame);
	}
	acme_content();
}

Test(acme_account, a_revocation_survives_bad_nonces_and_a_lost_account)
{
	auto_pkey *rsa = EVP_RSA_gen(2048);
	struct acme_question q = revoke();

	q.key = sealed_key(rsa, "x");
	fake_ca_play(bench.ca, &(struct fault){ .at = "revoke", .times = 2, .status = 400, .body = PROBLEM("badNonce") });
	acme_good(q);
	bench.row.account_url = acme_at("/account/77");
	fake_ca_play(bench.ca, &(struct fault){ .at = "revoke", .account = "/account/77", .status = 400, .body = PROBLEM("accountDoesNotExist") });
	acme_good(revoke());
	acme_content();
}

Test(acme_account, what_cannot_be_revoked_is_not_asked)
{
	struct acme_question q = revoke();
	auto_pkey *p384 = EVP_EC_gen("P-384");
	struct ask *ask;

	q.chain = "<html>";
	acme_bad(q, "internal", BLAME_US);
	q = revoke();
	q.key = sealed_key(p384, "x");
	ask = acme_start(q);
	acme_wait(ask);
	cr_assert_str_eq(ask->answer.err.code, "acme_certificate_key");
	q.key.identity = "y";
	ask = acme_start(q);
	acme_wait(ask);
	cr_assert_str_eq(ask->answer.err.code, "seal_broken");
	bench.row.contact = "new@example.com";
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200, .body = DIRECTORY_WITHOUT() });
	acme_bad(revoke(), "acme_no_revocation", BLAME_CA);
	cr_assert_eq(fake_ca_count(bench.ca, "revoke"), 0);
	acme_content();
}

/* ---- whose key is it? --------------------------------------------------------- */

static struct acme_question
find(const char *identity, const char *sealed)
{
	return (struct acme_question){ .act = ACME_FIND_ACCOUNT, .key = { sealed, identity } };
}

Test(acme_account, an_account_is_found_by_its_key_and_not_made)
{
	struct err err;
	char *other;

	acme_bad(find(NULL, NULL), "acme_account_missing", BLAME_US);
	cr_assert_str_eq(acme_payload("account"), "{\"onlyReturnExisting\":true}");
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 1);
	acme_good(acme_new_order());
	cr_assert_str_eq(acme_good(find(NULL, NULL))->account_url, acme_at("/account/1"));
	key_make_account(bench.arena, bench.seal, "other", &other);
	err = acme_bad(find("other", other), "acme_account_missing", BLAME_US);
	cr_assert_str_eq(err.detail, "test_ca: " URN "accountDoesNotExist: no such key");
	cr_assert_str_eq(acme_good(find("certificate_authority/ca-1/account_key", bench.row.account_key))->account_url, acme_at("/account/1"));
	acme_content();
}

Test(acme_account, an_account_that_is_found_dead_or_elsewhere_is_an_error)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 200, .headers = "Location: BASE/account/1\r\n",
	    .body = "{\"status\":\"revoked\"}" });
	acme_bad(find(NULL, NULL), "acme_account_refused", BLAME_US);
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 200, .headers = "Location: https://evil.test/account/1\r\n",
	    .body = "{\"status\":\"valid\"}" });
	acme_bad(find(NULL, NULL), "acme_foreign_url", BLAME_CA);
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 200, .body = "{\"status\":\"valid\"}" });
	acme_bad(find(NULL, NULL), "acme_protocol", BLAME_CA);
	acme_content();
}

/* ---- a new key for the account ------------------------------------------------- */

static struct acme_question
rollover(void)
{
	static const char identity[] = "certificate_authority/ca-1/new_account_key";
	char *sealed;

	key_make_account(bench.arena, bench.seal, identity, &sealed);
	return (struct acme_question){ .act = ACME_ROLLOVER, .key = { sealed, identity } };
}

/* The row as it is once the caller has stored the new key as its own. */
static void
store_new_key(struct acme_question q)
{
	auto_secret der = { 0 };
	unsigned char *sealed;
	size_t len;

	cr_assert(b64_decode(bench.arena, q.key.sealed, &sealed, &len));
	cr_assert(seal_unlock(bench.seal, q.key.identity, sealed, len, &der, NULL));
	seal_lock(bench.seal, bench.arena, "certificate_authority/ca-1/account_key", der.bytes, der.len, &sealed, &len);
	bench.row.account_key = b64_encode(bench.arena, sealed, len);
}

Test(acme_account, a_rollover_is_signed_by_both_keys_and_the_next_order_by_the_new_one)
{
	struct acme_question q = rollover();

	acme_good(acme_new_order());
	cr_assert_str_eq(acme_good(q)->account_url, acme_at("/account/1"));
	cr_assert_eq(fake_ca_count(bench.ca, "key-change"), 1);
	acme_good(acme_new_order());		/* the row still has the old key */
	store_new_key(q);
	bench.row.account_url = acme_at("/account/1");
	acme_good(acme_new_order());
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 2);	/* one made, one looked for */
	acme_content();			/* it verifies every signature */
}

Test(acme_account, a_rollover_whose_answer_was_lost_is_found_done_when_asked_again)
{
	struct acme_question q = rollover();

	acme_good(acme_new_order());
	fake_ca_play(bench.ca, &(struct fault){ .at = "key-change", .times = 1, .lost = true });
	acme_bad(q, "acme_unreachable", BLAME_CA);
	cr_assert_eq(fake_ca_count(bench.ca, "key-change"), 1);
	cr_assert_str_eq(acme_good(find(q.key.identity, q.key.sealed))->account_url, acme_at("/account/1"));
	acme_bad(find(NULL, NULL), "acme_account_missing", BLAME_US);
	cr_assert_str_eq(acme_good(q)->account_url, acme_at("/account/1"));
	acme_good(q);
	cr_assert_eq(fake_ca_count(bench.ca, "key-change"), 1);
	acme_good(acme_new_order());
	acme_content();
}

Test(acme_account, a_rollover_after_a_restart_makes_no_account_with_the_old_key)
{
	struct acme_question q = rollover();

	acme_good(acme_new_order());
	fake_ca_play(bench.ca, &(struct fault){ .at = "key-change", .times = 1, .lost = true });
	acme_bad(q, "acme_unreachable", BLAME_CA);
	acme_client_close(bench.client);
	bench.client = acme_client_open(bench.loop, bench.http, bench.seal);
	cr_assert_str_eq(acme_good(q)->account_url, acme_at("/account/1"));
	cr_assert_eq(fake_ca_count(bench.ca, "key-change"), 1);
	acme_good(acme_new_order());
	acme_content();
}

Test(acme_account, a_rollover_that_is_refused_changes_nothing)
{
	static const struct { int status; const char *body, *code; enum blame blame; } table[] = {
		{ 409, PROBLEM("malformed"), "acme_key_in_use", BLAME_US },
		{ 400, PROBLEM("badPublicKey"), "acme_bad_public_key", BLAME_US },
		{ 400, PROBLEM("accountDoesNotExist"), "acme_account_missing", BLAME_US },
		{ 503, "", "acme_server_internal", BLAME_CA },
	};
	struct acme_question q = rollover();

	acme_good(acme_new_order());
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "key-change", .times = 1, .status = table[i].status, .body = table[i].body });
		acme_bad(q, table[i].code, table[i].blame);
		acme_good(acme_new_order());
	}
	acme_good(q);
	acme_content();
}

Test(acme_account, a_new_key_of_another_account_is_refused)
{
	struct acme_question q = rollover();

	acme_good(acme_new_order());
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 200, .headers = "Location: BASE/account/2\r\n",
	    .body = "{\"status\":\"valid\"}" });
	acme_bad(q, "acme_key_in_use", BLAME_US);
	cr_assert_eq(fake_ca_count(bench.ca, "key-change"), 0);
	acme_good(acme_new_order());
	acme_content();
}

Test(acme_account, a_rollover_needs_a_ca_that_has_it_and_a_p256_key)
{
	auto_pkey *rsa = EVP_RSA_gen(2048);
	struct acme_question q = rollover();
	struct ask *ask;

	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200, .body = DIRECTORY_WITHOUT() });
	acme_bad(q, "acme_no_rollover", BLAME_CA);
	bench.row.contact = "new@example.com";
	q.key = sealed_key(rsa, "x");
	ask = acme_start(q);
	acme_wait(ask);
	cr_assert_str_eq(ask->answer.err.code, "acme_account_key");
	q.key.sealed = NULL;
	ask = acme_start(q);
	acme_wait(ask);
	cr_assert_str_eq(ask->answer.err.code, "acme_account_key");
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 0);
	acme_content();
}

Test(acme_account, closing_in_the_middle_of_a_rollover_answers_nobody)
{
	struct ask *ask;

	acme_good(acme_new_order());
	fake_ca_hold(bench.ca, "key-change");
	ask = acme_start(rollover());
	while (fake_ca_held(bench.ca) == 0)
		loop_turn(bench.loop, true);
	acme_client_close(bench.client);
	bench.client = NULL;
	http_close(bench.http);
	fake_ca_release(bench.ca);
	cr_assert_eq(ask->answers, 0);
	bench.http = http_open(bench.loop, bench.dns, true);
}
