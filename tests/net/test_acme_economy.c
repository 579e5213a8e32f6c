/* How many HTTP requests a whole issuance takes, with the questions that
 * acme/certificate puts (tests/sim/test_renewal.c counts those). */
#include <criterion/criterion.h>

#include "tests/net/acme_bench.h"

TestSuite(acme_economy, .init = acme_begin, .fini = acme_finish, .timeout = 60);

#define ORDER(status, rest) "{\"status\":\"" status "\",\"expires\":\"2030-01-01T00:00:00Z\"," \
	"\"identifiers\":[{\"type\":\"dns\",\"value\":\"shop.example.com\"}]," \
	"\"authorizations\":[\"BASE/authz/1\"],\"finalize\":\"BASE/finalize/1\"" rest "}"
#define AUTHORIZATION(status) "{\"status\":\"" status "\",\"identifier\":{\"type\":\"dns\",\"value\":\"shop.example.com\"}," \
	"\"challenges\":[{\"type\":\"http-01\",\"url\":\"BASE/challenge/http\",\"status\":\"" status "\",\"token\":\"" TOKEN "\"}]}"

/* The next answer of a resource. */
static void
then(const char *at, int status, const char *headers, const char *body)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = at, .times = 1, .status = status, .headers = headers, .body = body });
}

/* From newOrder to the chain; how many requests it took. */
static int
issue(void)
{
	static const char *const names[] = { "shop.example.com", NULL };
	int before = fake_ca_requests(bench.ca);

	then("order-new", 201, "Location: BASE/order/1\r\n", ORDER("pending", ""));
	acme_good((struct acme_question){ .act = ACME_NEW_ORDER, .names = names });
	then("order", 200, NULL, ORDER("pending", ""));
	then("authz", 200, NULL, AUTHORIZATION("pending"));
	cr_assert_str_eq(acme_good(acme_read_order())->order->status, "pending");
	acme_good((struct acme_question){ .act = ACME_VALIDATE, .url = acme_at("/challenge/http") });
	then("order", 200, NULL, ORDER("ready", ""));
	then("authz", 200, NULL, AUTHORIZATION("valid"));
	cr_assert_str_eq(acme_good(acme_read_order())->order->status, "ready");
	then("finalize", 200, NULL, ORDER("processing", ""));
	acme_good((struct acme_question){ .act = ACME_FINALIZE, .url = acme_at("/finalize/1"), .csr = "AAAA" });
	then("order", 200, NULL, ORDER("valid", ",\"certificate\":\"BASE/certificate/1\""));
	cr_assert_str_eq(acme_good(acme_read_order())->order->status, "valid");
	cr_assert_not_null(acme_good((struct acme_question){ .act = ACME_DOWNLOAD, .url = acme_at("/certificate/1") })->chain);
	acme_content();
	return fake_ca_requests(bench.ca) - before;
}

Test(acme_economy, an_issuance_takes_nine_requests)
{
	int first = issue(), second = issue();

	/* Once in a process: directory, nonce, account. */
	cr_expect_leq(first, 3 + 9, "%d requests", first);
	cr_expect_leq(second, 9, "%d requests", second);
	cr_expect_eq(fake_ca_count(bench.ca, "nonce"), 1);
	cr_expect_eq(fake_ca_count(bench.ca, "order-new"), 2);
}

Test(acme_economy, bad_nonces_cost_a_request_each_and_no_order)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 400,
	    .body = "{\"type\":\"" URN "badNonce\",\"detail\":\"so\"}" });
	fake_ca_play(bench.ca, &(struct fault){ .at = "finalize", .times = 1, .status = 400,
	    .body = "{\"type\":\"" URN "badNonce\",\"detail\":\"so\"}" });
	cr_expect_leq(issue(), 3 + 9 + 2);
	cr_expect_eq(issue(), 9);
}
