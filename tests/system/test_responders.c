/*
 * What the daemons answer by DNS and HTTP for tokens: asked by the clients that
 * people use, directly and through the resolver; by two daemons; while the
 * database is away; and that nothing is left over once a certificate is there.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

enum { ISSUE_MS = 90000, FOLLOW_MS = 10000, STOP_MS = 10000, GIVE_UP_MS = 30000, LOOK_EVERY_MS = 50 };

#define WILD	"wild-answers.customer.test"

static struct place place;
static struct arena *arena;

static void
begin(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 22);
	place = place_make();
}

static void
finish(void)
{
	place_give_back(&place);
	arena_free(arena);
}

TestSuite(responders, .init = begin, .fini = finish, .timeout = 300);

#define CALL(verb, ...) lab_call(verb, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
value(const char *query, const char *argument)
{
	auto_result *rows = sql_rows(place.sql, query, argument);

	cr_assert_eq(PQntuples(rows), 1, "%s", query);
	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

static void
await(const char *query, const char *argument)
{
	cr_assert(sql_becomes_true(place.sql, query, argument, ISSUE_MS), "%s\n%s\n%s", query, argument,
	    value("select string_agg(concat_ws(' ', hostname, flow, state, outcome, code, detail), e'\\n' order by at)"
		" from certwright.attempt_history", NULL));
}

/* ---- commands with {words} ----------------------------------------------------------- */

static struct word { const char *key, *value; } words[16];

static void
set_word(const char *key, const char *value_)
{
	struct word *w = words;

	while (w->key != NULL && strcmp(w->key, key) != 0)
		w++;
	cr_assert_lt(w, words + 15);
	*w = (struct word){ key, value_ };
}

static const char *
at(const char *listen)
{
	const char *colon = strrchr(listen, ':');

	return arena_printf(arena, "@%.*s -p %s", (int)(colon - listen), listen, colon + 1);
}

/* The first of several; those of IPv6 without their brackets. */
static void
set_servers(void)
{
	const char *listen = lab("LAB_DNS_LISTEN");

	set_word("own", at(arena_strndup(arena, listen, strcspn(listen, ","))));
	set_word("own6", arena_printf(arena, "@::1 -p %s", lab("LAB_DNS_PORT")));
	set_word("second", at(lab("LAB_DNS_LISTEN_2")));
	set_word("resolver", at(lab("LAB_RESOLVER")));
	set_word("domain", lab("LAB_DCV_DOMAIN"));
	set_word("http_code", "{http_code}");	/* curl's own */
	set_word("id", value("select dcv_delegation_id from certwright.zone", NULL));
}

static const char *
expand(const char *text)
{
	auto_buf b = { 0 };

	buf_init(&b, 1 << 16);
	while (*text != '\0') {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		const struct word *w = words;

		if (end == NULL) {
			buf_add(&b, text++, 1);
			continue;
		}
		while (w->key != NULL && strncmp(w->key, text + 1, (size_t)(end - text - 1)) != 0)
			w++;
		cr_assert_not_null(w->key, "%s", text);
		cr_assert_eq(strlen(w->key), (size_t)(end - text - 1), "%s", text);
		buf_puts(&b, w->value);
		text = end + 1;
	}
	return arena_strdup(arena, b.data);
}

/* All that it says, each run of blanks as one. */
static const char *
said_by(const char *command)
{
	auto_ran ran = run_program(expand(command));
	char *text = arena_printf(arena, "%s%s", ran.out, ran.err), *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (!(isblank((unsigned char)*from) && to > text && to[-1] == ' '))
			*to++ = isblank((unsigned char)*from) ? ' ' : *from;
	*to = '\0';
	return text;
}

/* Those that begin with "!" are not to be said. */
static bool
says(const char *said, const char *wanted)
{
	bool is_wanted = *wanted != '!';

	return (strstr(said, expand(wanted + !is_wanted)) != NULL) == is_wanted;
}

static void
assert_says(const char *command, const char *wanted)
{
	const char *said = said_by(command);

	cr_assert(says(said, wanted), "%s: %s\n%s", expand(command), expand(wanted), said);
}

/* Answers follow the database within moments; the resolver remembers for a
 * moment that a name server was not there. */
static void
await_said(const struct daemon *d, const char *command, const char *wanted)
{
	for (int waited = 0; waited < FOLLOW_MS; waited += LOOK_EVERY_MS) {
		if (says(said_by(command), wanted))
			return;
		daemon_run_for(d, LOOK_EVERY_MS);
	}
	assert_says(command, wanted);
}

/* ---- customers ------------------------------------------------------------------------- */

static void
add_ca(void)
{
	place_add_ca_and_webhook(&place);
}

static void
bring_wildcard(const char *hostname)
{
	CALL("dns_point", hostname);
	sql_do(place.sql, "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	    " '{\"method\": \"txt\", \"type\": \"dv\", \"wildcard\": true}'::jsonb)) from certwright.zone z", hostname);
}

static void
delegate(const char *hostname)
{
	CALL("dns_delegate", hostname, place.database);
	sql_do(place.sql, "select certwright.refresh_custom_hostname(zone_id, id) from certwright.custom_hostname"
	    " where hostname = $1", hostname);
}

/* A token as a CA would give it, where there is none. */
static void
put_token(const char *hostname, const char *key_type, const char *wildcard, const char *method, const char *token)
{
	sql_do(place.sql, arena_printf(arena, "insert into certwright.challenge (certificate_id, key_type, identifier,"
	    " wildcard, url, method, token, key_authorization, txt_value, status) select id, '%s', hostname, %s, '', '%s',"
	    " '%s', '%s.thumb', '%s', 'pending' from certwright.certificate where hostname = $1",
	    key_type, wildcard, method, token, token, token), hostname);
}

static void
drop_tokens(const char *hostname)
{
	sql_do(place.sql, "update certwright.challenge set voided_at = certwright.clock_now()"
	    " where identifier = $1 and voided_at is null", hostname);
}

static const char *
http_command(const char *listen, const char *hostname, const char *token)
{
	return arena_printf(arena, "curl -s -m 5 -w %%{http_code} -H Host:%s http://%s/.well-known/acme-challenge/%s",
	    hostname, listen, token);
}

/* ---- each kind of answer ----------------------------------------------------------------- */

#define SOA(ttl) "{domain}. " ttl " IN SOA ns1.{domain}. hostmaster.{domain}. 1 3600 600 604800 5"
#define VALUES	"\"{value1}\"", "\"{value2}\""

static const struct { const char *command, *said[7]; } answers[] = {
	{ "kdig {own} {name} TXT", { "status: NOERROR", "Flags: qr aa rd; QUERY: 1; ANSWER: 2", "{name}. 60 IN TXT",
	    VALUES, "(UDP)", "!WARNING" } },
	{ "kdig {own} +tcp {name} TXT", { "Flags: qr aa rd; QUERY: 1; ANSWER: 2", VALUES, "(TCP)", "!WARNING" } },
	{ "dig {own} {name} TXT", { "flags: qr aa rd; QUERY: 1, ANSWER: 2", "EDNS: version: 0, flags:; udp: 1232", VALUES,
	    "!MALFORMED" } },
	{ "dig {own} +noedns {name} TXT", { "ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0", VALUES } },
	{ "kdig {own} {MiXeD} TXT", { "ANSWER: 2", VALUES } },	/* it prints names in lower case */
	{ "dig {own} {MiXeD} TXT", { "{MiXeD}. 60 IN TXT", VALUES } },
	{ "kdig {own} {name} A", { "status: NOERROR", "Flags: qr aa rd; QUERY: 1; ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig {own} nobody.customer.test.{id}.{domain} TXT", { "status: NOERROR", "ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig {own} {id}.{domain} TXT", { "status: NOERROR", "ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig {own} " WILD ".beef.{domain} TXT", { "status: NXDOMAIN", "Flags: qr aa rd", "AUTHORITY: 1", SOA("5") } },
	{ "kdig {own} {domain} SOA", { "Flags: qr aa rd; QUERY: 1; ANSWER: 1; AUTHORITY: 0", SOA("60") } },
	{ "kdig {own} {domain} NS", { "ANSWER: 1", "{domain}. 60 IN NS ns1.{domain}.", "ns1.{domain}. 60 IN A 127.0.54.1" } },
	{ "dig {own} ns1.{domain} A", { "ANSWER: 1", "ns1.{domain}. 60 IN A 127.0.54.1" } },
	{ "kdig {own} ns1.{domain} TXT", { "status: NOERROR", "ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig {own} +notcp {name} ANY", { "ANSWER: 1", "60 IN HINFO \"RFC8482\" \"\"", "!{value1}" } },
	{ "kdig {own} +edns=1 {name} TXT", { "status: BADVERS", "!{value1}" } },
	{ "kdig {own} customer.test SOA", { "status: REFUSED", "Flags: qr rd; QUERY: 1; ANSWER: 0; AUTHORITY: 0" } },
	{ "kdig {own} {domain} AXFR", { "REFUSED", "!hostmaster" } },
	{ "dig {own} {domain} AXFR", { "; Transfer failed.", "!hostmaster" } },
	{ "delv {own} -i {name} TXT", { "{name}. 60 IN TXT", VALUES, "!resolution failed" } },
	{ "delv {own} -i " WILD ".beef.{domain} TXT", { "resolution failed: ncache nxdomain" } },
	/* below a signed zone it is proved to be unsigned */
	{ "kdig {resolver} +dnssec {name} TXT", { "status: NOERROR", "Flags: qr rd ra; QUERY: 1; ANSWER: 2", VALUES } },
	{ "dig {resolver} {MiXeD} TXT", { "status: NOERROR", VALUES } },
	{ "delv {resolver} {anchor} {name} TXT", { "; unsigned answer", VALUES } },
	{ "delv {resolver} {anchor} hooks.provider.test A", { "; fully validated" } },
	{ "kdig {resolver} {name} AAAA", { "status: NOERROR", "ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig {resolver} " WILD ".beef.{domain} TXT", { "status: NXDOMAIN", SOA("5") } },
	{ "kdig {resolver} {domain} NS", { "{domain}. 60 IN NS ns1.{domain}." } },
	{ "kdig {resolver} ns1.{domain} A", { "ns1.{domain}. 60 IN A 127.0.54.1" } },
	{ "kdig {resolver} _acme-challenge." WILD " TXT", { "IN CNAME {name}.", VALUES } },
}, answers_6[] = {
	{ "kdig {own6} {name} TXT", { "Flags: qr aa rd; QUERY: 1; ANSWER: 2", VALUES, "From ::1" } },
	{ "dig {own6} +tcp {name} TXT", { "flags: qr aa rd; QUERY: 1, ANSWER: 2", VALUES } },
	{ "kdig {own} ns1.{domain} AAAA", { "ns1.{domain}. 60 IN AAAA ::1" } },
	{ "kdig {own} {domain} NS", { "ns1.{domain}. 60 IN AAAA ::1" } },
};

#define CHECK(table) do \
	for (size_t i = 0; i < sizeof (table) / sizeof *(table); i++) { \
		const char *said = said_by((table)[i].command); \
		for (size_t j = 0; j < 7 && (table)[i].said[j] != NULL; j++) \
			cr_expect(says(said, (table)[i].said[j]), "%s: %s\n%s", expand((table)[i].command), \
			    expand((table)[i].said[j]), said); \
	} \
	while (0)

/* The key that the resolver trusts, as delv wants it. */
static void
write_anchor(void)
{
	const char *file = arena_printf(arena, "%s/delv.key", lab("LAB_DIR"));
	auto_ran key = run_program(expand(arena_printf(arena, "kdig @127.0.0.3 -p %s +short provider.test DNSKEY",
	    lab("LAB_DNS_PORT"))));
	const char *line = strstr(key.out, "257 3 ");
	FILE *f = fopen(file, "we");

	cr_assert_not_null(line, "%s", key.out);
	cr_assert_not_null(f);
	fprintf(f, "trust-anchors { provider.test. static-key 257 3 %.2s \"%.*s\"; };\n", line + 6,
	    (int)strcspn(line + 9, "\n"), line + 9);
	fclose(f);
	set_word("anchor", arena_printf(arena, "-a %s +root=provider.test", file));
}

static void
set_values(const char *hostname)
{
	auto_result *rows = sql_rows(place.sql, "select txt_value from certwright.challenge where identifier = $1"
	    " and voided_at is null order by wildcard", hostname);
	const char *name = expand(arena_printf(arena, "%s.{id}.{domain}", hostname));
	char *mixed = arena_strdup(arena, name);

	cr_assert_eq(PQntuples(rows), 2);
	for (size_t i = 0; mixed[i] != '\0'; i++)
		if (i % 2 == 0)
			mixed[i] = (char)toupper((unsigned char)mixed[i]);
	set_word("name", name);
	set_word("MiXeD", mixed);
	set_word("value1", arena_strdup(arena, PQgetvalue(rows, 0, 0)));
	set_word("value2", arena_strdup(arena, PQgetvalue(rows, 1, 0)));
}

/* A wildcard pack waits for both of its values. */
Test(responders, each_kind_of_answer_is_understood_directly_and_through_the_resolver)
{
	struct daemon d;

	add_ca();
	set_servers();
	write_anchor();
	d = daemon_start("responders", place.database, NULL);
	bring_wildcard(WILD);
	await("select count(*) = 2 from certwright.challenge where identifier = $1 and voided_at is null", WILD);
	set_values(WILD);
	await_said(&d, "kdig {own} {name} TXT", "{value1}");
	await("select count(*) > 0 from certwright.attempt_history where hostname = $1 and code = 'token_missing'", WILD);
	CALL("dns_delegate", WILD, place.database);	/* and nobody is told to look again */
	await_said(&d, "kdig {resolver} {domain} SOA", "status: NOERROR");
	CHECK(answers);
	if (lab("LAB_IPV6")[0] != '\0')
		CHECK(answers_6);
	daemon_stop(&d, STOP_MS);
}

/* No CA takes part: the tokens stay as they are put. */
Test(responders, what_is_too_much_for_a_plain_answer_comes_by_tcp_or_edns)
{
	static const char *const key_types[] = { "p256", "rsa2048" }, *const wildcard[] = { "false", "true" };
	struct daemon d;

	set_servers();
	d = daemon_start("responders", place.database, NULL);
	bring_wildcard("wild-many.customer.test");
	for (int i = 0; i < 4; i++)
		put_token("wild-many.customer.test", key_types[i / 2], wildcard[i % 2], "txt",
		    arena_printf(arena, "%d%0199d", i, 0));
	set_word("name", expand("wild-many.customer.test.{id}.{domain}"));
	await_said(&d, "kdig {own} +tcp {name} TXT", "ANSWER: 4");
	assert_says("dig {own} +noedns +ignore {name} TXT", "flags: qr aa tc rd; QUERY: 1, ANSWER: 0");
	assert_says("dig {own} +noedns {name} TXT", ";; Truncated, retrying in TCP mode");
	assert_says("dig {own} +noedns {name} TXT", "ANSWER: 4");
	assert_says("dig {own} +ignore {name} TXT", "flags: qr aa rd; QUERY: 1, ANSWER: 4");
	await_said(&d, "kdig {resolver} {name} TXT", "ANSWER: 4");
	daemon_stop(&d, STOP_MS);
}

/* ---- two daemons ---------------------------------------------------------------------------- */

static struct daemon
start_second(void)
{
	return daemon_start("responders-2", place.database, "--challenge-listen", lab("LAB_CHALLENGE_LISTEN_2"),
	    "--dns-listen", lab("LAB_DNS_LISTEN_2"), "--admin-listen", lab("LAB_ADMIN_LISTEN_2"), NULL);
}

/* Each token of each hostname at this place, by HTTP or DNS. */
static void
assert_answers_all(const struct daemon *d, const char *server, const char *listen)
{
	auto_result *rows = sql_rows(place.sql, "select method, identifier, token, case method when 'http'"
	    " then key_authorization || '200' else txt_value end from certwright.challenge where voided_at is null", NULL);

	cr_assert_eq(PQntuples(rows), 6);
	for (int i = 0; i < 6; i++) {
		const char *name = PQgetvalue(rows, i, 1);

		await_said(d, strcmp(PQgetvalue(rows, i, 0), "http") == 0
		    ? http_command(listen, name, PQgetvalue(rows, i, 2))
		    : arena_printf(arena, "kdig %s %s.{id}.{domain} TXT", server, name), PQgetvalue(rows, i, 3));
	}
}

/* Of two daemons only one has a pack; both are asked for all. */
Test(responders, both_of_two_daemons_answer_for_every_pack)
{
	static const char *const names[] = { "wild-two1.customer.test", "wild-two2.customer.test", "two1.customer.test",
		"two2.customer.test" };
	struct daemon first, second;

	add_ca();
	set_servers();
	first = daemon_start("responders", place.database, NULL);
	second = start_second();
	await("select count(distinct owner) = 2 from certwright.shard where owner is not null and $1 = ''", "");
	for (int i = 0; i < 4; i++)
		if (i < 2)
			bring_wildcard(names[i]);
		else	/* it leads elsewhere, so that its tokens are not found */
			CALL("dns_add", names[i], "A", lab("LAB_CUSTOMER_ADDRESS")), place_add_hostname(&place, names[i], true);
	await("select count(*) = 6 from certwright.challenge where voided_at is null and $1 <> '-'", "");
	assert_answers_all(&first, "{own}", lab("LAB_CHALLENGE_LISTEN"));
	assert_answers_all(&second, "{second}", lab("LAB_CHALLENGE_LISTEN_2"));
	daemon_kill(&first);
	assert_answers_all(&second, "{resolver}", arena_printf(arena, "127.0.0.1:%s", lab("LAB_HTTP_PORT")));
	sql_do(place.sql, "select certwright.delete_custom_hostname(zone_id, id) from certwright.custom_hostname", NULL);
	await_said(&second, "kdig {second} wild-two1.customer.test.{id}.{domain} TXT", "ANSWER: 0; AUTHORITY: 1");
	daemon_stop(&second, STOP_MS);
}

/* ---- the database goes away ------------------------------------------------------------------- */

/* A PostgreSQL of our own: others use the lab's. */
static void
pg_ctl(const char *what)
{
	const char *data = arena_printf(arena, "%s/own-postgres", lab("LAB_DIR"));
	auto_ran ran = run_program(arena_printf(arena, "%s pg_ctl -D %s/data -l %s/log -w %s",
	    getuid() == 0 ? "setpriv --reuid postgres --regid postgres --init-groups" : "env", data, data, what));

	cr_assert_eq(ran.code, 0, "%s: %s%s", what, ran.out, ran.err);
}

static void
begin_with_own_database(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 22);
	auto_ran made = run_program(arena_printf(arena, "install -d %s %s/own-postgres",
	    getuid() == 0 ? "-o postgres" : "", lab("LAB_DIR")));
	cr_assert_eq(made.code, 0, "%s", made.err);
	pg_ctl("-s initdb -o -Upostgres -o -Atrust -o -N -o --no-instructions");
	pg_ctl(arena_printf(arena, "start -o -k%s/own-postgres -o -clisten_addresses= -o -cfsync=off", lab("LAB_DIR")));
	cr_assert_eq(setenv("LAB_DATABASE", arena_printf(arena, "host=%s/own-postgres user=postgres dbname=postgres",
	    lab("LAB_DIR")), 1), 0);
	place = place_make();
}

static void
finish_with_own_database(void)
{
	place_give_back(&place);
	pg_ctl("stop -m immediate");
	arena_free(arena);
}

TestSuite(responders_alone, .init = begin_with_own_database, .fini = finish_with_own_database, .timeout = 300);

/* as long as those of CAs at least */
#define BEFORE	"shown-before-the-database-went-away"
#define AFTER	"shown-after-the-database-came-back"

static void
assert_answers(const struct daemon *d, const char *server, const char *listen, const char *wanted)
{
	await_said(d, http_command(listen, "away.customer.test", wanted), arena_printf(arena, "%s.thumb200", wanted));
	await_said(d, arena_printf(arena, "kdig %s wild-away.customer.test.{id}.{domain} TXT", server), wanted);
}

static void
assert_both_answer(const struct daemon daemons[2], const char *wanted)
{
	assert_answers(&daemons[0], "{own}", lab("LAB_CHALLENGE_LISTEN"), wanted);
	assert_answers(&daemons[1], "{second}", lab("LAB_CHALLENGE_LISTEN_2"), wanted);
}

/* A question that waited for the database is given up after 15 s. */
static void
await_log(const struct daemon *d, const char *part)
{
	for (int waited = 0; !daemon_said(d, part); waited += LOOK_EVERY_MS) {
		cr_assert_lt(waited, GIVE_UP_MS, "it does not say \"%s\"; see %s", part, d->log);
		daemon_run_for(d, LOOK_EVERY_MS);
	}
}

static void
reopen(void)
{
	struct err err = { 0 };

	pg_session_close(place.sql);
	place.sql = pg_session_open(place.database, &err);
	cr_assert_not_null(place.sql, "%s", err.detail);
}

Test(responders_alone, they_go_on_while_the_database_is_away_and_follow_it_again)
{
	struct daemon daemons[2];

	set_servers();
	daemons[0] = daemon_start("responders", place.database, NULL);
	daemons[1] = start_second();
	bring_wildcard("wild-away.customer.test");
	place_add_hostname(&place, "away.customer.test", true);
	put_token("wild-away.customer.test", "p256", "true", "txt", BEFORE);
	put_token("away.customer.test", "p256", "false", "http", BEFORE);
	assert_both_answer(daemons, BEFORE);
	pg_ctl("stop -m immediate");
	assert_both_answer(daemons, BEFORE);
	await_log(&daemons[0], "the published tokens could not be read");
	await_log(&daemons[1], "the published tokens could not be read");
	assert_both_answer(daemons, BEFORE);
	pg_ctl(arena_printf(arena, "start -o -k%s/own-postgres -o -clisten_addresses=", lab("LAB_DIR")));
	reopen();
	drop_tokens("wild-away.customer.test");
	drop_tokens("away.customer.test");
	put_token("wild-away.customer.test", "p256", "true", "txt", AFTER);
	put_token("away.customer.test", "p256", "false", "http", AFTER);
	assert_both_answer(daemons, AFTER);
	await_said(&daemons[0], http_command(lab("LAB_CHALLENGE_LISTEN"), "away.customer.test", BEFORE), "404");
	assert_says("kdig {second} wild-away.customer.test.{id}.{domain} TXT", "!" BEFORE);
	daemon_stop(&daemons[0], STOP_MS);
	daemon_stop(&daemons[1], STOP_MS);
}

/* ---- nothing is left over ------------------------------------------------------------------------ */

/* All tokens that there ever were. */
static void
remember_tokens(void)
{
	command_sql(place.database, "create table public.seen (method text, name text, token text);"
	    "create function public.see() returns trigger language plpgsql as $f$ begin"
	    " insert into public.seen values (new.method, new.identifier, new.token); return new; end $f$;"
	    "create trigger see after insert on certwright.challenge for each row execute function public.see();");
}

/* Pebble spares one authorization in a hundred, which it ought not to: only
 * of the first order it is certain how many there are. */
static void
assert_nothing_is_left(const struct daemon *d, int least)
{
	auto_result *rows = sql_rows(place.sql, "select method, name, token from public.seen", NULL);

	cr_assert_geq(PQntuples(rows), least, "%s", value("select string_agg(s::text, e'\\n') from public.seen s", NULL));
	for (int i = 0; i < PQntuples(rows); i++)
		if (strcmp(PQgetvalue(rows, i, 0), "http") == 0)
			await_said(d, http_command(lab("LAB_CHALLENGE_LISTEN"), PQgetvalue(rows, i, 1),
			    PQgetvalue(rows, i, 2)), "404");
		else
			await_said(d, arena_printf(arena, "kdig {own} %s.{id}.{domain} TXT", PQgetvalue(rows, i, 1)),
			    "ANSWER: 0; AUTHORITY: 1");
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.challenge", NULL), 0);
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.list_tokens('', 100)", NULL), 0);
}

#define BOTH_ACTIVE "select count(*) = 2 from certwright.custom_hostname h join certwright.certificate c" \
	" on c.custom_hostname_id = h.id where h.status = 'active' and c.status = 'active'" \
	" and not exists (select from certwright.certificate s where s.successor_of is not null)" \
	" and c.id::text <> all (string_to_array($1, ' '))"

Test(responders, tokens_disappear_once_a_certificate_is_there_and_once_it_is_renewed)
{
	static const char *const names[] = { "wild-gone.customer.test", "gone.customer.test" };
	struct daemon d;
	const char *old;

	add_ca();
	set_servers();
	remember_tokens();
	d = daemon_start("responders", place.database, NULL);
	await("select exists (select from certwright.setting where name = 'dcv_domain' and value = $1)", lab("LAB_DCV_DOMAIN"));
	bring_wildcard(names[0]);
	delegate(names[0]);
	CALL("dns_point", names[1]);
	place_add_hostname(&place, names[1], true);
	await(BOTH_ACTIVE, "");
	assert_nothing_is_left(&d, 3);
	old = value("select string_agg(id::text, ' ') from certwright.certificate", NULL);
	for (int i = 0; i < 2; i++) {
		auto_ran ran = run_certwright(place.database, "renew", names[i], NULL);

		cr_assert_eq(ran.code, 0, "%s", ran.err);
	}
	await(BOTH_ACTIVE, old);
	assert_nothing_is_left(&d, 6);
	daemon_stop(&d, STOP_MS);
}

/* ---- run --once ------------------------------------------------------------------------------------ */

/* It is the only one who answers, and so it answers itself. */
Test(responders, a_delegated_wildcard_is_issued_by_running_once)
{
	struct daemon d;

	add_ca();
	set_servers();
	d = daemon_start("responders", place.database, "--once", "--linger", "0s", NULL);
	cr_assert_eq(daemon_wait(&d, ISSUE_MS), 0);
	bring_wildcard("wild-once.customer.test");
	delegate("wild-once.customer.test");
	d = daemon_start("responders", place.database, "--once", "--linger", "20s", NULL);
	cr_assert_eq(daemon_wait(&d, ISSUE_MS), 0);
	cr_assert_eq(sql_number(place.sql, "select count(*) from certwright.certificate where status = 'active'"
	    " and is_delegated", NULL), 1);
	CALL("is_served", "any.wild-once.customer.test", "ecdsa", "1");
	CALL("is_served", "any.wild-once.customer.test", "rsa", "1");
	assert_says("kdig {own} +timeout=1 +retry=0 wild-once.customer.test.{id}.{domain} TXT", "!status: NOERROR");
}
