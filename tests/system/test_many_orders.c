/*
 * Sixteen orders of one hostname at once, again and again: each has its values
 * at the provider's name server and at our own, and takes away just these.
 * ROUNDS=100 for a thorough run.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tests/system/command.h"
#include "tests/system/daemon.h"

/* A provider has at most four orders of a name at once: two packs with two
 * keys each.  Sixteen are for certainty. */
enum { ORDERS = 16, ROUNDS = 8, START_MS = 10000, FOLLOW_MS = 15000, STOP_MS = 10000, LOOK_EVERY_MS = 20, BARRIER = 16 };

static struct place place;
static struct arena *arena;
static PGconn *sessions[ORDERS];
static long deadlocks;

static long
count_deadlocks(void)
{
	return lab_count(arena_printf(arena, "%s/postgres.out", lab("LAB_DIR")), "deadlock detected");
}

static void
begin(void)
{
	lab_hold_challenges();
	arena = arena_new(1 << 28);
	place = place_make();
	deadlocks = count_deadlocks();
	for (int i = 0; i < ORDERS; i++) {
		sessions[i] = PQconnectdb(place.database);
		cr_assert_eq(PQstatus(sessions[i]), CONNECTION_OK, "%s", PQerrorMessage(sessions[i]));
	}
}

static void
finish(void)
{
	for (int i = 0; i < ORDERS; i++)
		PQfinish(sessions[i]);
	place_give_back(&place);
	arena_free(arena);
}

TestSuite(many_orders, .init = begin, .fini = finish, .timeout = 900);

#define CALL(verb, ...) lab_call(verb, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
value(const char *query, const char *argument)
{
	auto_result *rows = sql_rows(place.sql, query, argument);

	cr_assert_eq(PQntuples(rows), 1, "%s", query);
	return arena_strdup(arena, PQgetvalue(rows, 0, 0));
}

/* ---- sixteen orders ---------------------------------------------------------------- */

/* Packs of the hostname's zone and name that are no hostname's, as those that a
 * successor has replaced: their orders are what the test writes, and so nobody
 * performs them. */
static void
make_packs(const char *hostname)
{
	sql_do(place.sql, "select certwright.create_custom_hostname(z.id, jsonb_build_object('hostname', $1::text, 'ssl',"
	    " '{\"method\": \"txt\", \"type\": \"dv\", \"wildcard\": true}'::jsonb)) from certwright.zone z", hostname);
	command_sql(place.database, "create table public.pack (nth int, id uuid);"
	    "insert into public.pack select n, gen_random_uuid() from generate_series(0, 15) n;"
	    "create function public.is_performed() returns trigger language plpgsql as $f$ begin"
	    " return case when exists (select from public.pack p where p.id = new.subject) then null else new end; end $f$;"
	    "create trigger is_performed before insert on certwright.job for each row when (new.flow = 'certificate')"
	    " execute function public.is_performed();"
	    "insert into certwright.certificate (id, zone_id, hostname, wildcard, method, key_types, status)"
	    " select p.id, c.zone_id, c.hostname, c.wildcard, c.method, c.key_types, 'pending_validation'"
	    " from public.pack p cross join certwright.certificate c;");
}

/* As a verdict about the pack writes them: the hostname is locked first.  Every
 * fourth one does not hold it: its pack is from a hostname that was made
 * before this one.  All wait for the barrier. */
static const char *
transaction(int nth, const char *change)
{
	return arena_printf(arena, "begin; select pg_advisory_xact_lock_shared(%d);"
	    " select from certwright.custom_hostname order by id %s; %s; commit", BARRIER,
	    nth % 4 == 3 ? "limit 0" : "for no key update", change);
}

/* 43 characters, as a SHA-256 in base64url has: of the round, the order, and
 * whether it is the wildcard's. */
static const char *
txt_value(int round, int nth, int wildcard)
{
	return arena_printf(arena, "%03d-%02d-%d-abcdefghijklmnopqrstuvwxyz01234567", round, nth, wildcard);
}

static const char *
challenge(int round, int nth, int wildcard)
{
	const char *v = txt_value(round, nth, wildcard);

	cr_assert_eq(strlen(v), 43);
	return arena_printf(arena, "{\"identifier\": \"' || c.hostname || '\", \"wildcard\": %s, \"url\": \"https://ca.test/%s\","
	    " \"method\": \"txt\", \"token\": \"%s\", \"key_authorization\": \"%s.k\", \"txt_value\": \"%s\","
	    " \"status\": \"pending\"}", wildcard ? "true" : "false", v, v, v, v);
}

static const char *
insertion(int round, int nth)
{
	return transaction(nth, arena_printf(arena, "select certwright.change_challenges(c.id, 'p256', ('[%s, %s]')::jsonb)"
	    " from certwright.certificate c join public.pack p on p.id = c.id where p.nth = %d",
	    challenge(round, nth, 0), challenge(round, nth, 1), nth));
}

/* One half voids, as when an order fails; the other one deletes, as when there is a certificate. */
static const char *
removal(int round, int nth)
{
	return transaction(nth, arena_printf(arena, (round + nth) % 2 == 0
	    ? "select certwright.void_challenges(p.id) from public.pack p where p.nth = %d"
	    : "delete from certwright.challenge h using public.pack p where h.certificate_id = p.id and p.nth = %d", nth));
}

static void
drain(PGconn *c)
{
	PGresult *r;

	while ((r = PQgetResult(c)) != NULL) {
		cr_assert(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK, "%s", PQerrorMessage(c));
		PQclear(r);
	}
}

/* All sessions at the same moment: they stand at the barrier, it falls. */
static void
do_at_once(const char *(*statement)(int round, int nth), int round, const char *foreign_verb, const char *server,
    const char *name)
{
	sql_do(place.sql, "select pg_advisory_lock($1)", arena_printf(arena, "%d", BARRIER));
	for (int i = 0; i < ORDERS; i++)
		cr_assert(PQsendQuery(sessions[i], statement(round, i)), "%s", PQerrorMessage(sessions[i]));
	cr_assert(sql_becomes_true(place.sql, "select count(*) = $1 from pg_locks where locktype = 'advisory' and not granted"
	    " and database = (select oid from pg_database where datname = current_database())",
	    arena_printf(arena, "%d", ORDERS), START_MS));
	sql_do(place.sql, "select pg_advisory_unlock($1)", arena_printf(arena, "%d", BARRIER));
	/* somebody else does the same at that name meanwhile */
	if (foreign_verb != NULL)
		CALL(foreign_verb, server, name, arena_printf(arena, "guest-%03d", round));
	for (int i = 0; i < ORDERS; i++)
		drain(sessions[i]);
}

/* ---- what is there ------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
at(const char *listen)
{
	const char *end = listen + strcspn(listen, ",");
	const char *colon = memrchr(listen, ':', (size_t)(end - listen));

	return arena_printf(arena, "kdig @%.*s -p %.*s +tcp +short", (int)(colon - listen), listen, (int)(end - colon - 1), colon + 1);
}

/* The values that a server has, sorted, each followed by a blank. */
static const char *
values_at(const char *server, const char *name)
{
	auto_ran ran = run_program(arena_printf(arena, "%s %s TXT", at(server), name));
	char *save, *line, *text = arena_strdup(arena, ran.out);
	const char *values[4 * ORDERS];
	auto_buf b = { 0 };
	size_t count = 0;

	cr_assert_eq(ran.code, 0, "%s", ran.err);
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		cr_assert_lt(count, sizeof values / sizeof values[0]);
		values[count++] = line;
	}
	qsort(values, count, sizeof values[0], compare);
	buf_init(&b, 1 << 16);
	buf_puts(&b, "");
	for (size_t i = 0; i < count; i++)
		buf_printf(&b, "%s ", values[i]);
	return arena_strdup(arena, b.data);
}

static const char *
all_values(int round)
{
	const char *all = "";

	for (int i = 0; i < ORDERS; i++)
		all = arena_printf(arena, "%s\"%s\" \"%s\" ", all, txt_value(round, i, 0), txt_value(round, i, 1));
	return all;
}

/* Sooner or later exactly these. */
static void
await_values(const struct daemon *d, const char *server, const char *name, const char *wanted)
{
	const char *seen = values_at(server, name);

	for (int waited = 0; strcmp(seen, wanted) != 0; waited += LOOK_EVERY_MS) {
		cr_assert_lt(waited, FOLLOW_MS, "%s at %s has not\n%s\nbut\n%s\n%s", name, server, wanted, seen,
		    value("select string_agg(p::text || v::text, e'\\n') from certwright.publication p"
			" join certwright.publication_value v on v.publication_id = p.id", NULL));
		daemon_run_for(d, LOOK_EVERY_MS);
		seen = values_at(server, name);
	}
}

static void
await(const char *query)
{
	cr_assert(sql_becomes_true(place.sql, query, NULL, FOLLOW_MS), "%s", query);
}

static void
await_pushed(void)
{
	await("select not exists (select from certwright.publication where status = 'publishing')"
	    " and not exists (select from certwright.publication_value where not wanted or published_at is null)");
}

/* ---- rounds ------------------------------------------------------------------------------ */

struct way {
	const char *name, *domain, *server, *key;
};

/* All come, all go.  In every third round they go, and come again, before
 * anybody looks: what is pushed then is not what is wanted by then. */
static void
play(const struct daemon *d, const struct way *way, const char *name, int round)
{
	const char *own = lab("LAB_DNS_LISTEN"), *ours = all_values(round);
	const char *foreign = arena_printf(arena, "\"guest-%03d\" \"of-somebody-else\" ", round);

	do_at_once(insertion, round, "others_add", way->server, name);
	if (round % 3 == 2) {
		do_at_once(removal, round, NULL, NULL, NULL);
		do_at_once(insertion, round, NULL, NULL, NULL);
	}
	await_values(d, way->server, name, arena_printf(arena, "%s%s", ours, foreign));
	await_values(d, own, name, ours);
	/* in every other round what goes may still be on its way */
	if (round % 2 == 0) {
		await_pushed();
		cr_assert_str_eq(values_at(way->server, name), arena_printf(arena, "%s%s", ours, foreign));
	}
	do_at_once(removal, round, "others_remove", way->server, name);
	await_values(d, way->server, name, "\"of-somebody-else\" ");
	await_values(d, own, name, "");
}

static void
assert_nothing_is_left(const struct daemon *d, const struct way *way, const char *name)
{
	await("select not exists (select from certwright.publication)");
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.publication_value", NULL), 0);
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.job where flow = 'publication'", NULL), 0);
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.challenge where voided_at is null", NULL), 0);
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.list_tokens('', 100)", NULL), 0);
	cr_expect_eq(sql_number(place.sql, "select count(*) from certwright.attempt_history where flow = 'publication'"
	    " and code is not null", NULL), 0, "%s", value("select string_agg(h::text, e'\\n') from certwright.attempt_history h"
	    " where flow = 'publication' and code is not null", NULL));
	cr_expect_str_eq(values_at(way->server, name), "\"of-somebody-else\" ");
	cr_expect_str_eq(values_at(lab("LAB_DNS_LISTEN"), name), "");
	cr_expect_eq(count_deadlocks(), deadlocks);
	cr_expect_not(daemon_said(d, "level=error"), "see %s", d->log);
}

/* The daemon pushes to a name server, and answers for the same domain itself. */
static void
run_way(const struct way *way)
{
	const char *hostname = arena_printf(arena, "many-%s.customer.test", way->name), *name;
	int rounds = getenv("ROUNDS") != NULL ? (int)strtol(getenv("ROUNDS"), NULL, 10) : ROUNDS;
	struct daemon d = daemon_start(arena_printf(arena, "many-%s", way->name), place.database, "--dcv-domain", way->domain,
	    "--dcv-nameservers", "ns1.elsewhere.test", "--dcv-update-server", way->server, "--dcv-update-key-file", way->key, NULL);

	cr_assert(sql_becomes_true(place.sql, "select exists (select from certwright.setting where name = 'dcv_update_server'"
	    " and value = $1)", way->server, START_MS), "the daemon did not start; see %s", d.log);
	make_packs(hostname);
	name = value("select certwright.publication_name(id, $1) from certwright.zone", hostname);
	CALL("others_add", way->server, name, "of-somebody-else");
	for (int round = 0; round < rounds; round++)
		play(&d, way, name, round);
	assert_nothing_is_left(&d, way, name);
	CALL("others_remove", way->server, name, "of-somebody-else");
	daemon_stop(&d, STOP_MS);
}

Test(many_orders, of_one_name_leave_nothing_over_at_knot_and_touch_nothing_foreign)
{
	run_way(&(struct way){ "knot", lab("LAB_KNOT_DOMAIN"), lab("LAB_UPDATED_KNOT"), lab("LAB_KNOT_KEY_FILE") });
}

Test(many_orders, of_one_name_leave_nothing_over_at_bind_and_touch_nothing_foreign)
{
	run_way(&(struct way){ "bind", lab("LAB_BIND_DOMAIN"), lab("LAB_BIND"), lab("LAB_BIND_KEY_FILE") });
}
