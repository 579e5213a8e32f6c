/*
 * A hostile CA: what its JSON, its URLs and its headers may do to us, which is
 * nothing.  Certificates, TLS and time are in test_acme_hostile_chain.c.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"
#include "tests/net/hostile.h"

TestSuite(acme_hostile, .timeout = 120);

#define DIRECTORY(nonce, account, order, rest) "{\"newNonce\":\"" nonce "\",\"newAccount\":\"" account \
	"\",\"newOrder\":\"" order "\"" rest "}"
#define HONEST_AND(rest) DIRECTORY("BASE/nonce", "BASE/account", "BASE/order-new", rest)
#define DNS(name) "{\"type\":\"dns\",\"value\":\"" name "\"}"
#define BOTH "[" DNS("shop.example.com") "," DNS("*.shop.example.com") "]"
#define ORDER(status, names, authorizations, rest) "{\"status\":\"" status "\",\"identifiers\":" names \
	",\"authorizations\":[" authorizations "],\"finalize\":\"BASE/finalize/1\"" rest "}"
#define PENDING(rest) ORDER("pending", BOTH, "\"BASE/authz/1\",\"BASE/authz/2\"", rest)
#define CHALLENGE(url, token) "{\"type\":\"dns-01\",\"status\":\"pending\",\"url\":\"" url "\",\"token\":\"" token "\"}"
#define AUTHZ(identifier, status, challenges, rest) "{\"status\":\"" status "\",\"identifier\":" identifier \
	",\"challenges\":[" challenges "]" rest "}"
#define SHOP(challenges) AUTHZ(DNS("shop.example.com"), "pending", challenges, "")
#define PROBLEM(type, rest) "{\"type\":\"" type "\"" rest "}"
#define AT_BAIT "https://127.0.0.1:BAIT/x"

#define SAYS(resource, what) { { .at = (resource), .status = 200, .body = (what) } }
#define ORDERED(headers_, body_) { { .at = "order-new", .status = 201, .headers = (headers_), .body = (body_) } }

/* ---- URLs --------------------------------------------------------------------------- */

#define NEW_ORDER_AT(url) SAYS("directory", DIRECTORY("BASE/nonce", "BASE/account", url, ""))

Test(acme_hostile, a_directory_with_urls_of_others_is_refused)
{
	static const struct script scripts[] = {
		{ "newOrder of somebody else", PLACES, NEW_ORDER_AT(AT_BAIT), .code = "acme_foreign_url" },
		{ "newNonce of somebody else", PLACES, SAYS("directory", DIRECTORY(AT_BAIT, "BASE/account", "BASE/order-new", "")), .code = "acme_foreign_url" },
		{ "newAccount of somebody else", PLACES, SAYS("directory", DIRECTORY("BASE/nonce", AT_BAIT, "BASE/order-new", "")), .code = "acme_foreign_url" },
		{ "newNonce without TLS", PLACES, SAYS("directory", DIRECTORY("http://127.0.0.1:BAIT/", "BASE/account", "BASE/order-new", "")), .code = "acme_foreign_url" },
		{ "newOrder without TLS at its own port", PLACES, NEW_ORDER_AT("http://127.0.0.1:CAPORT/order-new"), .code = "acme_foreign_url" },
		{ "a name of somebody else", PLACES, NEW_ORDER_AT("https://evil.test/order-new"), .code = "acme_foreign_url" },
		{ "a user", PLACES, NEW_ORDER_AT("https://user@127.0.0.1:CAPORT/order-new"), .code = "acme_foreign_url" },
		{ "its own origin as the user of another", PLACES, NEW_ORDER_AT("https://127.0.0.1:CAPORT@127.0.0.1:BAIT/"), .code = "acme_foreign_url" },
		{ "that with a backslash", PLACES, NEW_ORDER_AT("https://127.0.0.1:CAPORT\\\\@127.0.0.1:BAIT/"), .code = "acme_foreign_url" },
		{ "that with a fragment", PLACES, NEW_ORDER_AT("https://127.0.0.1:CAPORT#@127.0.0.1:BAIT/"), .code = "acme_foreign_url" },
		{ "two ports", PLACES, NEW_ORDER_AT("https://127.0.0.1:CAPORT:BAIT/"), .code = "acme_foreign_url" },
		{ "no port", PLACES, NEW_ORDER_AT("https://127.0.0.1/order-new"), .code = "acme_foreign_url" },
		{ "an empty port", PLACES, NEW_ORDER_AT("https://127.0.0.1:/order-new"), .code = "acme_foreign_url" },
		{ "a port with zeros before it", PLACES, NEW_ORDER_AT("https://127.0.0.1:0CAPORT/order-new"), .code = "acme_foreign_url" },
		{ "a port over 65535", PLACES, NEW_ORDER_AT("https://127.0.0.1:99999/order-new"), .code = "acme_foreign_url" },
		{ "another spelling of its address", PLACES, NEW_ORDER_AT("https://127.1:CAPORT/order-new"), .code = "acme_foreign_url" },
		{ "another name of its address", PLACES, NEW_ORDER_AT("https://localhost:CAPORT/order-new"), .code = "acme_foreign_url" },
		{ "a final dot", PLACES, NEW_ORDER_AT("https://127.0.0.1.:CAPORT/order-new"), .code = "acme_foreign_url" },
		{ "a path of 10 KB", PLACES, NEW_ORDER_AT("BASE/order-new/<<10240:a>>"), .code = "acme_foreign_url" },
		{ "CR LF in the path", PLACES, NEW_ORDER_AT("BASE/order-new\\r\\nX: y"), .code = "acme_foreign_url" },
		{ "a space in the path", PLACES, NEW_ORDER_AT("BASE/order-new HTTP/1.1"), .code = "acme_foreign_url" },
		{ "a file", PLACES, NEW_ORDER_AT("file:///etc/passwd"), .code = "acme_foreign_url" },
		{ "nothing", PLACES, NEW_ORDER_AT(""), .code = "acme_foreign_url" },
		{ "a path alone", PLACES, NEW_ORDER_AT("/order-new"), .code = "acme_foreign_url" },
		{ "keyChange of somebody else", ROLLS, SAYS("directory", HONEST_AND(",\"keyChange\":\"" AT_BAIT "\"")), .code = "acme_foreign_url" },
		{ "revokeCert of somebody else", REVOKES, SAYS("directory", HONEST_AND(",\"revokeCert\":\"" AT_BAIT "\"")), .code = "acme_foreign_url" },
		{ "renewalInfo of somebody else", WINDOWS, SAYS("directory", HONEST_AND(",\"renewalInfo\":\"http://127.0.0.1:BAIT/\"")), .code = "acme_foreign_url" },
		{ "renewalInfo that is empty", WINDOWS, SAYS("directory", HONEST_AND(",\"renewalInfo\":\"\"")), .code = "acme_no_renewal_info" },
		{ "renewalInfo of 10 KB", WINDOWS, SAYS("directory", HONEST_AND(",\"renewalInfo\":\"BASE/renewal/<<10240:a>>\"")), .code = "acme_no_renewal_info" },
	};

	HOSTILE_RUN(scripts);
}

#define AUTHZ_AT(url) SAYS("order", ORDER("pending", BOTH, "\"" url "\"", ""))

Test(acme_hostile, urls_of_others_in_orders_and_authorizations_are_refused)
{
	static const struct script scripts[] = {
		{ "an authorization at somebody else's", READS, AUTHZ_AT(AT_BAIT), .code = "acme_foreign_url" },
		{ "an authorization without TLS", READS, AUTHZ_AT("http://127.0.0.1:CAPORT/authz/1"), .code = "acme_foreign_url" },
		{ "an authorization in the cloud's own network", READS, AUTHZ_AT("https://169.254.169.254/latest/meta-data"), .code = "acme_foreign_url" },
		{ "an authorization behind an @", READS, AUTHZ_AT("BASE@127.0.0.1:BAIT/"), .code = "acme_foreign_url" },
		{ "the second authorization at somebody else's", READS, AUTHZ_AT("BASE/authz/1\",\"" AT_BAIT), .code = "acme_foreign_url" },
		{ "finalize at somebody else's", READS, SAYS("order", "{\"status\":\"pending\",\"authorizations\":[\"BASE/authz/1\"],\"finalize\":\"" AT_BAIT "\"}"), .code = "acme_foreign_url" },
		{ "finalize with CR LF", READS, SAYS("order", "{\"status\":\"pending\",\"authorizations\":[\"BASE/authz/1\"],\"finalize\":\"BASE/f\\r\\nX: y\"}"), .code = "acme_foreign_url" },
		{ "the certificate at somebody else's", POLLS, SAYS("order", ORDER("valid", BOTH, "", ",\"certificate\":\"" AT_BAIT "\"")), .code = "acme_foreign_url" },
		{ "the certificate without TLS", FINISHES, SAYS("finalize", ORDER("valid", BOTH, "", ",\"certificate\":\"http://127.0.0.1:BAIT/\"")), .code = "acme_foreign_url" },
		{ "a challenge at somebody else's", READS, SAYS("authz", SHOP(CHALLENGE(AT_BAIT, TOKEN))), .code = "acme_foreign_url" },
		{ "a challenge behind an @", READS, SAYS("authz", SHOP(CHALLENGE("BASE@127.0.0.1:BAIT/", TOKEN))), .code = "acme_foreign_url" },
		{ "a challenge with a tab", READS, SAYS("authz", SHOP(CHALLENGE("BASE/challenge/\\tdns", TOKEN))), .code = "acme_foreign_url" },
		{ "an order's Location at somebody else's", PLACES, { { .at = "order-new", .status = 201, .headers = "Location: " AT_BAIT "\r\n", .keep_body = true } }, .code = "acme_foreign_url" },
		{ "an order's Location without TLS", PLACES, { { .at = "order-new", .status = 201, .headers = "Location: http://127.0.0.1:CAPORT/order/1\r\n", .keep_body = true } }, .code = "acme_foreign_url" },
		{ "an order's Location of 10 KB", PLACES, { { .at = "order-new", .status = 201, .headers = "Location: BASE/order/<<10240:a>>\r\n", .keep_body = true } }, .code = "acme_foreign_url" },
		{ "a good Location behind a bad one", PLACES, { { .at = "order-new", .status = 201, .headers = "Location: " AT_BAIT "\r\nLocation: BASE/order/1\r\n", .keep_body = true } }, .code = "acme_foreign_url" },
		{ "no Location", PLACES, { { .at = "order-new", .status = 201, .headers = "Link: <BASE/order/1>\r\n", .keep_body = true } }, .code = "acme_protocol" },
		{ "finalize's Location at somebody else's", FINISHES, { { .at = "finalize", .status = 200, .headers = "Location: " AT_BAIT "\r\n", .keep_body = true } }, .code = "acme_foreign_url" },
		{ "an account's Location at somebody else's", PLACES, { { .at = "account", .status = 201, .headers = "Location: " AT_BAIT "\r\n", .keep_body = true } }, .code = "acme_foreign_url" },
		{ "an account's Location without TLS", FINDS, { { .at = "account", .status = 200, .headers = "Location: http://127.0.0.1:CAPORT/account/1\r\n", .body = "{\"status\":\"valid\"}" } }, .code = "acme_foreign_url" },
	};

	HOSTILE_RUN(scripts);
}

#define TO_BAIT "Location: " AT_BAIT "\r\n"
#define MOVED(resource, code_, headers_) { { .at = (resource), .status = (code_), .headers = (headers_) } }

Test(acme_hostile, no_redirect_is_followed)
{
	static const struct script scripts[] = {
		{ "the directory", PLACES, MOVED("directory", 301, TO_BAIT), .code = "acme_protocol", .most = 1 },
		{ "the directory, at its own origin", PLACES, MOVED("directory", 302, "Location: BASE/dir2\r\n"), .code = "acme_protocol", .most = 1 },
		{ "newNonce", PLACES, MOVED("nonce", 307, TO_BAIT), .code = "acme_protocol", .most = 2 },
		{ "newAccount", PLACES, MOVED("account", 308, "Location: BASE/account/2\r\n"), .code = "acme_protocol", .most = 3 },
		{ "newOrder", PLACES, MOVED("order-new", 303, "Location: BASE/order/1\r\n"), .code = "acme_protocol", .most = 4 },
		{ "the order", READS, MOVED("order", 307, TO_BAIT), .code = "acme_protocol", .most = 4 },
		{ "the authorizations", READS, MOVED("authz", 302, TO_BAIT), .code = "acme_protocol", .most = 7 },
		{ "the challenge", TELLS, MOVED("challenge", 302, TO_BAIT), .code = "acme_protocol", .most = 4 },
		{ "finalize", FINISHES, MOVED("finalize", 303, "Location: BASE/order/1\r\n"), .code = "acme_protocol", .most = 4 },
		{ "the certificate", FETCHES, MOVED("certificate", 302, TO_BAIT), .code = "acme_protocol", .most = 4 },
		{ "revokeCert", REVOKES, MOVED("revoke", 302, TO_BAIT), .code = "acme_protocol", .most = 4 },
		{ "keyChange", ROLLS, MOVED("key-change", 307, TO_BAIT), .code = "acme_protocol", .most = 5 },
		{ "renewal information", WINDOWS, MOVED("renewal", 301, TO_BAIT), .code = "acme_protocol", .most = 2 },
		{ "no Location at all", READS, MOVED("order", 300, ""), .code = "acme_protocol", .most = 4 },
		{ "not modified", READS, MOVED("order", 304, ""), .code = "acme_protocol", .most = 4 },
		{ "without a body", READS, MOVED("order", 204, ""), .code = "acme_protocol", .most = 4 },
	};

	HOSTILE_RUN(scripts);
}

/* ---- tokens ------------------------------------------------------------------------- */

#define TOKEN_IS(token) SAYS("authz", SHOP(CHALLENGE("BASE/challenge/dns", token)))

Test(acme_hostile, tokens_that_are_not_safe_are_refused)
{
	static const struct script scripts[] = {
		{ "a path", READS, TOKEN_IS("../../../../../../etc/passwd"), .code = "acme_bad_token" },
		{ "a slash", READS, TOKEN_IS("aaaaaaaaaaaaaaaaaaaaaaaa/b"), .code = "acme_bad_token" },
		{ "a shell's words", READS, TOKEN_IS("$(reboot)aaaaaaaaaaaaaaaa"), .code = "acme_bad_token" },
		{ "SQL", READS, TOKEN_IS("aaaaaaaaaaaaaaaaaaaaaa'--"), .code = "acme_bad_token" },
		{ "CR LF", READS, TOKEN_IS("aaaaaaaaaaaaaaaaaaaaaa\\r\\nX: y"), .code = "acme_bad_token" },
		{ "21 characters", READS, TOKEN_IS("<<21:a>>"), .code = "acme_bad_token" },
		{ "513 characters", READS, TOKEN_IS("<<513:a>>"), .code = "acme_bad_token" },
		{ "a mebibyte nearly", READS, TOKEN_IS("<<1000000:a>>"), .code = "acme_bad_token" },
		{ "padding", READS, TOKEN_IS("aaaaaaaaaaaaaaaaaaaaaa=="), .code = "acme_bad_token" },
		{ "base64 that is not for URLs", READS, TOKEN_IS("aaaaaaaaaaaaaaaaaaaaaa+"), .code = "acme_bad_token" },
		{ "Unicode", READS, TOKEN_IS("aaaaaaaaaaaaaaaaaaaaaa\xc3\xa9"), .code = "acme_bad_token" },
		{ "letters of full width", READS, TOKEN_IS("<<22:\xef\xbd\x81>>"), .code = "acme_bad_token" },
		{ "nothing", READS, TOKEN_IS(""), .code = "acme_bad_token" },
		{ "percent signs", READS, TOKEN_IS("%2e%2e%2faaaaaaaaaaaaaaaaaa"), .code = "acme_bad_token" },
		{ "NUL", READS, TOKEN_IS("aaaaaaaaaaaaaaaaaaaaaa\\u0000b"), .code = "acme_protocol" },
		{ "a number", READS, SAYS("authz", SHOP("{\"type\":\"dns-01\",\"status\":\"pending\",\"url\":\"BASE/challenge/dns\",\"token\":1111111111111111}")), .code = "acme_protocol" },
	};

	HOSTILE_RUN(scripts);
}

/* ---- what was ordered, and what comes back --------------------------------------------- */

#define NEW(names) ORDERED("Location: BASE/order/1\r\n", ORDER("pending", names, "\"BASE/authz/1\",\"BASE/authz/2\"", ""))
#define READ_AS(names) SAYS("order", ORDER("pending", names, "\"BASE/authz/1\",\"BASE/authz/2\"", ""))
#define IS_FOR(identifier, rest) SAYS("authz", AUTHZ(identifier, "pending", CHALLENGE("BASE/challenge/dns", TOKEN), rest))
#define ALONE ORDER("pending", "[" DNS("shop.example.com") "]", "\"BASE/authz/1\"", "")

Test(acme_hostile, an_order_for_other_names_than_were_ordered_is_refused)
{
	static const struct script scripts[] = {
		{ "another name", PLACES, NEW("[" DNS("evil.test") "," DNS("*.shop.example.com") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "a name more", PLACES, NEW("[" DNS("evil.test") "," DNS("shop.example.com") "," DNS("*.shop.example.com") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "a name less", PLACES, NEW("[" DNS("shop.example.com") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "one twice instead of both", PLACES, NEW("[" DNS("shop.example.com") "," DNS("shop.example.com") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "no names", PLACES, NEW("[]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "a thousand names", PLACES, NEW("[" DNS("shop.example.com") "<<1000:," DNS("a.test") ">>]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "addresses", PLACES, NEW("[{\"type\":\"ip\",\"value\":\"shop.example.com\"}," DNS("*.shop.example.com") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "names without a type", PLACES, NEW("[{\"value\":\"shop.example.com\"}," DNS("*.shop.example.com") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "other names when it is read", READS, READ_AS("[" DNS("evil.test") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "a name more when it is read", POLLS, READ_AS("[" DNS("evil.test") "," DNS("shop.example.com") "," DNS("*.shop.example.com") "]"), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "other names when it is finalized", FINISHES, SAYS("finalize", ORDER("processing", "[" DNS("evil.test") "]", "", "")), .code = "acme_protocol", .says = "identifiers is missing" },
		{ "an authorization for another name", READS, IS_FOR(DNS("evil.test"), ""), .code = "acme_protocol", .says = "which was not ordered" },
		{ "an authorization for the domain above", READS, IS_FOR(DNS("example.com"), ""), .code = "acme_protocol", .says = "which was not ordered" },
		{ "an authorization for an address", READS, IS_FOR("{\"type\":\"ip\",\"value\":\"192.0.2.1\"}", ""), .code = "acme_protocol", .says = "identifier is missing" },
		{ "an authorization of type ip for the name", READS, IS_FOR("{\"type\":\"ip\",\"value\":\"shop.example.com\"}", ""), .code = "acme_protocol", .says = "identifier is missing" },
		{ "an authorization for a mail address", READS, IS_FOR("{\"type\":\"email\",\"value\":\"a@shop.example.com\"}", ""), .code = "acme_protocol", .says = "identifier is missing" },
		{ "an authorization for a path", READS, IS_FOR(DNS("../../etc/passwd"), ""), .code = "acme_protocol", .says = "identifier is missing" },
		{ "an authorization for nothing", READS, IS_FOR("{}", ""), .code = "acme_protocol", .says = "identifier is missing" },
		{ "the star in its name", READS, IS_FOR(DNS("*.shop.example.com"), ""), .code = "acme_protocol", .says = "identifier is missing" },
		{ "the same authorization for both", READS, IS_FOR(DNS("shop.example.com"), ""), .code = "acme_protocol", .says = "which was not ordered" },
		{ "the wildcard's for both", READS, IS_FOR(DNS("shop.example.com"), ",\"wildcard\":true"), .code = "acme_protocol", .says = "which was not ordered" },
		{ "the wildcard's, which was not ordered", READS, { { .at = "order", .status = 200, .body = ALONE },
		    { .at = "authz", .status = 200, .body = AUTHZ(DNS("shop.example.com"), "pending", CHALLENGE("BASE/challenge/dns", TOKEN), ",\"wildcard\":true") } },
		    .code = "acme_protocol", .says = "which was not ordered", .is_alone = true },
		{ "a wildcard that is a text", READS, { { .at = "order", .status = 200, .body = ALONE }, { .at = "authz", .status = 200, .body =
		    AUTHZ(DNS("shop.example.com"), "pending", CHALLENGE("BASE/challenge/dns", TOKEN), ",\"wildcard\":\"no\"") } },
		    .code = "acme_protocol", .says = "wildcard is missing", .is_alone = true },
		{ "one authorization for two names that are pending", READS, SAYS("order", ORDER("pending", BOTH, "", "")), .code = "acme_protocol", .says = "authorizations is missing" },
		{ "nine authorizations", READS, SAYS("order", ORDER("pending", BOTH, "\"BASE/authz/1\"<<8:,\"BASE/authz/2\">>", "")), .code = "acme_protocol", .says = "authorizations is missing", .most = 4 },
		{ "a hundred thousand authorizations", READS, SAYS("order", ORDER("pending", BOTH, "\"BASE/authz/1\"<<30000:,\"BASE/authz/2\">>", "")), .code = "acme_protocol", .says = "authorizations is missing", .most = 4 },
		{ "an authorization twice", READS, SAYS("order", ORDER("pending", BOTH, "\"BASE/authz/1\",\"BASE/authz/2\",\"BASE/authz/1\"", "")), .code = "acme_protocol", .says = "which was not ordered" },
		{ "an authorization without challenges that we answer", READS, SAYS("authz", SHOP("{\"type\":\"evil-01\"}")), .code = "acme_protocol" },
	};

	HOSTILE_RUN(scripts);
}

#define PROFILE(text) ORDERED("Location: BASE/order/1\r\n", PENDING(",\"profile\":" text))

Test(acme_hostile, statuses_and_profiles_that_make_no_sense_are_refused)
{
	static const struct script scripts[] = {
		{ "an unknown status of a new order", PLACES, ORDERED("Location: BASE/order/1\r\n", ORDER("zombie", BOTH, "\"BASE/authz/1\"", "")), .code = "acme_protocol", .says = "status is missing" },
		{ "an unknown status", READS, SAYS("order", ORDER("VALID", BOTH, "\"BASE/authz/1\"", "")), .code = "acme_protocol", .says = "status is missing" },
		{ "no status", POLLS, SAYS("order", "{\"finalize\":\"BASE/f\",\"authorizations\":[]}"), .code = "acme_protocol", .says = "status is missing" },
		{ "valid without a certificate", POLLS, SAYS("order", ORDER("valid", BOTH, "", "")), .code = "acme_protocol", .says = "certificate is missing" },
		{ "finalized, and valid without a certificate", FINISHES, SAYS("finalize", ORDER("valid", BOTH, "", ",\"certificate\":null")), .code = "acme_protocol", .says = "certificate is missing" },
		{ "an unknown status of an authorization", READS, SAYS("authz", AUTHZ(DNS("shop.example.com"), "ready", CHALLENGE("BASE/c", TOKEN), "")), .code = "acme_protocol", .says = "status is missing" },
		{ "an unknown status of a challenge", READS, SAYS("authz", SHOP("{\"type\":\"http-01\",\"status\":\"ready\",\"url\":\"BASE/c\",\"token\":\"" TOKEN "\"}")), .code = "acme_protocol", .says = "status is missing" },
		{ "an expiry that is no time", READS, SAYS("order", PENDING(",\"expires\":\"tomorrow\"")), .code = "acme_protocol", .says = "expires is missing" },
		{ "an expiry in the year 100000", READS, SAYS("order", PENDING(",\"expires\":\"100000-01-01T00:00:00Z\"")), .code = "acme_protocol", .says = "expires is missing" },
		{ "an expiry before 1970", READS, SAYS("order", PENDING(",\"expires\":\"1901-01-01T00:00:00Z\"")), .code = "acme_protocol", .says = "expires is missing" },
		{ "a profile that is a number", PLACES, PROFILE("7"), .code = "acme_protocol", .says = "profile is missing" },
		{ "a profile of 10 KB", PLACES, PROFILE("\"<<10240:a>>\""), .code = "acme_protocol", .says = "profile is missing" },
		{ "a profile with a terminal's escapes", PLACES, PROFILE("\"a\\u001b[2J\""), .code = "acme_protocol", .says = "profile is missing" },
	};

	HOSTILE_RUN(scripts);
}

/* ---- JSON ----------------------------------------------------------------------------- */

#define GZIP "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00"

Test(acme_hostile, what_is_not_the_json_that_was_asked_for_is_refused)
{
	static const struct script scripts[] = {
		{ "HTML that says all is fine", READS, { { .at = "order", .status = 200, .headers = "Content-Type: text/html\r\n", .body = "<html>welcome</html>" } }, .code = "acme_protocol", .says = "no JSON object" },
		{ "HTML as directory", PLACES, SAYS("directory", "<!doctype html><title>login</title>"), .code = "acme_protocol", .says = "no JSON object" },
		{ "HTML as account", PLACES, { { .at = "account", .status = 200, .headers = "Location: BASE/account/1\r\n", .body = "<html>" } }, .code = "acme_protocol", .says = "no JSON object" },
		{ "HTML as new order", PLACES, ORDERED("Location: BASE/order/1\r\n", "<html>"), .code = "acme_protocol", .says = "no JSON object" },
		{ "HTML as finalized order", FINISHES, SAYS("finalize", "<html>"), .code = "acme_protocol", .says = "no JSON object" },
		{ "HTML as renewal information", WINDOWS, SAYS("renewal", "<html>"), .code = "acme_protocol", .says = "no JSON object" },
		{ "a list", READS, SAYS("order", "[{}]"), .code = "acme_protocol", .says = "no JSON object" },
		{ "a text", READS, SAYS("order", "\"pending\""), .code = "acme_protocol", .says = "no JSON object" },
		{ "null", READS, SAYS("order", "null"), .code = "acme_protocol", .says = "no JSON object" },
		{ "half of it", READS, SAYS("order", "{\"status\":\"pending\",\"final"), .code = "acme_protocol", .says = "no JSON object" },
		{ "a member twice", READS, SAYS("order", PENDING(",\"status\":\"ready\"")), .code = "acme_protocol", .says = "no JSON object" },
		{ "a member twice, once escaped", READS, SAYS("order", PENDING(",\"st\\u0061tus\":\"ready\"")), .code = "acme_protocol", .says = "no JSON object" },
		{ "a thousand levels", READS, SAYS("order", PENDING(",\"a\":<<1000:[>><<1000:]>>")), .code = "acme_protocol", .says = "no JSON object" },
		{ "a hundred thousand levels that do not end", READS, SAYS("order", "<<100000:[>>"), .code = "acme_protocol", .says = "no JSON object" },
		{ "a hundred thousand levels of objects", PLACES, SAYS("directory", "<<100000:{\"a\":>>"), .code = "acme_protocol", .says = "no JSON object" },
		{ "10 MB", READS, { { .at = "order", .status = 200, .headers = "Content-Length: 10485760\r\n", .body = "{\"status\":\"", .again = "<<65536:a>>" } }, .code = "acme_protocol", .says = "http_too_large" },
		{ "a body without an end", PLACES, { { .at = "directory", .status = 200, .headers = "Content-Length: 9000000000000000000\r\n", .body = "{", .again = "<<65536: >>" } }, .code = "acme_protocol", .says = "http_too_large" },
		{ "chunks without an end", READS, { { .at = "order", .status = 200, .raw = true, .body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .again = "1000\r\n<<4096: >>\r\n" } }, .code = "acme_protocol", .says = "http_too_large" },
		{ "an endless nonce's body", PLACES, { { .at = "nonce", .status = 200, .headers = "Content-Length: 65536\r\n", .nonce = "ok" }, { .at = "account", .status = 200, .body = "7" } }, .code = "acme_protocol" },
		{ "invalid UTF-8", READS, SAYS("order", PENDING(",\"a\":\"\xff\xfe\"")), .code = "acme_protocol", .says = "no JSON object" },
		{ "half a surrogate", READS, SAYS("order", PENDING(",\"a\":\"\\ud800\"")), .code = "acme_protocol", .says = "no JSON object" },
		{ "NUL in a text", READS, SAYS("order", PENDING(",\"a\":\"\\u0000\"")), .code = "acme_protocol", .says = "no JSON object" },
		{ "NUL in the body", READS, { { .at = "order", .status = 200, .body = "{\"a\":1}\0{}", .body_len = 10 } }, .code = "acme_protocol", .says = "no JSON object" },
		{ "a byte order mark", READS, SAYS("order", "\xef\xbb\xbf" PENDING("")), .code = "acme_protocol", .says = "no JSON object" },
		{ "something behind it", READS, SAYS("order", PENDING("") "<script>"), .code = "acme_protocol", .says = "no JSON object" },
		{ "gzip that was not asked for", READS, { { .at = "order", .status = 200, .headers = "Content-Encoding: gzip\r\n", .body = GZIP, .body_len = sizeof GZIP - 1 } }, .code = "acme_protocol", .says = "no JSON object" },
		{ "a number beyond all bounds", READS, SAYS("order", PENDING(",\"a\":1e400")), .code = "acme_protocol", .says = "no JSON object" },
		{ "an integer beyond all bounds", READS, SAYS("order", PENDING(",\"a\":<<1000:9>>")), .code = "acme_protocol", .says = "no JSON object" },
		{ "a problem with status 200", READS, { { .at = "order", .status = 200, .headers = "Content-Type: application/problem+json\r\n", .body = PROBLEM(URN "malformed", "") } }, .code = "acme_protocol", .says = "status is missing" },
		{ "a chain instead of an order", READS, { { .at = "order", .status = 200, .headers = "Content-Type: application/pem-certificate-chain\r\n", .body = "-----BEGIN CERTIFICATE-----\n" } }, .code = "acme_protocol" },
		{ "a directory of other names", LOOKS, SAYS("directory", "{\"new-nonce\":\"BASE/nonce\",\"new-reg\":\"BASE/account\"}"), .code = "acme_protocol" },
		{ "an empty directory", LOOKS, SAYS("directory", "{}"), .code = "acme_protocol" },
	};

	HOSTILE_RUN(scripts);
}

static void
is_read(const struct acme_answer *answer)
{
	cr_assert_eq(answer->order->count, 2);
}

static void
has_no_news(const struct acme_answer *answer)
{
	cr_assert_null(answer->directory->terms_of_service);
	cr_assert_null(answer->directory->caa_identities[0]);
	cr_assert_eq(answer->directory->profile_count, 0);
}

static void
has_sixteen_identities(const struct acme_answer *answer)
{
	cr_assert_str_eq(answer->directory->caa_identities[15], "b.test");
	cr_assert_null(answer->directory->caa_identities[16]);
}

static void
has_sixteen_profiles(const struct acme_answer *answer)
{
	cr_assert_eq(answer->directory->profile_count, 16);
}

#define META(rest) SAYS("directory", HONEST_AND(",\"meta\":{" rest "}"))
#define OTHERS ",{\"type\":\"dns-persist-01\",\"issuer-domain-names\":[\"a.test\",\"b.test\",\"c.test\",\"d.test\"," \
	"\"e.test\",\"f.test\",\"g.test\",\"h.test\",\"i.test\",\"\"]}"

/* What a CA says beside the thing is bounded, whatever it says. */
Test(acme_hostile, what_nobody_needs_does_no_harm)
{
	static const struct script scripts[] = {
		{ "another content type", READS, { { .at = "order", .status = 200, .headers = "Content-Type: image/png\r\n", .keep_body = true } }, .check = is_read },
		{ "a content type of 10 KB", READS, { { .at = "order", .status = 200, .headers = "Content-Type: <<10240:a>>\r\n", .keep_body = true } }, .check = is_read },
		{ "a hundred headers more", READS, { { .at = "order", .status = 200, .headers = "<<100:X: y\r\n>>", .keep_body = true } }, .check = is_read },
		{ "a header without a name", READS, { { .at = "order", .status = 200, .headers = ": x\r\n folded\r\n", .keep_body = true } }, .check = is_read },
		{ "cookies", READS, { { .at = "order", .status = 200, .headers = "Set-Cookie: a=b\r\n", .keep_body = true } }, .check = is_read },
		{ "meta that is a list", LOOKS, SAYS("directory", HONEST_AND(",\"meta\":[1,2]")), .check = has_no_news },
		{ "meta with members of other types", LOOKS, META("\"termsOfService\":{},\"caaIdentities\":\"a.test\",\"profiles\":[1]"), .check = has_no_news },
		{ "terms that are a script", LOOKS, META("\"termsOfService\":\"javascript:alert(1)\""), .check = has_no_news },
		{ "terms with a line end", LOOKS, META("\"termsOfService\":\"https://a.test/\\r\\nX: y\""), .check = has_no_news },
		{ "a hundred thousand identities that are none", LOOKS, META("\"caaIdentities\":[7<<100000:,\"*.a\">>]"), .check = has_no_news },
		{ "identities that are none and longer", LOOKS, META("\"caaIdentities\":[7<<20000:,\"-bad-.name.of.nobody.in.particular.test\">>]"), .check = has_no_news },
		{ "fifty thousand identities", LOOKS, META("\"caaIdentities\":[\"a.test\"<<50000:,\"b.test\">>]"), .check = has_sixteen_identities },
		{ "profiles with odd names", LOOKS, META("\"profiles\":{\"\":\"a\",\"a b\":\"c\",\"\\u001b[2J\":\"d\",\"<<65:x>>\":\"e\"}"), .check = has_no_news },
		{ "a profile's text of 100 KB", LOOKS, META("\"profiles\":{\"a\":7,\"b\":\"<<100000:x>>\",\"c\":\"\",\"d\":\"\",\"e\":\"\",\"f\":\"\",\"g\":\"\",\"h\":\"\",\"i\":\"\","
		    "\"j\":\"\",\"k\":\"\",\"l\":\"\",\"m\":\"\",\"n\":\"\",\"o\":\"\",\"p\":\"\",\"q\":\"\",\"r\":\"\"}"), .check = has_sixteen_profiles },
		{ "thousands of challenges for dns-persist-01", READS, { { .at = "authz", .times = 1, .status = 200, .body = AUTHZ(DNS("shop.example.com"), "pending",
		    CHALLENGE("BASE/challenge/dns", TOKEN) "<<7000:" OTHERS ">>", "") }, { .at = "authz", .times = 1, .status = 200, .body =
		    AUTHZ(DNS("shop.example.com"), "pending", CHALLENGE("BASE/challenge/dns", TOKEN), ",\"wildcard\":true") } }, .check = is_read },
		{ "thousands of challenges with errors", READS, { { .at = "authz", .times = 1, .status = 200, .body = AUTHZ(DNS("shop.example.com"), "pending",
		    CHALLENGE("BASE/challenge/dns", TOKEN) "<<5000:,{\"type\":\"evil-01\",\"error\":{\"type\":\"x\",\"detail\":\"y\"}}>>", "") }, { .at = "authz", .times = 1, .status = 200,
		    .body = AUTHZ(DNS("shop.example.com"), "pending", CHALLENGE("BASE/challenge/dns", TOKEN), ",\"wildcard\":true") } }, .check = is_read },
	};

	HOSTILE_RUN(scripts);
}

/* ---- every member of every type ---------------------------------------------------------- */

static const char *const odd_values[] = { "7", "-1", "1e308", "9223372036854775807", "true", "\"\"", "\"x\"",
	"\"\xf0\x9f\x98\x80\"", "[]", "{}", "[[]]", "[7]", "[null]", "{\"status\":7}" };

/* One member of a reply is of another type; all else stays. */
static void
twist(enum hostile_act act, const char *at, const char *body, const char *member, const char *value)
{
	auto_json *object = json_loads(body, 0, NULL);
	const char *name = arena_printf(bench.arena, "%s.%s = %s", at, member, value);
	struct fault f = { .at = at, .status = 200, .headers = "Location: BASE/order/1\r\n" };

	cr_assert_not_null(object, "%s", body);
	json_object_set_new(object, member, json_loads(value, JSON_DECODE_ANY, NULL));
	f.body = json_write(bench.arena, object);
	hostile_play(&f);
	hostile_ask(name, act, NULL);
	cr_assert_not_null(hostile.answer.err.code, "%s was taken", name);
	cr_assert_eq(strncmp(hostile.answer.err.detail, "test_ca: ", 9), 0, "%s: %s", name, hostile.answer.err.detail);
	cr_assert_eq(hostile.answer.err.blame, BLAME_CA, "%s", name);
	hostile_judge_harm(name, 1000);
	fake_ca_calm(bench.ca);
}

Test(acme_hostile, a_member_of_another_type_is_refused_whichever_it_is)
{
	static const struct { enum hostile_act act; const char *at, *body, *members[8]; } table[] = {
		{ PLACES, "directory", HONEST_AND(""), { "newNonce", "newAccount", "newOrder" } },
		{ PLACES, "order-new", PENDING(""), { "status", "expires", "identifiers", "authorizations", "finalize" } },
		{ READS, "order", PENDING(""), { "status", "expires", "identifiers", "authorizations", "finalize" } },
		{ READS, "authz", SHOP(CHALLENGE("BASE/c", TOKEN)), { "status", "expires", "identifier", "challenges", "wildcard" } },
		{ FINISHES, "finalize", PENDING(""), { "status", "expires", "identifiers", "finalize" } },
		{ POLLS, "order", ORDER("valid", BOTH, "", ",\"certificate\":\"BASE/certificate/1\""), { "status", "certificate", "finalize" } },
		{ WINDOWS, "renewal", "{}", { "suggestedWindow" } },
	};

	hostile_begin(true);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		for (size_t m = 0; m < 8 && table[i].members[m] != NULL; m++)
			for (size_t v = 0; v < sizeof odd_values / sizeof odd_values[0]; v++)
				twist(table[i].act, table[i].at, table[i].body, table[i].members[m], odd_values[v]);
	hostile_order_honestly("odd types");
	hostile_end();
}

/* ---- problem documents --------------------------------------------------------------------- */

#define REFUSED(code_, what) { { .at = "order-new", .status = (code_), .body = (what) } }
#define WAIT(code_, value) { { .at = "order-new", .status = (code_), .headers = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: " value "\r\n", \
	.body = PROBLEM(URN "rateLimited", "") } }

Test(acme_hostile, problems_become_one_clean_line)
{
	static const struct script scripts[] = {
		{ "a detail of 900 KB", PLACES, REFUSED(400, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"<<900000:a>>\"")), .code = "acme_rejected_identifier" },
		{ "a detail of 900 KB of emoji", PLACES, REFUSED(400, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"<<225000:\xf0\x9f\x98\x80>>\"")), .code = "acme_rejected_identifier" },
		{ "a problem of 1.5 MB", PLACES, REFUSED(400, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"<<1500000:a>>\"")), .code = "acme_protocol" },
		{ "a terminal's escapes", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"a\\u001b]0;owned\\u0007\\u009b2J\\r\\nb\"")), .code = "acme_rejected_identifier", .says = "a ]0;owned" },
		{ "turned writing", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"\\u202egpj.exe\\u2066\\u061c\\u200f\"")), .code = "acme_rejected_identifier", .says = ":  gpj.exe   " },
		{ "tags that nobody sees", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"a\\udb40\\udc41\\ufff9b\"")), .code = "acme_rejected_identifier", .says = ": a  b" },
		{ "a line of a log", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"no\\n<6>certificate issued\"")), .code = "acme_rejected_identifier", .says = "no <6>certificate" },
		{ "escapes in its type", PLACES, REFUSED(400, PROBLEM("\\u001b[31m", "")), .code = "acme_refused" },
		{ "a type of 100 KB", PLACES, REFUSED(400, PROBLEM("<<100000:a>>", "")), .code = "acme_refused" },
		{ "a type that nobody knows", PLACES, REFUSED(400, PROBLEM(URN "evil", ",\"detail\":\"d\"")), .code = "acme_refused", .says = "evil: d" },
		{ "a type of another namespace", PLACES, REFUSED(400, PROBLEM("urn:evil:params:acme:error:rateLimited", "")), .code = "acme_refused" },
		{ "a type that only begins as one", PLACES, REFUSED(400, PROBLEM(URN "rateLimitedNot", "")), .code = "acme_refused" },
		{ "a type and a detail that are numbers", PLACES, REFUSED(400, "{\"type\":7,\"detail\":8,\"subproblems\":9}"), .code = "acme_refused", .says = "HTTP status 400: no detail" },
		{ "a list", PLACES, REFUSED(400, "[]"), .code = "acme_refused" },
		{ "another status than the reply's", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"status\":200")), .code = "acme_rejected_identifier" },
		{ "status 999", PLACES, REFUSED(999, "{}"), .code = "acme_server_internal" },
		{ "HTML with 429", PLACES, REFUSED(429, "<html>slow down</html>"), .code = "acme_rate_limited" },
		{ "HTML with 500", READS, { { .at = "authz", .status = 500, .body = "<html>" } }, .code = "acme_server_internal" },
		{ "a thousand subproblems", PLACES, REFUSED(403, PROBLEM(URN "compound", ",\"subproblems\":[{}<<1000:,{\"type\":\"" URN "caa\",\"detail\":\"\\u001bno\",\"identifier\":{\"type\":\"dns\",\"value\":\"a\\nb\"}}>>]")), .code = "acme_account_refused", .blame = BLAME_US },
		{ "subproblems that are long", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"detail\":\"<<500:\xc3\xa9>>\",\"subproblems\":[{}<<20:,{\"type\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"detail\":"
		    "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
		    "\"identifier\":{\"value\":\"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\"}}>>]")), .code = "acme_rejected_identifier" },
		{ "subproblems that are none", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"subproblems\":[7,[],null,\"x\",{\"identifier\":7},{\"identifier\":{\"value\":[]}}]")), .code = "acme_rejected_identifier" },
		{ "subproblems in subproblems", PLACES, REFUSED(403, PROBLEM(URN "rejectedIdentifier", ",\"subproblems\":[{\"subproblems\":[{\"subproblems\":[{}]}]}]")), .code = "acme_rejected_identifier" },
		{ "an order's own error, a number", READS, SAYS("order", PENDING(",\"error\":7")), .code = "acme_protocol" },
		{ "a challenge's error, a text", READS, SAYS("authz", SHOP("{\"type\":\"http-01\",\"status\":\"invalid\",\"url\":\"BASE/c\",\"token\":\"" TOKEN "\",\"error\":\"x\"}")), .code = "acme_protocol" },
		{ "unauthorized, of our account", TELLS, { { .at = "challenge", .status = 401, .body = PROBLEM(URN "unauthorized", "") } }, .code = "acme_account_refused", .blame = BLAME_US },
	};

	HOSTILE_RUN(scripts);
}

Test(acme_hostile, no_retry_after_holds_us_for_longer_than_a_day)
{
	static const struct script scripts[] = {
		{ "none", PLACES, WAIT(429, ""), .code = "acme_rate_limited" },
		{ "negative", PLACES, WAIT(429, "-5"), .code = "acme_rate_limited" },
		{ "zero", PLACES, WAIT(429, "0"), .code = "acme_rate_limited" },
		{ "10^30", PLACES, WAIT(429, "1<<30:0>>"), .code = "acme_rate_limited", .retry_after = 86400 },
		{ "10^30 of a CA that is down", PLACES, WAIT(503, "1<<30:0>>"), .code = "acme_rate_limited", .retry_after = 86400 },
		{ "sixty thousand digits", PLACES, WAIT(429, "<<60000:9>>"), .code = "acme_rate_limited", .retry_after = 86400 },
		{ "a fraction", PLACES, WAIT(429, "1.5"), .code = "acme_rate_limited" },
		{ "an exponent", PLACES, WAIT(429, "1e9"), .code = "acme_rate_limited" },
		{ "a date in 1970", PLACES, WAIT(429, "Thu, 01 Jan 1970 00:00:00 GMT"), .code = "acme_rate_limited" },
		{ "a date in 2400", PLACES, WAIT(429, "Sat, 01 Jan 2400 00:00:00 GMT"), .code = "acme_rate_limited", .retry_after = 86400 },
		{ "a date in 9999", PLACES, WAIT(429, "Fri, 31 Dec 9999 23:59:59 GMT"), .code = "acme_rate_limited", .retry_after = 86400 },
		{ "a date that is none", PLACES, WAIT(429, "Thu, 99 Foo 2026 99:99:99 GMT"), .code = "acme_rate_limited" },
		{ "garbage", PLACES, WAIT(429, "soon; \x01\xff"), .code = "acme_rate_limited" },
		{ "two", PLACES, WAIT(429, "7\r\nRetry-After: 99999999"), .code = "acme_rate_limited", .retry_after = 7 },
		{ "a year, of a CA that is down", READS, { { .at = "order", .status = 503, .headers = "Retry-After: 31536000\r\n" } }, .code = "acme_server_internal", .retry_after = 21600 },
		{ "a year, of newNonce", PLACES, { { .at = "nonce", .status = 503, .headers = "Retry-After: 31536000\r\n" } }, .code = "acme_server_internal", .retry_after = 21600 },
	};

	HOSTILE_RUN(scripts);
}

static void
waits_six_hours(const struct acme_answer *answer)
{
	cr_assert_eq(answer->order->retry_after, 21600);
}

static void
waits_as_it_likes(const struct acme_answer *answer)
{
	cr_assert_eq(answer->order->retry_after, 0);
}

#define POLL_AFTER(value) { { .at = "order", .status = 200, .headers = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: " value "\r\n", \
	.body = ORDER("processing", BOTH, "", "") } }

Test(acme_hostile, an_order_is_looked_at_again_within_six_hours)
{
	static const struct script scripts[] = {
		{ "a year", POLLS, POLL_AFTER("31536000"), .check = waits_six_hours },
		{ "a date in 2400", POLLS, POLL_AFTER("Sat, 01 Jan 2400 00:00:00 GMT"), .check = waits_six_hours },
		{ "10^30", POLLS, POLL_AFTER("1<<30:0>>"), .check = waits_six_hours },
		{ "negative", POLLS, POLL_AFTER("-1"), .check = waits_as_it_likes },
		{ "a date in 1970", POLLS, POLL_AFTER("Thu, 01 Jan 1970 00:00:00 GMT"), .check = waits_as_it_likes },
	};

	HOSTILE_RUN(scripts);
}

/* ---- nonces ---------------------------------------------------------------------------------- */

#define NONCE_IS(text) { { .at = "nonce", .status = 200, .nonce = (text) } }
#define BAD_NONCE PROBLEM(URN "badNonce", ",\"detail\":\"old\"")

Test(acme_hostile, nonces_that_are_none_and_nonces_that_are_never_right)
{
	static const struct script scripts[] = {
		{ "none ever", PLACES, { { .at = "nonce", .status = 200, .without_nonce = true } }, .code = "acme_protocol", .most = 2 },
		{ "an empty one", PLACES, NONCE_IS(""), .code = "acme_protocol", .most = 2 },
		{ "10 KB", PLACES, NONCE_IS("<<10240:a>>"), .code = "acme_protocol", .most = 2 },
		{ "60 KB", PLACES, NONCE_IS("<<60000:a>>"), .code = "acme_protocol", .most = 2 },
		{ "quotes", PLACES, NONCE_IS("a\",\"kid\":\"b"), .code = "acme_protocol", .most = 2 },
		{ "padding", PLACES, NONCE_IS("aaaa="), .code = "acme_protocol", .most = 2 },
		{ "a space", PLACES, NONCE_IS("a b"), .code = "acme_protocol", .most = 2 },
		{ "Unicode", PLACES, NONCE_IS("\xc3\xa9"), .code = "acme_protocol", .most = 2 },
		{ "newNonce is not there", PLACES, { { .at = "nonce", .status = 404, .nonce = "abc" } }, .code = "acme_not_found", .most = 2 },
		{ "bad for ever", PLACES, REFUSED(400, BAD_NONCE), .code = "acme_bad_nonce", .most = 9 },
		{ "bad for ever, and none comes with it", PLACES, { { .at = "order-new", .status = 400, .body = BAD_NONCE, .without_nonce = true } }, .code = "acme_bad_nonce", .most = 14 },
		{ "bad for ever, and 10 KB come with it", PLACES, { { .at = "order-new", .status = 400, .body = BAD_NONCE, .nonce = "<<10240:a>>" } }, .code = "acme_bad_nonce", .most = 14 },
		{ "the same for ever, which it never takes", PLACES, { { .at = "nonce", .status = 200, .nonce = "same" }, { .at = "account", .status = 400, .body = BAD_NONCE, .nonce = "same" } }, .code = "acme_bad_nonce", .most = 8 },
		{ "bad for ever when an account is asked for", FINDS, { { .at = "account", .status = 400, .body = BAD_NONCE } }, .code = "acme_bad_nonce", .most = 8 },
		{ "bad for ever when an order is finalized", FINISHES, { { .at = "finalize", .status = 400, .body = BAD_NONCE } }, .code = "acme_bad_nonce", .most = 9 },
		{ "bad for ever when a certificate is asked for", FETCHES, { { .at = "certificate", .status = 400, .body = BAD_NONCE } }, .code = "acme_bad_nonce", .most = 9 },
		{ "bad, as 500", PLACES, REFUSED(500, BAD_NONCE), .code = "acme_bad_nonce", .most = 9 },
		{ "bad, as 200", PLACES, REFUSED(200, BAD_NONCE), .code = "acme_protocol", .most = 4 },
	};

	HOSTILE_RUN(scripts);
}

/* ---- accounts ---------------------------------------------------------------------------------- */

#define ACCOUNT(headers_, what) { { .at = "account", .status = 200, .headers = (headers_), .body = (what) } }
#define HERE "Location: BASE/account/1\r\n"
#define UNKNOWN { .at = "order-new", .status = 400, .body = PROBLEM(URN "accountDoesNotExist", "") }

static void
has_account(const struct acme_answer *answer)
{
	cr_assert_str_eq(answer->account_url, acme_at("/account/1"));
	cr_assert_eq(fake_ca_count(bench.ca, "account"), 2);
}

Test(acme_hostile, accounts_that_are_not_ours_or_not_valid_are_not_used)
{
	static const struct script scripts[] = {
		{ "no Location", PLACES, ACCOUNT("", "{\"status\":\"valid\"}"), .code = "acme_protocol", .most = 3 },
		{ "no Location of one that is looked for", FINDS, ACCOUNT("", "{\"status\":\"valid\"}"), .code = "acme_protocol", .most = 3 },
		{ "a path as Location", PLACES, ACCOUNT("Location: /account/1\r\n", "{\"status\":\"valid\"}"), .code = "acme_foreign_url", .most = 3 },
		{ "deactivated", PLACES, ACCOUNT(HERE, "{\"status\":\"deactivated\"}"), .code = "acme_account_refused", .blame = BLAME_US, .most = 3 },
		{ "revoked", FINDS, ACCOUNT(HERE, "{\"status\":\"revoked\"}"), .code = "acme_account_refused", .blame = BLAME_US, .most = 3 },
		{ "an unknown status", PLACES, ACCOUNT(HERE, "{\"status\":\"\\u001b[2J\"}"), .code = "acme_account_refused", .blame = BLAME_US, .most = 3 },
		{ "a status that is a number", PLACES, ACCOUNT(HERE, "{\"status\":1}"), .code = "acme_protocol", .most = 3 },
		{ "a status that is a list, of one that is looked for", FINDS, ACCOUNT(HERE, "{\"status\":[\"valid\"]}"), .code = "acme_protocol", .most = 3 },
		{ "another key's account, which then refuses us", PLACES, { { .at = "account", .status = 200, .headers = "Location: BASE/account/77\r\n", .body = "{\"status\":\"valid\"}" },
		    { .at = "order-new", .status = 401, .body = PROBLEM(URN "unauthorized", ""), .account = "/account/77" } }, .code = "acme_account_refused", .blame = BLAME_US, .most = 4 },
		{ "not known, for ever", PLACES, { UNKNOWN }, .code = "acme_account_missing", .blame = BLAME_US, .most = 8 },
		{ "not known by newAccount itself", PLACES, { { .at = "account", .status = 400, .body = PROBLEM(URN "accountDoesNotExist", "") } }, .code = "acme_account_missing", .blame = BLAME_US, .most = 4 },
		{ "lost, and found by its key", PLACES, { { .at = "order-new", .times = 1, .status = 400, .body = PROBLEM(URN "accountDoesNotExist", "") } }, .check = has_account, .most = 6 },
		{ "a binding that is asked for", PLACES, { { .at = "account", .status = 403, .body = PROBLEM(URN "externalAccountRequired", "") } }, .code = "acme_external_account", .blame = BLAME_US, .most = 3 },
		{ "a person who shall visit a script", PLACES, { { .at = "account", .status = 403, .headers = "Link: <javascript:alert(1)>;rel=\"terms-of-service\"\r\n",
		    .body = PROBLEM(URN "userActionRequired", ",\"instance\":\"" AT_BAIT "\"") } }, .code = "acme_user_action", .blame = BLAME_US, .most = 3 },
	};

	HOSTILE_RUN(scripts);
}

/* The CA says that our new key has an account already, and it is another one. */
Test(acme_hostile, a_new_key_that_is_said_to_have_another_account_is_not_taken)
{
	static const struct script script = { "another account", .code = "acme_key_in_use", .blame = BLAME_US };
	static const struct fault fault = { .at = "account", .status = 200, .headers = "Location: BASE/account/66\r\n", .body = "{\"status\":\"valid\"}" };

	hostile_begin(true);
	bench.row.account_url = acme_at("/account/1");
	hostile_play(&fault);
	hostile_ask(script.name, ROLLS, NULL);
	hostile_judge_error(&script);
	hostile_judge_harm(script.name, 3);
	hostile_end();
}
