/* The responder of http-01: what it answers, and for what it does not trouble
 * the database.  A function of the test's own stands for find_challenge. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dcv/http01.h"
#include "io/log.h"
#include "io/watch.h"
#include "tests/kit/pg.h"

#define TOKEN	"DGyRejmCefe7v4NfDGDKfA_-x"
#define PATH	"/.well-known/acme-challenge/"

static const char find[] =
    "drop schema if exists certwright cascade; create schema certwright; "
    "create table certwright.asked (host text, token text); "
    "create function certwright.find_challenge(host text, token text) "
    "returns table (key_authorization text) language plpgsql as $$ begin "
    "insert into certwright.asked values (host, token); "
    "if host = 'broken.example.com' then raise exception 'no'; end if; "
    "return query select token || '.thumbprint' where host = 'shop.example.com' and token = '" TOKEN "'; "
    "end $$";

static struct loop *loop;
static char *database;
static struct pg_session *session;
static struct pg *pg;
static struct http01 *http01;

static void
up(void)
{
	struct err err = { 0 };

	log_setup("error", "logfmt");
	loop = loop_new();
	database = pg_kit_database();
	session = pg_session_open(database, &err);
	cr_assert_not_null(session);
	cr_assert(pg_session_script(session, find, &err), "%s", err.detail);
	pg = pg_open(loop, database, 1);
	http01 = http01_open(loop, pg, "127.0.0.1:0", &err);
	cr_assert_not_null(http01, "%s", err.detail);
}

static void
down(void)
{
	http01_close(http01);
	pg_close(pg);
	pg_session_close(session);
	loop_free(loop);
	pg_kit_drop(database);
}

TestSuite(http01, .init = up, .fini = down, .timeout = 30);

static int
dial(const char *request)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((unsigned short)http01_port(http01)) };
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
get(const char *method, const char *host, const char *path, char reply[4096])
{
	char request[4096];

	snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", method, path, host);
	read_reply(dial(request), reply);
}

static bool
database_was_asked(void)
{
	PGresult *r = pg_session_call(session, "with gone as (delete from certwright.asked returning 1) "
	    "select count(*) as n from gone", NULL, (char[6]){ 0 }, NULL);
	bool asked = strcmp(pg_value(r, 0, "n"), "0") != 0;

	PQclear(r);
	return asked;
}

static const char long_token[] = PATH
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static const struct row {
	const char *sentence, *host, *path;
	int	    status;
	bool	    asks;
} rows[] = {
	{ "a known token of the hostname", "shop.example.com", PATH TOKEN, 200, true },
	{ "capitals and a port in Host do not matter", "Shop.Example.COM:8080", PATH TOKEN, 200, true },
	{ "the token of another hostname", "blog.example.com", PATH TOKEN, 404, true },
	{ "an unknown token", "shop.example.com", PATH "0123456789012345678901", 404, true },
	{ "a token of 512 characters", "shop.example.com", long_token, 404, true },
	/* what that one notes down is rolled back */
	{ "a database that refuses", "broken.example.com", PATH TOKEN, 503, false },
	{ "a token that is too short", "shop.example.com", PATH "012345678901234567890", 404, false },
	{ "no token", "shop.example.com", PATH, 404, false },
	{ "a token with a dot", "shop.example.com", PATH TOKEN ".x", 404, false },
	{ "a token that is a path", "shop.example.com", PATH "../../../../etc/passwd00000", 404, false },
	{ "a token with an escape", "shop.example.com", PATH TOKEN "%27", 404, false },
	{ "another path", "shop.example.com", "/" TOKEN, 404, false },
	{ "the root", "shop.example.com", "/", 404, false },
	{ "an address as host", "127.0.0.1", PATH TOKEN, 400, false },
	{ "no host", "", PATH TOKEN, 400, false },
	{ "a host that is no name", "shop_.example.com'--", PATH TOKEN, 400, false },
	{ "a final dot", "shop.example.com.", PATH TOKEN, 400, false },
};

Test(http01, each_row_of_the_table)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		char reply[4096], want[32];

		snprintf(want, sizeof want, "HTTP/1.1 %d ", r->status);
		get("GET", r->host, r->path, reply);
		cr_expect_eq(strncmp(reply, want, strlen(want)), 0, "%s: %.40s", r->sentence, reply);
		cr_expect_eq(database_was_asked(), r->asks, "%s", r->sentence);
	}
}

Test(http01, the_body_is_the_key_authorization_and_nothing_else)
{
	char reply[4096];

	get("GET", "shop.example.com", PATH TOKEN, reply);
	cr_expect_not_null(strstr(reply, "Content-Type: text/plain\r\n"), "%s", reply);
	cr_assert_not_null(strstr(reply, "\r\n\r\n"));
	cr_expect_str_eq(strstr(reply, "\r\n\r\n") + 4, TOKEN ".thumbprint");
}

Test(http01, a_token_over_512_characters_is_none)
{
	char path[sizeof long_token + 1], reply[4096];

	snprintf(path, sizeof path, "%sx", long_token);
	get("GET", "shop.example.com", path, reply);
	cr_expect_eq(strncmp(reply, "HTTP/1.1 404 ", 13), 0, "%.40s", reply);
	cr_expect_not(database_was_asked());
}

Test(http01, without_a_database_it_says_so)
{
	char reply[4096];
	struct err err = { 0 };

	http01_close(http01);
	pg_close(pg);
	pg = pg_open(loop, "host=/nonexistent dbname=none", 1);
	http01 = http01_open(loop, pg, "127.0.0.1:0", &err);
	get("GET", "shop.example.com", PATH TOKEN, reply);
	cr_expect_eq(strncmp(reply, "HTTP/1.1 503 ", 13), 0, "%.40s", reply);
}

Test(http01, it_can_be_closed_while_the_database_thinks)
{
	struct err err = { 0 };
	struct pg *silent = pg_open(loop, "host=/nonexistent dbname=none", 1);
	int fd;

	http01_close(http01);
	http01 = http01_open(loop, silent, "127.0.0.1:0", &err);
	fd = dial("GET " PATH TOKEN " HTTP/1.1\r\nHost: shop.example.com\r\n\r\n");
	for (int i = 0; i < 20; i++)
		loop_turn(loop, false);
	http01_close(http01);
	http01 = NULL;
	pg_close(silent);
	close(fd);
}

Test(http01, a_port_that_is_taken_is_refused)
{
	char address[32];
	struct err err = { 0 };

	snprintf(address, sizeof address, "127.0.0.1:%u", http01_port(http01));
	cr_expect_null(http01_open(loop, pg, address, &err));
	cr_expect_not_null(err.code);
}
