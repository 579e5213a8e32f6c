/* cli/perform: what a page becomes for whoever judges it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cli/perform.h"
#include "io/http.h"
#include "tests/net/servers.h"

TestSuite(perform, .timeout = 30);

static struct loop *loop;
static struct answer answer;
static unsigned answers;

static void
on_answer(struct asked *asked, struct answer a)
{
	(void)asked;
	answers++;
	answer = a;
	loop_stop(loop);
}

static void
get(struct arena *arena, const char *path)
{
	struct question question = { .kind = QUESTION_HTTP, .type = "looker/1" };
	struct asked asked = { .question = &question, .arena = arena, .answered = on_answer };
	struct fake_web *web;
	struct dns *dns;
	struct http *http;

	loop = loop_new();
	web = fake_web_new(loop);
	dns = dns_open(loop, "127.0.0.1:1", NULL);
	http = http_open(loop, dns, true);
	question.name = arena_printf(arena, "http://127.0.0.1:%u%s", fake_web_port(web), path);
	answers = 0;
	perform_http(http, &asked);
	loop_run(loop);
	cr_assert_eq(answers, 1);
	if (strstr(path, "close") == NULL)
		cr_expect_not_null(strstr(fake_web_request(web), "User-Agent: looker/1\r\n"));
	http_close(http);
	dns_close(dns);
	fake_web_free(web);
	loop_free(loop);
}

Test(perform, a_page_is_its_status_and_body)
{
	auto_arena *arena = arena_new(1 << 20);

	get(arena, "/ok");
	cr_expect_null(answer.err.code);
	cr_expect_eq(answer.status, 200);
	cr_expect_eq(answer.count, 1);
	cr_expect_str_eq(answer.values[0], "fine");
	cr_expect_null(answer.values[1]);
}

Test(perform, a_redirect_says_where_to)
{
	auto_arena *arena = arena_new(1 << 20);

	get(arena, "/redirect");
	cr_expect_eq(answer.status, 302);
	cr_expect_eq(answer.count, 2);
	cr_expect_str_eq(answer.values[0], "");
	cr_expect_str_eq(answer.values[1], "/ok");
}

Test(perform, a_nul_does_not_end_a_body)
{
	auto_arena *arena = arena_new(1 << 20);

	get(arena, "/nul");
	cr_expect_str_eq(answer.values[0], "fine\1\1");
}

Test(perform, no_page_is_an_error)
{
	auto_arena *arena = arena_new(1 << 20);

	get(arena, "/close");
	cr_expect_not_null(answer.err.code);
	cr_expect_eq(answer.count, 0);
}
