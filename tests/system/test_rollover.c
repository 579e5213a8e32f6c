/*
 * A new account key, changed under a running daemon, at CAs with two
 * directories and with external account binding; what was interrupted goes on;
 * and a CA that changes no keys.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

enum { ISSUE_MS = 90000, STOP_MS = 10000, MOST_SECRET = 128 };

static struct place place;
static struct arena *arena;

static void
begin(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 20);
	place = place_make();
}

static void
finish(void)
{
	place_give_back(&place);
	arena_free(arena);
}

TestSuite(rollover, .init = begin, .fini = finish, .timeout = 300);

#define ROW(sql) "select " sql " from certwright.certificate_authority where name = 'ca'"
#define IS_ACTIVE "select exists (select from certwright.hostname_overview where hostname = $1 and ssl_status = 'active')"

static const char *
value(const char *query, const char *argument)
{
	auto_result *rows = sql_rows(place.sql, query, argument);

	cr_assert_eq(PQntuples(rows), 1, "%s", query);
	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

static void
issue(const char *hostname)
{
	lab_call("dns_point", (const char *const[]){ hostname, NULL });
	place_add_hostname(&place, hostname, true);
	cr_assert(sql_becomes_true(place.sql, IS_ACTIVE, hostname, ISSUE_MS), "%s:\n%s", hostname,
	    value("select string_agg(concat_ws(' ', hostname, flow, state, outcome, code, detail), e'\\n' order by at)"
	    " from certwright.attempt_history", NULL));
}

static struct ran
rollover(void)
{
	return run_certwright(place.database, "ca", "rollover", "ca", "--config", lab("LAB_CONFIG"), NULL);
}

static void
assert_done(const struct ran *ran)
{
	cr_assert_eq(ran->code, 0, "%d: %s", ran->code, ran->err);
	cr_assert_str_eq(ran->out, "the account of ca has a new key\n");
	cr_assert_str_eq(ran->err, "");
	cr_assert_str_eq(value(ROW("new_account_key is null"), NULL), "t");
}

/* ---- a daemon goes on with the new key -------------------------------------------- */

Test(rollover, a_daemon_orders_with_the_new_key_at_both_directories_of_a_ca)
{
	const char *old, *accounts;
	struct daemon d;

	auto_ran add = run_certwright(place.database, "ca", "add", "ca", "--directory", lab("LAB_CA1_DIRECTORY"),
	    "--directory-rsa", lab("LAB_CA3_DIRECTORY"), "--trust", lab("LAB_CA1_TRUST"), "--config", lab("LAB_CONFIG"), NULL);
	cr_assert_eq(add.code, 0, "%s", add.err);
	d = daemon_start("rollover", place.database, NULL);
	issue("before.rollover.customer.test");
	lab_call("is_served", (const char *const[]){ "before.rollover.customer.test", "ecdsa", "1", NULL });
	lab_call("is_served", (const char *const[]){ "before.rollover.customer.test", "rsa", "3", NULL });
	old = value(ROW("encode(account_key, 'hex')"), NULL);
	accounts = value(ROW("account_url || ' ' || account_url_rsa"), NULL);
	auto_ran ran = rollover();
	assert_done(&ran);
	cr_assert_str_neq(value(ROW("encode(account_key, 'hex')"), NULL), old);
	issue("after.rollover.customer.test");
	lab_call("is_served", (const char *const[]){ "after.rollover.customer.test", "ecdsa", "1", NULL });
	lab_call("is_served", (const char *const[]){ "after.rollover.customer.test", "rsa", "3", NULL });
	cr_assert_str_eq(value(ROW("account_url || ' ' || account_url_rsa"), NULL), accounts, "it is the same account");
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.attempt_history where flow = 'certificate'"
	    " and code like 'acme_account%'", NULL), 0);
	daemon_stop(&d, STOP_MS);
}

/* What was read of the old key is no use to the CA any more. */
Test(rollover, tokens_that_were_shown_before_change_with_the_key_and_the_new_ones_prove_the_name)
{
	static const char host[] = "late.rollover.customer.test";
	const char *token;
	struct daemon d;

	place_add_ca_and_webhook(&place);
	sql_do(place.sql, "update certwright.certificate_authority set name = 'ca'", NULL);
	place_add_hostname(&place, host, true);		/* and it does not point at us yet */
	d = daemon_start("rollover", place.database, NULL);
	cr_assert(sql_becomes_true(place.sql, "select exists (select from certwright.certificate where code is not null"
	    " and status = 'pending_validation')", NULL, ISSUE_MS));
	token = value("select key_authorization from certwright.challenge", NULL);
	auto_ran ran = rollover();
	cr_assert_eq(ran.code, 0, "%s", ran.err);
	cr_assert_not_null(strstr(ran.out, "\n1 certificate pack gets new tokens"), "%s", ran.out);
	cr_assert(sql_becomes_true(place.sql, "select exists (select from certwright.challenge where key_authorization <> $1"
	    " and split_part(key_authorization, '.', 1) = split_part($1, '.', 1))", token, ISSUE_MS));
	lab_call("dns_point", (const char *const[]){ host, NULL });
	sql_do(place.sql, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname", NULL);
	cr_assert(sql_becomes_true(place.sql, IS_ACTIVE, host, ISSUE_MS), "%s",
	    value("select string_agg(concat_ws(' ', state, outcome, code, detail), e'\\n' order by at)"
	    " from certwright.attempt_history where flow = 'certificate'", NULL));
	cr_assert_eq(sql_number(place.sql, "select orders_1h from certwright.ca_overview", NULL), 2);
	daemon_stop(&d, STOP_MS);
}

/* ---- interrupted ------------------------------------------------------------------- */

static const char *
secret_of(const char *path)
{
	FILE *f = fopen(path, "re");
	char text[MOST_SECRET] = "";

	cr_assert(f != NULL && fgets(text, sizeof text, f) != NULL, "%s", path);
	fclose(f);
	text[strcspn(text, "=\n")] = '\0';
	return arena_strdup(arena, text);
}

/* The row as a kill leaves it, before the CA was told and after. */
Test(rollover, what_was_interrupted_goes_on_with_the_key_that_is_stored)
{
	const char *hmac = secret_of(lab("LAB_CA2_EAB_HMAC_FILE")), *first, *second;
	struct daemon d;

	auto_ran add = run_certwright(place.database, "ca", "add", "ca", "--directory", lab("LAB_CA2_DIRECTORY"),
	    "--trust", lab("LAB_CA2_TRUST"), "--eab-kid", lab("LAB_CA2_EAB_KID"), "--eab-hmac-file",
	    lab("LAB_CA2_EAB_HMAC_FILE"), "--config", lab("LAB_CONFIG"), NULL);
	cr_assert_eq(add.code, 0, "%s", add.err);
	first = value(ROW("encode(account_key, 'hex')"), NULL);
	auto_ran begun = rollover();		/* makes the account, too */
	assert_done(&begun);
	second = value(ROW("encode(account_key, 'hex')"), NULL);

	/* killed when the CA had the key, and the row had not */
	sql_do(place.sql, arena_printf(arena, "update certwright.certificate_authority set account_key = decode('%s', 'hex'),"
	    " new_account_key = decode('%s', 'hex')", first, second), NULL);
	auto_ran show = run_certwright(place.database, "ca", "show", "ca", NULL);
	cr_assert_not_null(strstr(show.out, "certwright ca rollover ca goes on with it"), "%s", show.out);
	auto_ran after = rollover();
	assert_done(&after);
	cr_assert_str_eq(value(ROW("encode(account_key, 'hex')"), NULL), second);

	/* killed when the key was stored, and the CA did not know of it */
	sql_do(place.sql, arena_printf(arena, "update certwright.certificate_authority set new_account_key = decode('%s', 'hex')",
	    first), NULL);
	auto_ran before = rollover();
	assert_done(&before);
	cr_assert_str_eq(value(ROW("encode(account_key, 'hex')"), NULL), first);

	d = daemon_start("rollover-eab", place.database, NULL);
	issue("bound.rollover.customer.test");
	cr_assert_not(daemon_said(&d, hmac));
	cr_assert_not(daemon_said(&d, "PRIVATE KEY"));
	cr_assert_null(strstr(add.out, hmac));
	cr_assert_null(strstr(show.out, hmac));
	daemon_stop(&d, STOP_MS);
}

Test(rollover, a_ca_that_is_down_leaves_everything_as_it_was)
{
	const char *old;

	auto_ran add = run_certwright(place.database, "ca", "add", "ca", "--directory", lab("LAB_CA1_FRONT"),
	    "--trust", lab("LAB_CA1_TRUST"), "--config", lab("LAB_CONFIG"), NULL);
	cr_assert_eq(add.code, 0, "%s", add.err);
	old = value(ROW("encode(account_key, 'hex')"), NULL);
	lab_call("ca_answers", (const char *const[]){ "1", "503", NULL });
	auto_ran ran = rollover();
	lab_call("ca_answers", (const char *const[]){ "1", "ok", NULL });
	cr_assert_eq(ran.code, 1);
	cr_assert_str_eq(ran.out, "");
	cr_assert_str_eq(value(ROW("encode(account_key, 'hex') || coalesce(new_account_key::text, '')"), NULL), old);
}

/* ---- a CA that does not do it ----------------------------------------------------------- */

static struct {
	SSL_CTX *context;
	int fd, asked;
	pthread_t thread;
	char url[64], reply[1024];
} plain;

/* Answers each request with the directory, until the socket is shut. */
static void *
answer_all(void *arg)
{
	char request[4096];
	int fd;

	(void)arg;
	while ((fd = accept(plain.fd, NULL, NULL)) >= 0) {
		SSL *ssl = SSL_new(plain.context);

		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof request) > 0) {
			plain.asked++;
			SSL_write(ssl, plain.reply, (int)strlen(plain.reply));
			SSL_shutdown(ssl);
		}
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

/* The CA that is added is Pebble for P-256 and this one for RSA. */
static void
add_plain_ca(bool has_key_change)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	const char *dir = lab("LAB_DIR"), *json;

	plain.context = SSL_CTX_new(TLS_server_method());
	cr_assert_eq(SSL_CTX_use_certificate_file(plain.context, arena_printf(arena, "%s/tls/leaf.pem", dir), SSL_FILETYPE_PEM), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey_file(plain.context, arena_printf(arena, "%s/tls/leaf.key", dir), SSL_FILETYPE_PEM), 1);
	plain.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(plain.fd, (struct sockaddr *)&at, sizeof at), 0);
	cr_assert_eq(listen(plain.fd, 8), 0);
	cr_assert_eq(getsockname(plain.fd, (struct sockaddr *)&at, &len), 0);
	snprintf(plain.url, sizeof plain.url, "https://127.0.0.1:%d", ntohs(at.sin_port));
	json = arena_printf(arena, "{\"newNonce\":\"%s/n\",\"newAccount\":\"%s/a\",\"newOrder\":\"%s/o\"%s}", plain.url,
	    plain.url, plain.url, has_key_change ? arena_printf(arena, ",\"keyChange\":\"%s/k\"", plain.url) : "");
	snprintf(plain.reply, sizeof plain.reply, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
	    "Replay-Nonce: bm9uY2Utbm9uY2Utbm9uY2U\r\nConnection: close\r\n\r\n%s", strlen(json), json);
	cr_assert_eq(pthread_create(&plain.thread, NULL, answer_all, NULL), 0);
	auto_ran add = run_certwright(place.database, "ca", "add", "ca", "--directory", lab("LAB_CA1_DIRECTORY"),
	    "--directory-rsa", arena_printf(arena, "%s/dir", plain.url), "--trust", lab("LAB_CA1_TRUST"),
	    "--config", lab("LAB_CONFIG"), NULL);
	cr_assert_eq(add.code, 0, "%s", add.err);
}

static void
close_plain_ca(void)
{
	shutdown(plain.fd, SHUT_RDWR);
	pthread_join(plain.thread, NULL);
	close(plain.fd);
	SSL_CTX_free(plain.context);
}

/* Also when it is the second directory that lacks it: the first hears nothing. */
Test(rollover, a_ca_that_changes_no_keys_leaves_everything_as_it_was)
{
	const char *old;

	add_plain_ca(false);
	old = value(ROW("encode(account_key, 'hex')"), NULL);
	auto_ran ran = rollover();
	close_plain_ca();
	cr_assert_eq(ran.code, 1);
	cr_assert_eq(plain.asked, 1);
	cr_assert_str_eq(ran.err, arena_printf(arena, "certwright: ca does not change the keys of accounts: %s/dir has no"
	    " keyChange; everything stays as it was\n", plain.url));
	cr_assert_str_eq(value(ROW("encode(account_key, 'hex') || coalesce(new_account_key::text, '')"
	    " || coalesce(account_url, '')"), NULL), old);
}

/* The first directory has the new key, the second fails: both keys are kept,
 * and it goes on once the second one is mended, or another. */
Test(rollover, half_a_change_is_kept_and_goes_on_at_another_directory)
{
	const char *stored;

	add_plain_ca(true);
	auto_ran half = rollover();
	close_plain_ca();
	cr_assert_eq(half.code, 1);
	cr_assert_gt(plain.asked, 1);
	cr_assert_not_null(strstr(half.err, "; the new key is stored: certwright ca rollover ca goes on with it\n"), "%s", half.err);
	stored = value(ROW("encode(new_account_key, 'hex')"), NULL);
	cr_assert_str_neq(stored, "");
	auto_ran edit = run_certwright(place.database, "ca", "edit", "ca", "--directory-rsa", lab("LAB_CA3_DIRECTORY"), NULL);
	cr_assert_eq(edit.code, 0, "%s", edit.err);
	auto_ran rest = rollover();
	assert_done(&rest);
	cr_assert_str_eq(value(ROW("encode(account_key, 'hex')"), NULL), stored);
	cr_assert_str_eq(value(ROW("(account_url is not null and account_url_rsa is not null)::text"), NULL), "true");
}
