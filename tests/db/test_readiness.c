/* What the admin listener says of a daemon: ready or not yet, and its figures. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/health.h"
#include "dcv/hostname.h"
#include "io/http.h"
#include "io/log.h"
#include "tests/kit/pg.h"

static const struct flow *const flows[ENGINE_MAX_FLOWS] = { &hostname_flow };

static char *database;
static struct loop *loop;
static struct pg *pg;
static struct dns *dns;
static struct http *http;
static struct engine *engine;
static struct board *board;
static struct zone_authority *authority;
static struct health *health;

static void
up(void)
{
	static const struct engine_options options = { .flows = { &hostname_flow }, .name = "test" };
	static const struct authority_options zone = { .domain = "dcv.test", .nameservers = "ns.test" };
	struct err err = { 0 };

	log_setup("error", "logfmt");
	database = pg_kit_database();
	loop = loop_new();
	pg = pg_open(loop, database, 1);
	dns = dns_open(loop, "127.0.0.1:1", &err);
	http = http_open(loop, dns, true);
	engine = engine_open(loop, pg, &options);
	board = board_new();
	authority = authority_open(&zone, board, &err);
	cr_assert_not_null(authority, "%s", err.detail);
}

static void
down(void)
{
	health_close(health);
	engine_halt(engine);
	pg_close(pg);
	http_close(http);
	dns_close(dns);
	engine_close(engine);
	authority_close(authority);
	board_free(board);
	loop_free(loop);
	pg_kit_drop(database);
}

TestSuite(readiness, .init = up, .fini = down, .timeout = 60);

static void
listen_with(struct board *b, struct zone_authority *a)
{
	const struct health_view view = { .pg = pg, .engine = engine, .flows = flows, .board = b, .authority = a };
	struct err err = { 0 };

	health = health_open(loop, "127.0.0.1:0", &view, &err);
	cr_assert_not_null(health, "%s", err.detail);
}

/* "503 the database is down\n" */
static char said[1 << 17];

static void
replied(void *arg, const struct http_reply *reply, const struct err *err)
{
	(void)arg;
	cr_assert_not_null(reply, "%s", err != NULL ? err->detail : "");
	snprintf(said, sizeof said, "%d %s", reply->status, reply->body);
}

static const char *
get(const char *path)
{
	char url[100];
	const struct http_request request = { .method = "GET", .url = url, .max_body = sizeof said - 10,
		.timeout_ms = 10000 };

	snprintf(url, sizeof url, "http://127.0.0.1:%u%s", health_port(health), path);
	said[0] = '\0';
	http_send(http, &request, replied, NULL);
	while (said[0] == '\0')
		loop_turn(loop, true);
	return said;
}

static void
work(void)
{
	engine_start(engine, NULL, NULL);
	while (engine_stats(engine).shards == 0 || !pg_is_up(pg))
		loop_turn(loop, true);
}

Test(readiness, a_daemon_is_ready_when_it_works_and_the_tokens_are_read)
{
	listen_with(board, NULL);
	cr_expect_str_eq(get("/healthz"), "200 ok\n");
	cr_expect_eq(strncmp(get("/readyz"), "503 ", 4), 0, "%s", said);
	work();
	cr_expect_str_eq(get("/readyz"), "503 the tokens are not read yet\n");
	board_set_ready(board);
	cr_expect_str_eq(get("/readyz"), "200 ready\n");
}

Test(readiness, where_no_responder_listens_no_tokens_are_waited_for)
{
	listen_with(NULL, NULL);
	work();
	cr_expect_str_eq(get("/readyz"), "200 ready\n");
	cr_expect_null(strstr(get("/metrics"), "tokens_published"), "%s", said);
	cr_expect_null(strstr(said, "dns_queries_total"), "%s", said);
}

Test(readiness, the_responders_are_counted)
{
	static const struct board_entry entries[] = {
		{ BOARD_HTTP, "t", "t.thumb" }, { BOARD_TXT, "d", "value" },
	};
	static const struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = 1 };
	const struct sockaddr *peer = (const struct sockaddr *)&from;
	static const unsigned char refused[] = "\0\1\0\0\0\1\0\0\0\0\0\0\3com\0\0\20\0\1";
	static const unsigned char soa[] = "\0\1\0\0\0\1\0\0\0\0\0\0\3dcv\4test\0\0\6\0\1";
	unsigned char out[AUTHORITY_MAX_ANSWER];

	listen_with(board, authority);
	board_put(board, "shop.customer.com", entries, 2);
	authority_answer(authority, refused, sizeof refused - 1, peer, true, 0, out);
	authority_answer(authority, soa, sizeof soa - 1, peer, true, 0, out);
	authority_answer(authority, soa, sizeof soa - 1, peer, true, 0, out);
	authority_answer(authority, refused, 13, peer, true, 0, out);
	get("/metrics");
	cr_expect_not_null(strstr(said, "\ncertwright_tokens_published 2\n"), "%s", said);
	cr_expect_not_null(strstr(said, "\ncertwright_dns_queries_total 4\n"), "%s", said);
	cr_expect_not_null(strstr(said, "\ncertwright_dns_answers_total 4\n"), "%s", said);
	cr_expect_not_null(strstr(said, "\ncertwright_dns_refused_total 1\n"), "%s", said);
	cr_expect_not_null(strstr(said, "\ncertwright_dns_malformed_total 1\n"), "%s", said);
	cr_expect_not_null(strstr(said, "\ncertwright_dns_limited_total 0\n"), "%s", said);
	cr_expect_not_null(strstr(said, "verdicts_total{flow=\"hostname\",verb=\"go\"} 0\n"), "%s", said);
}
