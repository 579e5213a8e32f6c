/* Deliveries to endpoints made here: what goes over the wire, and what comes
 * back as an answer. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/b64.h"
#include "io/dns.h"
#include "tests/net/servers.h"
#include "webhooks/post.h"
#include "webhooks/question.h"

#define SECRET	"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SIGNED	"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static const struct dns_rule rules[] = {
	{ .name = "hooks.test", .a = { "127.0.0.1" } },
	{ 0 },
};

static char key_file[64];
static struct loop *loop;
static struct fake_dns *names;
static struct fake_web *web;
static struct dns *dns;
static struct http *http;
static struct seal *seal;
static struct arena *arena;

static void
open_http(bool allow_private)
{
	http = http_open(loop, dns, allow_private);
}

static void
set_up(void)
{
	struct err err = { 0 };
	int fd;

	snprintf(key_file, sizeof key_file, "/tmp/certwright-kek-XXXXXX");
	fd = mkstemp(key_file);
	cr_assert_eq(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	cr_assert_eq(fchmod(fd, 0600), 0);
	close(fd);
	seal = seal_open_file(key_file, &err);
	cr_assert_not_null(seal, "%s", err.detail);
	arena = arena_new(4 << 20);
	loop = loop_new();
	names = fake_dns_new(loop, rules, false);
	web = fake_web_new(loop);
	dns = dns_open(loop, arena_printf(arena, "127.0.0.1:%u", fake_dns_port(names)), &err);
	cr_assert_not_null(dns, "%s", err.detail);
	open_http(true);
}

static void
tear_down(void)
{
	http_close(http);
	dns_close(dns);
	fake_web_free(web);
	fake_dns_free(names);
	loop_free(loop);
	seal_close(seal);
	arena_free(arena);
	unlink(key_file);
}

TestSuite(post, .init = set_up, .fini = tear_down, .timeout = 30);

/* ---- asking ------------------------------------------------------------------- */

static const char *
sealed(const char *identity, const char *text)
{
	unsigned char *bytes;
	size_t len;

	seal_lock(seal, arena, identity, text, strlen(text), &bytes, &len);
	return b64_encode(arena, bytes, len);
}

static struct delivery_question
to(const char *path)
{
	return (struct delivery_question){
		.url = arena_printf(arena, "http://hooks.test:%u%s", fake_web_port(web), path),
		.message_id = "msg_p5jXN8AQM9LWM0D4loKWxJek", .now = 1614265330,
		.body = "{\"test\": 2432232314}", .webhook_id = "7a0f",
		.secret = sealed("webhook/7a0f/secret", SECRET),
	};
}

struct exchange {
	struct asked  asked;
	struct answer answer;
	int	      answers;
};

static void
on_answer(struct asked *a, struct answer answer)
{
	struct exchange *x = (struct exchange *)(void *)a;

	x->answer = answer;
	x->answers++;
}

/* The answer to a question that is put with these options. */
static struct answer
answer_with(const struct post_options *options, const struct delivery_question *q)
{
	struct job job = { .arena = arena };
	struct question question = { .kind = QUESTION_DELIVERY, .detail = q };
	struct exchange x = { .asked = { .job = &job, .question = &question, .arena = arena, .answered = on_answer } };
	struct post *post = post_open(http, seal, options);

	post_perform(post, &x.asked);
	post_close(post);	/* what is under way does not need it */
	while (x.answers == 0)
		loop_turn(loop, true);
	cr_expect_eq(x.answers, 1);
	return x.answer;
}

static struct answer
answer_of(const struct delivery_question *q)
{
	return answer_with(&(struct post_options){ .allow_plain = true }, q);
}

static void
expect_line(const char *line)
{
	const char *text = arena_printf(arena, "\r\n%s\r\n", line);

	cr_expect_not_null(strstr(fake_web_request(web), text), "no \"%s\" in:\n%s", line, fake_web_request(web));
}

static void
expect_refused(struct answer a, const char *code)
{
	cr_assert_not_null(a.err.code, "it should be %s, but is HTTP %d", code, a.status);
	cr_expect_str_eq(a.err.code, code, "%s: %s", a.err.code, a.err.detail);
	cr_expect_eq(fake_web_connections(web), 0);
}

/* ---- what is sent --------------------------------------------------------------- */

Test(post, a_delivery_is_signed_as_the_standard_says)
{
	struct delivery_question q = to("/in?x=1");
	struct answer a = answer_of(&q);

	cr_expect_null(a.err.code, "%s: %s", a.err.code, a.err.detail);
	cr_expect_eq(a.status, 200);
	cr_expect_eq(((const struct delivery_answer *)a.detail)->retry_after, 0);
	cr_expect_eq(strncmp(fake_web_request(web), "POST /in?x=1 HTTP/1.1\r\n", 23), 0);
	expect_line("content-type: application/json");
	expect_line("webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek");
	expect_line("webhook-timestamp: 1614265330");
	expect_line("webhook-signature: " SIGNED);
	cr_expect_null(strstr(fake_web_request(web), "cf-webhook-auth"));
	cr_expect_str_eq(strstr(fake_web_request(web), "\r\n\r\n") + 4, "{\"test\": 2432232314}");
}

Test(post, while_a_secret_rotates_both_sign)
{
	struct delivery_question q = to("/ok");

	q.secret = sealed("webhook/7a0f/secret", "whsec_c2hvcnQ=");
	q.old_secret = sealed("webhook/7a0f/old_secret", SECRET);
	cr_expect_eq(answer_of(&q).status, 200);
	cr_expect_not_null(strstr(fake_web_request(web), "\r\nwebhook-signature: v1,"));
	cr_expect_not_null(strstr(fake_web_request(web), "= " SIGNED "\r\n"), "%s", fake_web_request(web));
}

Test(post, a_plain_secret_goes_in_its_own_header)
{
	struct delivery_question q = to("/ok");

	q.plain_secret = sealed("webhook/7a0f/plain_secret", "pl41n s3cret");
	cr_expect_eq(answer_of(&q).status, 200);
	expect_line("cf-webhook-auth: pl41n s3cret");
	expect_line("webhook-signature: " SIGNED);
}

Test(post, a_trusted_endpoint_is_reached_by_tls)
{
	struct fake_tls *tls = fake_tls_new(loop, "hooks.test");
	struct delivery_question q = to("");
	struct answer a;

	q.url = arena_printf(arena, "https://hooks.test:%u/in", fake_tls_port(tls));
	a = answer_with(&(struct post_options){ .trust_file = fake_tls_trust_file(tls) }, &q);
	cr_expect_eq(a.status, 200, "%s: %s", a.err.code, a.err.detail);
	a = answer_with(&(struct post_options){ .trust_file = "" }, &q);
	cr_expect_str_eq(a.err.code, "http_tls", "the system does not know it");
	fake_tls_free(tls);
}

/* ---- what comes back -------------------------------------------------------------- */

Test(post, a_redirect_is_an_answer_and_not_followed)
{
	struct delivery_question q = to("/redirect");

	cr_expect_eq(answer_of(&q).status, 302);
	cr_expect_eq(fake_web_connections(web), 1);
}

Test(post, a_busy_endpoint_says_when)
{
	struct delivery_question q = to("/busy");
	struct answer a = answer_of(&q);

	cr_expect_eq(a.status, 503);
	cr_expect_eq(((const struct delivery_answer *)a.detail)->retry_after, 120);
}

Test(post, an_endpoint_that_talks_without_end_is_cut_off)
{
	static const char *const paths[] = { "/endless", "/chunks" };

	for (size_t i = 0; i < 2; i++) {
		struct delivery_question q = to(paths[i]);
		struct answer a = answer_of(&q);

		cr_assert_not_null(a.err.code, "%s", paths[i]);
		cr_expect_str_eq(a.err.code, "http_too_large", "%s: %s", paths[i], a.err.detail);
	}
}

Test(post, an_endpoint_that_hangs_up_gives_no_status)
{
	struct delivery_question q = to("/close");
	struct answer a = answer_of(&q);

	cr_assert_not_null(a.err.code);
	cr_expect_neq(a.err.blame, BLAME_US, "%s", a.err.code);
}

/* ---- what is not sent --------------------------------------------------------------- */

Test(post, a_plain_endpoint_is_refused_unless_allowed)
{
	struct delivery_question q = to("/ok");

	expect_refused(answer_with(&(struct post_options){ .allow_plain = false }, &q), "http_bad_url");
}

Test(post, a_private_endpoint_is_refused_unless_allowed)
{
	struct delivery_question q = to("/ok");

	http_close(http);
	open_http(false);
	expect_refused(answer_of(&q), "http_address_forbidden");
}

Test(post, a_secret_of_another_endpoint_does_not_open)
{
	struct delivery_question q = to("/ok");

	q.webhook_id = "7a10";
	expect_refused(answer_of(&q), "seal_broken");
}

Test(post, a_secret_of_another_column_does_not_open)
{
	struct delivery_question q = to("/ok");

	q.old_secret = q.secret;
	expect_refused(answer_of(&q), "seal_broken");
}

Test(post, a_secret_that_is_not_base64_does_not_open)
{
	struct delivery_question q = to("/ok");

	q.secret = SECRET;	/* never in clear in the database */
	expect_refused(answer_of(&q), "seal_broken");
}

Test(post, a_secret_that_cannot_sign_is_refused)
{
	struct delivery_question q = to("/ok");

	q.secret = sealed("webhook/7a0f/secret", "password");
	expect_refused(answer_of(&q), "delivery_bad_secret");
}

static const char *const bad_plain[] = { "x\r\nhost: evil.test", "x\ny", "", "x\x7f" };

Test(post, a_plain_secret_that_would_be_more_than_a_header_is_refused)
{
	for (size_t i = 0; i < sizeof bad_plain / sizeof bad_plain[0]; i++) {
		struct delivery_question q = to("/ok");

		q.plain_secret = sealed("webhook/7a0f/plain_secret", bad_plain[i]);
		expect_refused(answer_of(&q), "delivery_bad_secret");
	}
}
