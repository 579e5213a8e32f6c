/* The responder of http-01, from the row in the table to the octets of the answer. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dcv/follow.h"
#include "dcv/http01.h"
#include "io/log.h"
#include "io/watch.h"
#include "tests/db/sql.h"
#include "tests/kit/pg.h"

#define TOKEN	"DGyRejmCefe7v4NfDGDKfA_-x"
#define PATH	"/.well-known/acme-challenge/"
#define SHOP	"shop.test-customer.com"

/* One daemon, as far as this goes. */
struct daemon {
	struct pg     *pg;
	struct board  *board;
	struct follow *follow;
	struct http01 *http01;
};

static struct loop *loop;
static struct daemon one;
static const char *zone, *hostname;
static char database[256];

static void
start(struct daemon *d)
{
	struct err err = { 0 };

	snprintf(database, sizeof database, "host=%s user=postgres dbname=%s", getenv("PGHOST"),
	    sql_value("select current_database()"));
	d->board = board_new();
	d->pg = pg_open(loop, database, 1);
	d->follow = follow_open(loop, d->pg, d->board);
	d->http01 = http01_open(loop, d->board, "127.0.0.1:0", &err);
	cr_assert_not_null(d->http01, "%s", err.detail);
}

static void
stop(struct daemon *d)
{
	http01_close(d->http01);
	pg_close(d->pg);
	follow_close(d->follow);
	board_free(d->board);
}

static void
await_ready(const struct daemon *d)
{
	while (!board_is_ready(d->board))
		loop_turn(loop, true);
}

/* One pack has at most four of a method. */
static void
insert_token(const char *token)
{
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status)"
	    " select $1::uuid, (array['p256', 'rsa2048'])[1 + count(*) % 2]::certwright.key_type, '" SHOP "', count(*) >= 2, '',"
	    "        'http', $2, $2 || '.thumbprint', '', 'pending' from certwright.challenge", sql_pack(hostname), token);
}

static void
fill(void)
{
	zone = sql_zone("{}");
	hostname = sql_hostname(zone, "{\"hostname\":\"" SHOP "\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}");
	insert_token(TOKEN);
}

static void
up(void)
{
	log_setup("error", "logfmt");
	loop = loop_new();
	sql_up();
	fill();
	start(&one);
}

static void
down(void)
{
	stop(&one);
	loop_free(loop);
	sql_down();
}

TestSuite(http01, .init = up, .fini = down, .timeout = 60);

/* ---- a client ---------------------------------------------------------------------- */

static int
dial(const struct daemon *d, const char *request)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((unsigned short)http01_port(d->http01)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	cr_assert_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	return fd;
}

static void
on_readable(void *arg, bool readable, bool writable)
{
	(void)arg, (void)readable, (void)writable;	/* only to wake the loop */
}

/* All that comes back until the connection is closed. */
static void
read_reply(int fd, char reply[4096])
{
	struct watch *watch = watch_new(loop, fd, on_readable, NULL);
	size_t got = 0;

	watch_for(watch, true, false);
	for (ssize_t n = 1; n != 0;) {
		n = recv(fd, reply + got, 4095 - got, MSG_DONTWAIT);
		if (n < 0) {
			cr_assert_eq(errno, EAGAIN);
			loop_turn(loop, true);
		} else
			got += (size_t)n;
	}
	watch_free(watch);
	reply[got] = '\0';
	close(fd);
}

static void
ask(const struct daemon *d, const char *method, const char *host, const char *path, char reply[4096])
{
	char request[4096];

	snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", method, path, host);
	read_reply(dial(d, request), reply);
}

static int
status(const struct daemon *d, const char *host, const char *path)
{
	char reply[4096];

	ask(d, "GET", host, path, reply);
	cr_assert_eq(strncmp(reply, "HTTP/1.1 ", 9), 0, "%.40s", reply);
	return (int)strtol(reply + 9, NULL, 10);
}

static void
await_status(const struct daemon *d, const char *path, int wanted)
{
	while (status(d, SHOP, path) != wanted)
		;
}

/* ---- what is answered ---------------------------------------------------------------- */

static const char long_token[] = PATH
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static const struct row {
	const char *sentence, *host, *path;
	int	    status;
} rows[] = {
	{ "a known token of the hostname", SHOP, PATH TOKEN, 200 },
	{ "capitals and a port in Host do not matter", "Shop.Test-Customer.COM:8080", PATH TOKEN, 200 },
	{ "the token of another hostname", "blog.test-customer.com", PATH TOKEN, 404 },
	{ "a name below", "www." SHOP, PATH TOKEN, 404 },
	{ "an unknown token", SHOP, PATH "0123456789012345678901", 404 },
	{ "the token and more", SHOP, PATH TOKEN "x", 404 },
	{ "a token of 512 characters that is there", SHOP, long_token, 200 },
	{ "a token that is too short, although it is there", SHOP, PATH "012345678901234567890", 404 },
	{ "no token", SHOP, PATH, 404 },
	{ "a token with a dot", SHOP, PATH TOKEN ".x", 404 },
	{ "a token that is a path", SHOP, PATH "../../../../etc/passwd00000", 404 },
	{ "a token with an escape", SHOP, PATH TOKEN "%27", 404 },
	{ "an escape that would be the token", SHOP, PATH "%44" "GyRejmCefe7v4NfDGDKfA_-x", 404 },
	{ "another path", SHOP, "/" TOKEN, 404 },
	{ "the root", SHOP, "/", 404 },
	{ "an address as host", "127.0.0.1", PATH TOKEN, 400 },
	{ "an IPv6 address as host", "[::1]:80", PATH TOKEN, 400 },
	{ "no host", "", PATH TOKEN, 400 },
	{ "a host that is no name", "shop_.test-customer.com'--", PATH TOKEN, 400 },
	{ "a final dot", SHOP ".", PATH TOKEN, 400 },
};

Test(http01, each_row_of_the_table)
{
	insert_token("012345678901234567890");
	insert_token(long_token + sizeof PATH - 1);
	await_ready(&one);
	await_status(&one, long_token, 200);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(status(&one, rows[i].host, rows[i].path), rows[i].status, "%s: %d", rows[i].sentence,
		    status(&one, rows[i].host, rows[i].path));
}

Test(http01, the_body_is_the_key_authorization_and_nothing_else)
{
	char reply[4096];

	await_ready(&one);
	ask(&one, "GET", SHOP, PATH TOKEN, reply);
	cr_expect_not_null(strstr(reply, "Content-Type: text/plain\r\n"), "%s", reply);
	cr_assert_not_null(strstr(reply, "\r\n\r\n"));
	cr_expect_str_eq(strstr(reply, "\r\n\r\n") + 4, TOKEN ".thumbprint");
	ask(&one, "HEAD", SHOP, PATH TOKEN, reply);
	cr_expect_eq(strncmp(reply, "HTTP/1.1 200 ", 13), 0, "%.40s", reply);
	cr_expect_str_eq(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
	ask(&one, "POST", SHOP, PATH TOKEN, reply);
	cr_expect_eq(strncmp(reply, "HTTP/1.1 405 ", 13), 0, "%.40s", reply);
}

Test(http01, a_token_over_512_characters_is_none)
{
	char path[sizeof long_token + 1];

	snprintf(path, sizeof path, "%sx", long_token);
	insert_token(path + sizeof PATH - 1);
	await_ready(&one);
	cr_expect_eq(status(&one, SHOP, path), 404);
}

Test(http01, before_the_tokens_are_read_it_asks_to_come_again)
{
	struct board *empty = board_new();
	struct daemon unready = { .board = empty, .http01 = http01_open(loop, empty, "127.0.0.1:0", NULL) };
	char reply[4096];

	ask(&unready, "GET", SHOP, PATH TOKEN, reply);
	cr_expect_eq(strncmp(reply, "HTTP/1.1 503 ", 13), 0, "%.40s", reply);
	cr_expect_not_null(strstr(reply, "Retry-After: 1\r\n"), "%s", reply);
	cr_expect_eq(status(&unready, SHOP, "/"), 404);
	cr_expect_eq(status(&unready, "127.0.0.1", PATH TOKEN), 400);
	board_set_ready(empty);
	cr_expect_eq(status(&unready, SHOP, PATH TOKEN), 404);
	http01_close(unready.http01);
	board_free(empty);
}

Test(http01, a_port_that_is_taken_is_refused)
{
	char address[32];
	struct err err = { 0 };

	snprintf(address, sizeof address, "127.0.0.1:%u", http01_port(one.http01));
	cr_expect_null(http01_open(loop, one.board, address, &err));
	cr_expect_not_null(err.code);
}

/* ---- as the database changes ------------------------------------------------------------ */

Test(http01, a_token_is_answered_from_its_row_to_its_end)
{
	static const char *const ends[] = {
		"update certwright.challenge set voided_at = certwright.clock_now()",
		"update certwright.challenge set expires_at = certwright.clock_now()",
		"delete from certwright.challenge",
		"insert into certwright.custom_hostname (zone_id, hostname, status)"
		    " values ((certwright.create_zone('taker', '{}') ->> 'id')::uuid, '" SHOP "', 'active')",
		"delete from certwright.certificate",
	};

	await_ready(&one);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		await_status(&one, PATH TOKEN, 200);
		sql_do(ends[i]);
		await_status(&one, PATH TOKEN, 404);
		sql_do("delete from certwright.challenge");
		sql_do("delete from certwright.custom_hostname where status = 'active'");
		if (i + 1 < sizeof ends / sizeof ends[0])
			insert_token(TOKEN);
	}
}

Test(http01, every_daemon_answers)
{
	struct daemon two;

	start(&two);
	await_status(&one, PATH TOKEN, 200);
	await_status(&two, PATH TOKEN, 200);
	sql_do("update certwright.challenge set token = 'another-token-of-the-CA', key_authorization = 'x'");
	await_status(&one, PATH "another-token-of-the-CA", 200);
	await_status(&two, PATH "another-token-of-the-CA", 200);
	cr_expect_eq(status(&one, SHOP, PATH TOKEN), 404);
	cr_expect_eq(status(&two, SHOP, PATH TOKEN), 404);
	stop(&two);
}

/* ---- while the database is away ------------------------------------------------------------ */

static void
without_a_database(void)
{
	log_setup("error", "logfmt");
	loop = loop_new();
	pg_kit_start();		/* of this test alone */
	sql_up();
	fill();
	start(&one);
}

static void
without_a_database_down(void)
{
	down();
	pg_kit_stop();
}

TestSuite(http01_alone, .init = without_a_database, .fini = without_a_database_down, .timeout = 120);

/* One killed backend, and the server ends all others and recovers. */
Test(http01_alone, while_the_server_restarts_it_answers_and_then_it_follows_again)
{
	struct pg_session *other;
	struct err err = { 0 };

	await_ready(&one);
	sql_do("checkpoint");	/* the kit's server may forget what was not written */
	cr_assert_eq(kill((pid_t)sql_number("select pg_backend_pid()"), SIGKILL), 0);
	while (pg_is_up(one.pg))
		cr_expect_eq(status(&one, SHOP, PATH TOKEN), 200);
	cr_expect_eq(status(&one, SHOP, PATH TOKEN), 200);
	cr_expect_eq(status(&one, SHOP, PATH "0123456789012345678901"), 404);
	while (!pg_is_up(one.pg))
		cr_expect_eq(status(&one, SHOP, PATH TOKEN), 200);
	other = pg_session_open(database, &err);
	cr_assert_not_null(other, "%s", err.detail);
	cr_assert(pg_session_script(other, "update certwright.challenge set token = 'another-token-of-the-CA'", &err));
	pg_session_close(other);
	await_status(&one, PATH "another-token-of-the-CA", 200);
	cr_expect_eq(status(&one, SHOP, PATH TOKEN), 404);
}
