/*
 * acme/client against a CA that does as it should, but for its nonces and its
 * memory of accounts.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "acme/jws.h"
#include "acme/key.h"
#include "base/b64.h"
#include "base/json.h"
#include "tests/net/acme_bench.h"

TestSuite(acme_client, .init = acme_begin, .fini = acme_finish, .timeout = 60);

/* ---- the ordinary way ------------------------------------------------------- */

Test(acme_client, a_new_order_makes_the_account_first)
{
	const struct acme_answer *answer = acme_good(acme_new_order());

	cr_assert_str_eq(answer->account_url, acme_at("/account/1"));
	cr_assert_str_eq(answer->order->url, acme_at("/order/1"));
	cr_assert_str_eq(answer->order->status, "pending");
	cr_assert_str_eq(answer->order->finalize, acme_at("/finalize/1"));
	cr_assert_eq(answer->order->expires, 1893456000);
	cr_assert_str_eq(acme_payload("account"), "{\"termsOfServiceAgreed\":true}");
	cr_assert_str_eq(acme_payload("order-new"), "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"shop.example.com\"},"
	    "{\"type\":\"dns\",\"value\":\"*.shop.example.com\"}]}");
	cr_assert_eq(fake_ca_count(bench.ca, "authz"), 0);
	acme_content();
}

Test(acme_client, an_order_is_read_with_its_authorizations)
{
	const struct acme_order *o = acme_good(acme_read_order())->order;
	const struct acme_authorization *plain = &o->authorizations[0], *wild = &o->authorizations[1];
	const char *dot;

	cr_assert_eq(o->count, 2);
	cr_assert_str_eq(plain->url, acme_at("/authz/1"));
	cr_assert_str_eq(plain->name, "shop.example.com");
	cr_assert(!plain->wildcard && wild->wildcard);
	cr_assert_str_eq(plain->http01.url, acme_at("/challenge/http"));
	cr_assert_str_eq(plain->http01.token, TOKEN);
	cr_assert_str_eq(wild->dns01.url, acme_at("/challenge/dns"));
	cr_assert_null(wild->http01.url);
	dot = strchr(plain->http01.key_authorization, '.');
	cr_assert_eq(strlen(dot), 44);
	cr_assert_str_eq(wild->dns01.txt_value, jws_digest(bench.arena, wild->dns01.key_authorization));
	cr_assert_str_eq(acme_payload("order"), "");
	cr_assert_str_eq(acme_payload("authz"), "");
	acme_content();
}

Test(acme_client, an_order_that_is_valid_is_read_without_its_authorizations)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .status = 200, .body = "{\"status\":\"valid\",\"finalize\":\"BASE/f\","
	    "\"authorizations\":[\"BASE/authz/1\"],\"certificate\":\"BASE/certificate/1\"}" });
	cr_assert_str_eq(acme_good(acme_read_order())->order->certificate, acme_at("/certificate/1"));
	cr_assert_eq(fake_ca_count(bench.ca, "authz"), 0);
	acme_content();
}

Test(acme_client, challenges_are_set_off_with_an_empty_object)
{
	cr_assert_null(acme_good((struct acme_question){ .act = ACME_VALIDATE, .url = acme_at("/challenge/http") })->order);
	cr_assert_str_eq(acme_payload("challenge"), "{}");
	acme_content();
}

Test(acme_client, finalizing_sends_the_csr_and_brings_the_order_and_when_to_look_again)
{
	const struct acme_order *o = acme_good((struct acme_question){ .act = ACME_FINALIZE, .url = acme_at("/finalize/1"), .csr = "AAAA" })->order;

	cr_assert_str_eq(acme_payload("finalize"), "{\"csr\":\"AAAA\"}");
	cr_assert_str_eq(o->status, "processing");
	cr_assert_str_eq(o->url, acme_at("/order/1"));
	cr_assert_eq(o->retry_after, 3);
	acme_content();
}

Test(acme_client, a_certificate_is_downloaded_as_pem)
{
	const struct acme_answer *answer = acme_good((struct acme_question){ .act = ACME_DOWNLOAD, .url = acme_at("/certificate/1") });
	char *accept = fake_ca_accept(bench.ca, "certificate"), *agent = fake_ca_user_agent(bench.ca);

	cr_assert_str_eq(answer->chain, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	cr_assert_str_eq(accept, "application/pem-certificate-chain");
	cr_assert_eq(strncmp(agent, "certwright/", 11), 0, "%s", agent);
	free(accept);
	free(agent);
	acme_content();
}

Test(acme_client, contact_profile_and_external_account_are_sent)
{
	unsigned char *sealed;
	size_t len;

	seal_lock(bench.seal, bench.arena, "certificate_authority/ca-1/eab_hmac", "0123456789abcdef", 16, &sealed, &len);
	bench.row.contact = "ops@example.com";
	bench.row.profile = "shortlived";
	bench.row.eab_kid = "kid-1";
	bench.row.eab_hmac = b64_encode(bench.arena, sealed, len);
	acme_good(acme_new_order());
	auto_json *account = json_loads(acme_payload("account"), 0, NULL), *order = json_loads(acme_payload("order-new"), 0, NULL);
	const json_t *eab = json_object_get(account, "externalAccountBinding");

	cr_assert_str_eq(json_string_value(json_array_get(json_object_get(account, "contact"), 0)), "mailto:ops@example.com");
	cr_assert_str_eq(json_str(order, "profile"), "shortlived");
	cr_assert_eq(json_object_size(eab), 3);
	cr_assert_not_null(strstr(acme_payload("account"), "\"protected\""));
	acme_content();
}

/* ---- directory, account, nonces --------------------------------------------- */

Test(acme_client, questions_that_come_together_share_directory_and_account)
{
	struct ask *asks[6];

	for (int i = 0; i < 6; i++)
		asks[i] = acme_start(acme_new_order());
	for (int i = 0; i < 6; i++) {
		acme_wait(asks[i]);
		cr_assert_null(asks[i]->answer.err.code);
	}
	acme_good(acme_new_order());
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 1);
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 1);
	cr_assert_eq(fake_ca_count(bench.ca, "order-new"), 7);
	cr_assert_leq(fake_ca_count(bench.ca, "nonce"), 4);	/* the rest came with the replies */
	acme_content();
}

Test(acme_client, an_account_that_is_known_is_not_asked_for)
{
	bench.row.account_url = acme_at("/account/77");
	cr_assert_str_eq(acme_good(acme_new_order())->account_url, acme_at("/account/77"));
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 0);
	char *protected = fake_ca_protected(bench.ca, "order-new");
	auto_json *header = json_loads(protected, 0, NULL);

	cr_assert_str_eq(json_str(header, "kid"), acme_at("/account/77"));
	free(protected);
	acme_content();
}

Test(acme_client, an_account_that_the_ca_has_lost_is_made_again_once)
{
	struct ask *two[2];

	bench.row.account_url = acme_at("/account/77");
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .account = "/account/77", .status = 400,
	    .body = "{\"type\":\"" URN "accountDoesNotExist\",\"detail\":\"gone\"}" });
	for (int i = 0; i < 2; i++)
		two[i] = acme_start(acme_new_order());
	for (int i = 0; i < 2; i++) {
		acme_wait(two[i]);
		cr_assert_null(two[i]->answer.err.code, "%s", two[i]->answer.err.detail);
		cr_assert_str_eq(((const struct acme_answer *)two[i]->answer.detail)->account_url, acme_at("/account/1"));
	}
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 1);
	/* the row has not heard of it yet */
	cr_assert_str_eq(acme_good(acme_new_order())->account_url, acme_at("/account/1"));
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 1);
	acme_content();
}

Test(acme_client, an_account_that_was_lost_is_not_tried_again_from_the_row)
{
	bench.row.account_url = acme_at("/account/77");
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .account = "/account/77", .status = 400,
	    .body = "{\"type\":\"" URN "accountDoesNotExist\"}" });
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 503 });
	acme_bad(acme_new_order(), "acme_server_internal", BLAME_CA);
	cr_assert_str_eq(acme_good(acme_new_order())->account_url, acme_at("/account/1"));
	cr_assert_eq(fake_ca_count(bench.ca, "order-new"), 2);	/* one in vain, one that went well */
	acme_content();
}

Test(acme_client, a_ca_that_never_knows_us_is_not_asked_for_ever)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .status = 400, .body = "{\"type\":\"" URN "accountDoesNotExist\"}" });
	acme_bad(acme_new_order(), "acme_account_missing", BLAME_US);
	cr_assert_eq(fake_ca_count(bench.ca, "order-new"), 2);
	cr_assert_leq(fake_ca_count(bench.ca, "account"), 2);
	acme_content();
}

Test(acme_client, an_account_lost_while_authorizations_are_read_is_made_again)
{
	bench.row.account_url = acme_at("/account/77");
	fake_ca_play(bench.ca, &(struct fault){ .at = "authz", .times = 1, .status = 400, .body = "{\"type\":\"" URN "accountDoesNotExist\"}" });
	cr_assert_eq(acme_good(acme_read_order())->order->count, 2);
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 1);
	cr_assert_eq(fake_ca_count(bench.ca, "order"), 2);
	acme_content();
}

Test(acme_client, an_account_that_is_not_valid_is_refused)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .status = 200, .headers = "Location: BASE/account/1\r\n",
	    .body = "{\"status\":\"deactivated\"}" });
	acme_bad(acme_new_order(), "acme_account_refused", BLAME_US);
	acme_content();
}

Test(acme_client, an_account_without_location_or_with_a_foreign_one_is_refused)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 201, .body = "{\"status\":\"valid\"}" });
	acme_bad(acme_new_order(), "acme_protocol", BLAME_CA);
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 201, .headers = "Location: https://evil.test/1\r\n",
	    .body = "{\"status\":\"valid\"}" });
	acme_bad(acme_new_order(), "acme_foreign_url", BLAME_CA);
	acme_good(acme_new_order());
	acme_content();
}

Test(acme_client, a_row_that_changes_is_another_account)
{
	char *sealed;

	acme_good(acme_new_order());
	key_make_account(bench.arena, bench.seal, "certificate_authority/ca-1/account_key", &sealed);
	bench.row.account_key = sealed;
	cr_assert_str_eq(acme_good(acme_new_order())->account_url, acme_at("/account/1"));
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 2);
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 2);
	/* the CA knows the first key only, and says so to this test */
	cr_assert_neq(strcmp(fake_ca_complaint(bench.ca), ""), 0);
}

#define BAD_NONCE "{\"type\":\"" URN "badNonce\",\"detail\":\"old\"}"

Test(acme_client, five_bad_nonces_are_survived)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 5, .status = 400, .body = BAD_NONCE });
	acme_good(acme_new_order());
	cr_assert_eq(fake_ca_count(bench.ca, "order-new"), 6);
	acme_content();
}

Test(acme_client, six_bad_nonces_are_an_error)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 6, .status = 400, .body = BAD_NONCE });
	acme_bad(acme_new_order(), "acme_bad_nonce", BLAME_CA);
	cr_assert_eq(fake_ca_count(bench.ca, "order-new"), 6);
	acme_good(acme_new_order());
	acme_content();
}

Test(acme_client, a_bad_nonce_reply_without_a_nonce_sends_us_to_new_nonce)
{
	int before;

	acme_good(acme_new_order());
	before = fake_ca_count(bench.ca, "nonce");
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 2, .status = 400, .body = BAD_NONCE, .without_nonce = true });
	acme_good(acme_new_order());
	cr_assert_eq(fake_ca_count(bench.ca, "nonce"), before + 2);
	acme_content();
}

Test(acme_client, replies_without_a_nonce_are_fine)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .status = 201, .headers = "Location: BASE/order/1\r\n", .keep_body = true, .without_nonce = true });
	for (int i = 0; i < 3; i++)
		acme_good(acme_new_order());
	acme_content();
}

Test(acme_client, a_nonce_that_is_none_is_not_taken)
{
	static const char *const odd[] = { "", "a b", "a\"b", "a=b", "\xc3\xa9" };
	char *huge = arena_alloc(bench.arena, 601);

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "nonce", .times = 1, .status = 200, .nonce = odd[i] });
		acme_bad(acme_new_order(), "acme_protocol", BLAME_CA);
	}
	memset(huge, 'a', 600);
	fake_ca_play(bench.ca, &(struct fault){ .at = "nonce", .times = 1, .status = 200, .nonce = huge });
	acme_bad(acme_new_order(), "acme_protocol", BLAME_CA);
	fake_ca_play(bench.ca, &(struct fault){ .at = "account", .times = 1, .status = 201, .headers = "Location: BASE/account/1\r\n",
	    .keep_body = true, .nonce = huge });
	acme_good(acme_new_order());
	acme_content();
}

Test(acme_client, new_nonce_may_fail_as_anything_else)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "nonce", .times = 1, .status = 503, .headers = "Retry-After: 30\r\n" });
	cr_assert_eq(acme_bad(acme_new_order(), "acme_server_internal", BLAME_CA).retry_after, 30);
	fake_ca_play(bench.ca, &(struct fault){ .at = "nonce" });
	acme_bad(acme_new_order(), "acme_unreachable", BLAME_CA);
	fake_ca_calm(bench.ca);
	acme_good(acme_new_order());
	acme_content();
}

/* ---- a line at the CA's door ------------------------------------------------ */

Test(acme_client, four_requests_are_under_way_at_a_ca_and_the_others_wait_their_turn)
{
	struct fake_ca *other = fake_ca_new();
	struct acme_ca other_row = bench.row;
	struct ask *asks[9];

	other_row.id = "ca-2";
	other_row.directory = fake_ca_directory(other);
	other_row.trust_file = fake_ca_trust_file(other);
	key_make_account(bench.arena, bench.seal, "certificate_authority/ca-2/account_key", (char **)&other_row.account_key);
	acme_good(acme_new_order());
	fake_ca_hold(bench.ca, "challenge");
	for (int i = 0; i < 9; i++)
		asks[i] = acme_start((struct acme_question){ .act = ACME_VALIDATE, .url = acme_at("/challenge/http") });
	while (fake_ca_held(bench.ca) < 4)
		loop_turn(bench.loop, true);
	/* meanwhile another CA is served, and a fifth has time to come */
	for (int i = 0; i < 5; i++) {
		struct acme_question q = acme_new_order();

		q.ca = other_row;
		acme_good(q);
	}
	cr_assert_eq(fake_ca_held(bench.ca), 4);
	fake_ca_release(bench.ca);
	for (int i = 0; i < 9; i++) {
		acme_wait(asks[i]);
		cr_assert_null(asks[i]->answer.err.code);
	}
	cr_assert_eq(fake_ca_most_held(bench.ca), 4);
	cr_assert_eq(fake_ca_count(bench.ca, "challenge"), 9);
	cr_assert_str_eq(fake_ca_complaint(other), "");
	acme_content();
	fake_ca_free(other);
}

Test(acme_client, closing_with_requests_under_way_answers_nobody)
{
	struct ask *asks[6];

	acme_good(acme_new_order());
	fake_ca_hold(bench.ca, "challenge");
	for (int i = 0; i < 6; i++)
		asks[i] = acme_start((struct acme_question){ .act = ACME_VALIDATE, .url = acme_at("/challenge/http") });
	while (fake_ca_held(bench.ca) < 4)
		loop_turn(bench.loop, true);
	acme_client_close(bench.client);
	bench.client = NULL;
	http_close(bench.http);
	fake_ca_release(bench.ca);
	for (int i = 0; i < 6; i++)
		cr_assert_eq(asks[i]->answers, 0);
	bench.http = http_open(bench.loop, bench.dns, true);
}
