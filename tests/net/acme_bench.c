/* See acme_bench.h. */
#include "tests/net/acme_bench.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acme/key.h"

struct acme_bench bench;

void
acme_begin(void)
{
	char path[] = "/tmp/certwright-key-XXXXXX", *sealed;
	int fd = mkstemp(path);
	struct err err = { 0 };

	cr_assert_eq(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	close(fd);
	bench.seal = seal_open_file(path, &err);
	unlink(path);
	cr_assert_not_null(bench.seal, "%s", err.detail);
	bench.arena = arena_new(32 << 20);
	bench.loop = loop_new();
	bench.dns = dns_open(bench.loop, "127.0.0.1:1", &err);
	bench.http = http_open(bench.loop, bench.dns, true);
	bench.client = acme_client_open(bench.loop, bench.http, bench.seal);
	bench.ca = fake_ca_new();
	key_make_account(bench.arena, bench.seal, "certificate_authority/ca-1/account_key", &sealed);
	bench.row = (struct acme_ca){ .id = "ca-1", .name = "test_ca", .directory = fake_ca_directory(bench.ca),
	    .trust_file = fake_ca_trust_file(bench.ca), .account_key = sealed };
}

void
acme_finish(void)
{
	acme_client_close(bench.client);
	http_close(bench.http);
	dns_close(bench.dns);
	loop_free(bench.loop);
	fake_ca_free(bench.ca);
	seal_close(bench.seal);
	arena_free(bench.arena);
}

/* ---- asking ----------------------------------------------------------------- */

static void
answered(struct asked *asked, struct answer answer)
{
	struct ask *ask = (struct ask *)asked;

	ask->answer = answer;
	ask->answers++;
}

struct ask *
acme_start(struct acme_question q)
{
	struct ask *ask = arena_alloc(bench.arena, sizeof *ask);

	q.ca = q.ca.id != NULL ? q.ca : bench.row;
	ask->acme = q;
	ask->question = (struct question){ .kind = QUESTION_ACME, .detail = &ask->acme };
	ask->asked = (struct asked){ NULL, &ask->question, bench.arena, answered };
	acme_client_perform(bench.client, &ask->asked);
	return ask;
}

void
acme_wait(struct ask *ask)
{
	while (ask->answers == 0)
		loop_turn(bench.loop, true);
	cr_assert_eq(ask->answers, 1);
}

const struct acme_answer *
acme_good(struct acme_question q)
{
	struct ask *ask = acme_start(q);

	acme_wait(ask);
	cr_assert_null(ask->answer.err.code, "%s: %s", ask->answer.err.code, ask->answer.err.detail);
	return ask->answer.detail;
}

struct err
acme_bad(struct acme_question q, const char *code, enum blame blame)
{
	struct ask *ask = acme_start(q);
	struct err err;

	acme_wait(ask);
	err = ask->answer.err;
	cr_assert_not_null(err.code, "it went well, instead of %s", code);
	cr_assert_str_eq(err.code, code, "%s is not %s: %s", err.code, code, err.detail);
	cr_assert_eq(err.blame, blame);
	cr_assert_eq(strncmp(err.detail, "test_ca: ", 9), 0, "%s", err.detail);
	return err;
}

const char *
acme_at(const char *path)
{
	return arena_printf(bench.arena, "%s%s", fake_ca_base(bench.ca), path);
}

static const char *const names[] = { "shop.example.com", "*.shop.example.com", NULL };

struct acme_question
acme_new_order(void)
{
	return (struct acme_question){ .act = ACME_NEW_ORDER, .names = names };
}

struct acme_question
acme_read_order(void)
{
	return (struct acme_question){ .act = ACME_READ_ORDER, .url = acme_at("/order/1") };
}

void
acme_content(void)
{
	cr_assert_str_eq(fake_ca_complaint(bench.ca), "");
}

const char *
acme_payload(const char *resource)
{
	char *text = fake_ca_payload(bench.ca, resource), *copy = arena_strdup(bench.arena, text);

	free(text);
	return copy;
}
