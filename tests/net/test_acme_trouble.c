/* acme/client against a CA that is in trouble, or lies. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "acme/key.h"
#include "tests/net/acme_bench.h"
#include "tests/net/servers.h"

TestSuite(acme_trouble, .init = acme_begin, .fini = acme_finish, .timeout = 60);

/* ---- a CA in trouble -------------------------------------------------------- */

Test(acme_trouble, a_503_in_html_is_the_cas_own_problem)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 503, .headers = "Content-Type: text/html\r\nRetry-After: 120\r\n",
	    .body = "<html><body>Down for <b>maintenance</b></body></html>" });
	struct err err = acme_bad(acme_new_order(), "acme_server_internal", BLAME_CA);

	cr_assert_eq(err.retry_after, 120);
	cr_assert_str_eq(err.detail, "test_ca: HTTP status 503 without a problem document");
	/* the next one looks at the directory again before it goes on */
	acme_good(acme_new_order());
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 2);
	acme_content();
}

Test(acme_trouble, a_rate_limit_says_until_when)
{
	static const struct { const char *header; int64_t seconds; } table[] = {
		{ "Retry-After: 90\r\n", 90 },
		{ "Retry-After: 100000\r\n", 86400 },
		{ "Retry-After: 999999999999999999999\r\n", 86400 },
		{ "Retry-After: -5\r\n", 0 },
		{ "Retry-After: soon\r\n", 0 },
		{ "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 01:00:00 GMT\r\n", 3600 },
		{ "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 0 },
		{ NULL, 0 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 429, .headers = table[i].header,
		    .body = "{\"type\":\"" URN "rateLimited\",\"detail\":\"too many certificates\"}" });
		struct err err = acme_bad(acme_new_order(), "acme_rate_limited", BLAME_CA);

		cr_assert_eq(err.retry_after, table[i].seconds, "%zu: %lld", i, (long long)err.retry_after);
		cr_assert_str_eq(err.detail, "test_ca: " URN "rateLimited: too many certificates");
	}
	acme_content();
}

Test(acme_trouble, the_retry_after_of_an_order_is_clamped)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "finalize", .status = 200, .headers = "Retry-After: 80000\r\n", .keep_body = true });
	cr_assert_eq(acme_good((struct acme_question){ .act = ACME_FINALIZE, .url = acme_at("/finalize/1"), .csr = "AA" })->order->retry_after, 21600);
}

Test(acme_trouble, lost_connections_are_a_ca_that_cannot_be_reached)
{
	static const char *const resources[] = { "directory", "account", "order-new", "order", "authz" };

	for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = resources[i] });
		acme_bad(i < 3 ? acme_new_order() : acme_read_order(), "acme_unreachable", BLAME_CA);
		fake_ca_calm(bench.ca);
		acme_good(acme_new_order());
		bench.row.id = arena_printf(bench.arena, "ca-%zu", i + 2);	/* from the beginning, as another row */
		key_make_account(bench.arena, bench.seal, arena_printf(bench.arena, "certificate_authority/%s/account_key", bench.row.id), (char **)&bench.row.account_key);
	}
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 201, .headers = "Location: BASE/order/1\r\n",
	    .keep_body = true, .half = true });
	acme_bad(acme_new_order(), "acme_unreachable", BLAME_CA);
}

Test(acme_trouble, a_port_where_nobody_listens_is_a_ca_that_cannot_be_reached)
{
	struct acme_question q = acme_new_order();

	q.ca = bench.row;
	q.ca.directory = arena_printf(bench.arena, "https://127.0.0.1:%u/dir", dead_port());
	cr_assert_not_null(strstr(acme_bad(q, "acme_unreachable", BLAME_CA).detail, "http_unreachable"));
}

Test(acme_trouble, a_ca_whose_certificate_we_do_not_trust_is_not_spoken_to)
{
	bench.row.trust_file = "/etc/ssl/certs/ca-certificates.crt";
	cr_assert_not_null(strstr(acme_bad(acme_new_order(), "acme_unreachable", BLAME_CA).detail, "http_tls"));
	cr_assert_eq(fake_ca_count(bench.ca, "directory"), 0);
}

Test(acme_trouble, our_own_resolver_is_not_the_cas_fault)
{
	struct acme_question q = acme_new_order();

	q.ca = bench.row;
	q.ca.directory = "https://ca.example.com/dir";	/* nobody answers on port 1 */
	struct ask *ask = acme_start(q);

	acme_wait(ask);
	cr_assert_eq(strncmp(ask->answer.err.code, "dns_", 4), 0, "%s", ask->answer.err.code);
	cr_assert_eq(ask->answer.err.blame, BLAME_US);
}

Test(acme_trouble, a_directory_that_is_not_https_is_our_mistake)
{
	struct acme_question q = acme_new_order();

	q.ca = bench.row;
	q.ca.directory = "http://127.0.0.1:1/dir";
	struct ask *ask = acme_start(q);

	acme_wait(ask);
	cr_assert_str_eq(ask->answer.err.code, "bad_option");
}

Test(acme_trouble, an_account_key_of_another_row_does_not_open)
{
	bench.row.id = "ca-2";
	struct ask *ask = acme_start(acme_new_order());

	acme_wait(ask);
	cr_assert_str_eq(ask->answer.err.code, "seal_broken");
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 0);
}

Test(acme_trouble, refusals_keep_the_cas_own_words)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 403,
	    .body = "{\"type\":\"" URN "rejectedIdentifier\",\"detail\":\"policy\\nforbids\\u001b[2J\"}" });
	cr_assert_str_eq(acme_bad(acme_new_order(), "acme_rejected_identifier", BLAME_CA).detail,
	    "test_ca: " URN "rejectedIdentifier: policy forbids [2J");
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .times = 1, .status = 404, .body = "" });
	acme_bad(acme_read_order(), "acme_not_found", BLAME_CA);
	acme_content();
}

/* ---- a CA that lies --------------------------------------------------------- */

Test(acme_trouble, a_body_that_is_no_json_object_is_a_protocol_error)
{
	static const char *const bodies[] = { "", "<html>fine</html>", "[]", "7", "{\"status\":\"pending\"", "{\"a\":1,\"a\":2}", "\xef\xbb\xbf{}",
		"{\"status\":\"\xff\"}", "{}{}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" };

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "order", .times = 1, .status = 200, .body = bodies[i] });
		acme_bad(acme_read_order(), "acme_protocol", BLAME_CA);
	}
	fake_ca_play(bench.ca, &(struct fault){ .at = "directory", .times = 1, .status = 200, .body = "<html>" });
	acme_bad(acme_read_order(), "acme_protocol", BLAME_CA);
	acme_good(acme_read_order());
	acme_content();
}

Test(acme_trouble, a_body_over_a_mebibyte_is_not_read)
{
	char *huge = arena_alloc(bench.arena, (1 << 20) + 100);

	memset(huge, ' ', (1 << 20) + 90);
	huge[0] = '{';
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .times = 1, .status = 200, .body = huge });
	cr_assert_not_null(strstr(acme_bad(acme_read_order(), "acme_protocol", BLAME_CA).detail, "http_too_large"));
	acme_content();
}

Test(acme_trouble, urls_of_others_are_never_asked)
{
	static const struct fault faults[] = {
		{ .at = "directory", .times = 1, .status = 200, .body = "{\"newNonce\":\"BASE/nonce\",\"newAccount\":\"BASE/account\",\"newOrder\":\"https://evil.test/\"}" },
		{ .at = "directory", .times = 1, .status = 200, .body = "{\"newNonce\":\"http://127.0.0.1/nonce\",\"newAccount\":\"BASE/account\",\"newOrder\":\"BASE/o\"}" },
		{ .at = "order", .times = 1, .status = 200, .body = "{\"status\":\"pending\",\"finalize\":\"BASE/f\",\"authorizations\":[\"https://169.254.169.254/latest\"]}" },
		{ .at = "order", .times = 1, .status = 200, .body = "{\"status\":\"pending\",\"finalize\":\"BASE@evil.test/f\",\"authorizations\":[\"BASE/authz/1\"]}" },
		{ .at = "authz", .times = 1, .status = 200, .body = "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"shop.example.com\"},"
		    "\"challenges\":[{\"type\":\"http-01\",\"status\":\"pending\",\"url\":\"https://evil.test/\",\"token\":\"" TOKEN "\"}]}" },
	};

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		fake_ca_play(bench.ca, &faults[i]);
		acme_bad(acme_read_order(), "acme_foreign_url", BLAME_CA);
	}
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 201, .headers = "Location: https://evil.test/order/1\r\n", .keep_body = true });
	acme_bad(acme_new_order(), "acme_foreign_url", BLAME_CA);
	acme_good(acme_read_order());
	acme_content();
}

Test(acme_trouble, a_foreign_url_in_our_own_row_is_not_signed_for)
{
	acme_bad((struct acme_question){ .act = ACME_FINALIZE, .url = "https://evil.test/f", .csr = "AA" }, "acme_foreign_url", BLAME_CA);
	acme_bad((struct acme_question){ .act = ACME_DOWNLOAD, .url = "file:///etc/passwd" }, "acme_foreign_url", BLAME_CA);
	/* nor is a foreign account used */
	bench.row.account_url = "https://evil.test/account/1";
	cr_assert_str_eq(acme_good(acme_new_order())->account_url, acme_at("/account/1"));
	acme_content();
}

Test(acme_trouble, tokens_that_are_unsafe_are_refused)
{
	static const char *const tokens[] = { "", "short", "../../../../../../../etc/passwd", "aaaaaaaaaaaaaaaaaaaaaa;reboot",
		"aaaaaaaaaaaaaaaaaaaaaa\\r\\nX: y", "aaaaaaaaaaaaaaaaaaaaaa\xc3\xa9" };

	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "authz", .times = 2, .status = 200, .body = arena_printf(bench.arena,
		    "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"shop.example.com\"},\"challenges\":[{\"type\":\"http-01\","
		    "\"status\":\"pending\",\"url\":\"BASE/challenge/http\",\"token\":\"%s\"}]}", tokens[i]) });
		acme_bad(acme_read_order(), "acme_bad_token", BLAME_CA);
	}
	acme_content();
}

Test(acme_trouble, an_order_for_other_names_is_refused)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 201, .headers = "Location: BASE/order/1\r\n",
	    .body = "{\"status\":\"pending\",\"finalize\":\"BASE/f\",\"authorizations\":[\"BASE/authz/1\"],"
	    "\"identifiers\":[{\"type\":\"dns\",\"value\":\"evil.test\"}]}" });
	acme_bad(acme_new_order(), "acme_protocol", BLAME_CA);
	fake_ca_play(bench.ca, &(struct fault){ .at = "order-new", .times = 1, .status = 201, .keep_body = true, .headers = "X: no Location\r\n" });
	acme_bad(acme_new_order(), "acme_protocol", BLAME_CA);
	acme_content();
}

Test(acme_trouble, a_certificate_that_is_no_pem_is_refused)
{
	static const char *const bodies[] = { "", "<html>", "\x30\x82", "{\"status\":\"valid\"}" };
	char *huge = arena_alloc(bench.arena, (64 << 10) + 2);

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		fake_ca_play(bench.ca, &(struct fault){ .at = "certificate", .times = 1, .status = 200, .body = bodies[i] });
		acme_bad((struct acme_question){ .act = ACME_DOWNLOAD, .url = acme_at("/certificate/1") }, "acme_protocol", BLAME_CA);
	}
	memset(huge, '-', (64 << 10) + 1);
	fake_ca_play(bench.ca, &(struct fault){ .at = "certificate", .times = 1, .status = 200, .body = huge });
	acme_bad((struct acme_question){ .act = ACME_DOWNLOAD, .url = acme_at("/certificate/1") }, "acme_protocol", BLAME_CA);
	acme_content();
}

Test(acme_trouble, redirects_are_not_followed)
{
	fake_ca_play(bench.ca, &(struct fault){ .at = "order", .times = 1, .status = 307, .headers = "Location: BASE/order/2\r\n" });
	acme_bad(acme_read_order(), "acme_protocol", BLAME_CA);
	cr_assert_eq(fake_ca_count(bench.ca, "order"), 1);
	acme_content();
}
