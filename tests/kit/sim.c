/* Virtual time.  See sim.h. */
#include "tests/kit/sim.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/perform.h"
#include "dcv/caa_look.h"
#include "dcv/look.h"
#include "dcv/publish.h"
#include "dcv/token_look.h"
#include "io/dns.h"
#include "io/http.h"
#include "io/log.h"
#include "tests/kit/pg.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/played_edge.h"
#include "tests/kit/world.h"

struct sim {
	char *database;
	struct pg_session *session;
	const struct flow *const *flows;
	struct loop *loop;
	struct pg *pg;
	struct dns *dns;
	struct caa_look caa;
	struct http *http;
	struct token_look look;
	struct played *played;
	struct engine *engine;
	bool kill;
	int64_t step;		/* the clock moves by multiples of it */
	char next_alarm[400];	/* asks for the seconds of the next one of its flows */
};

/* Jobs of flows that are not simulated lie where they are. */
static void
write_next_alarm(struct sim *s)
{
	char flows[100] = "''";

	for (size_t i = 0; i < ENGINE_MAX_FLOWS && s->flows[i] != NULL; i++)
		snprintf(flows + strlen(flows), sizeof flows - strlen(flows), ", '%s'", s->flows[i]->name);
	snprintf(s->next_alarm, sizeof s->next_alarm, "select coalesce(ceil(extract(epoch from "
	    "(select min(run_at) from certwright.job where run_at < 'infinity' and flow::text in (%s)) "
	    "- '2026-01-01 00:00:00+00')), 1e12)::bigint", flows);
}

static void
start_daemon(struct sim *s)
{
	struct engine_options options = { .name = "simulation" };
	struct err err;

	s->loop = loop_new();
	s->pg = pg_open(s->loop, s->database, 2);
	s->dns = dns_open(s->loop, "", &err);
	s->http = http_open(s->loop, s->dns, true);
	for (size_t i = 0; i < ENGINE_MAX_FLOWS && s->flows[i] != NULL; i++)
		options.flows[i] = s->flows[i];
	options.performers[QUESTION_DNS] = (struct performer){ look_perform, s->dns };
	options.performers[QUESTION_HTTP] = (struct performer){ perform_http, s->http };
	s->caa = (struct caa_look){ .loop = s->loop, .dns = s->dns };
	options.performers[QUESTION_CAA] = (struct performer){ caa_look_perform, &s->caa };
	s->look = (struct token_look){ .loop = s->loop, .dns = s->dns, .http = s->http, .allow_private = true,
		.dns_port = 53 };
	options.performers[QUESTION_TOKEN] = (struct performer){ token_look_perform, &s->look };
	options.performers[QUESTION_PUBLISH] = (struct performer){ publish_perform, NULL };
	s->played = played_open(s->loop);
	options.performers[QUESTION_ACME] = (struct performer){ played_ca_perform, s->played };
	options.performers[QUESTION_KEY] = (struct performer){ played_key_perform, s->played };
	options.performers[QUESTION_EDGE] = (struct performer){ played_edge_perform, s->played };
	s->engine = engine_open(s->loop, s->pg, &options);
	engine_start(s->engine, NULL, NULL);
}

static void
stop_daemon(struct sim *s)
{
	engine_halt(s->engine);
	pg_close(s->pg);
	played_close(s->played);
	http_close(s->http);
	dns_close(s->dns);
	engine_close(s->engine);
	loop_free(s->loop);
}

/* Every hostname points at us: the web server that is found there answers as
 * our responder does. */
static char *
respond(void *arg, const char *url)
{
	static const char path[] = "/.well-known/acme-challenge/";
	struct sim *s = arg;
	const char *host = url + strlen("http://"), *token = strstr(url, path);
	auto_arena *arena = arena_new(4096);
	struct pg_args *args;
	struct err err = { 0 };
	char state[6];

	if (token == NULL || strlen(url) > 2000)
		return NULL;
	args = pg_args_new();
	pg_add_text(args, arena_strndup(arena, host, (size_t)(token - host)));
	pg_add_text(args, token + strlen(path));
	auto_result *r = pg_session_call(s->session, "select value from certwright.token_entries($1)"
	    " where kind = 'http' and key = $2", args, state, &err);

	cr_assert_not_null(r, "%s", err.detail);
	return PQntuples(r) > 0 ? xstrdup(PQgetvalue(r, 0, 0)) : NULL;
}

struct sim *
sim_open(const struct flow *const *flows)
{
	struct sim *s = xcalloc(1, sizeof *s);
	struct err err = { 0 };

	log_setup("warning", "logfmt");
	s->flows = flows;
	s->step = 1;
	write_next_alarm(s);
	s->database = pg_kit_database();
	s->session = pg_session_open(s->database, &err);
	cr_assert_not_null(s->session, "%s", err.detail);
	sim_do(s, "create table public.clock (at timestamptz);"
	    "insert into public.clock values ('2026-01-01 00:00:00+00');"
	    "grant select on public.clock to public;"
	    "create or replace function certwright.clock_now() returns timestamptz "
	    "language sql stable as 'select at from public.clock'");
	world_hosts(respond, s);
	start_daemon(s);
	return s;
}

void
sim_close(struct sim *s)
{
	stop_daemon(s);
	world_hosts(NULL, NULL);
	pg_session_close(s->session);
	pg_kit_drop(s->database);
	free(s);
}

void
sim_kill(struct sim *s)
{
	s->kill = false;
	stop_daemon(s);
	/* Its leases run out; nobody waits for that in real time. */
	sim_do(s, "update certwright.shard set lease_until = certwright.clock_now();"
	    "update certwright.daemon set seen_at = certwright.clock_now() - interval '1 minute'");
	start_daemon(s);
}

void
sim_kill_soon(struct sim *s)
{
	s->kill = true;
}

static void
set_clock(struct sim *s, int64_t seconds)
{
	char sql[160];

	snprintf(sql, sizeof sql, "update public.clock set at = timestamptz '2026-01-01 00:00:00+00' "
	    "+ interval '1 second' * %lld", (long long)seconds);
	sim_do(s, sql);
}

static void
settle(struct sim *s)
{
	engine_look(s->engine);
	while (!engine_is_idle(s->engine)) {
		loop_turn(s->loop, true);
		if (s->kill)
			sim_kill(s);
	}
}

void
sim_run_until(struct sim *s, int64_t seconds)
{
	for (;;) {
		int64_t next;

		settle(s);
		next = sim_number(s, s->next_alarm);
		if (next > seconds)
			break;
		next = (next + s->step - 1) / s->step * s->step;
		if (next > seconds)
			next = seconds;
		if (next > sim_now(s))
			set_clock(s, next);
	}
	set_clock(s, seconds);
}

void
sim_coarse(struct sim *s, int64_t step)
{
	s->step = step;
}

void
sim_jump(struct sim *s, int64_t seconds)
{
	set_clock(s, sim_now(s) + seconds);
	settle(s);
}

int64_t
sim_now(struct sim *s)
{
	return sim_number(s, "select extract(epoch from certwright.clock_now() "
	    "- '2026-01-01 00:00:00+00')::bigint");
}

char *
sim_value(struct sim *s, const char *sql)
{
	char state[6];
	struct err err = { 0 };
	auto_result *r = pg_session_call(s->session, sql, NULL, state, &err);

	cr_assert_not_null(r, "%s: %s", err.detail, sql);
	return xstrdup(PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
}

int64_t
sim_number(struct sim *s, const char *sql)
{
	char *text = sim_value(s, sql);
	int64_t n = strtoll(text, NULL, 10);

	free(text);
	return n;
}

void
sim_do(struct sim *s, const char *sql)
{
	struct err err = { 0 };

	cr_assert(pg_session_script(s->session, sql, &err), "%s: %s", err.detail, sql);
}

struct engine_stats
sim_stats(const struct sim *s)
{
	return engine_stats(s->engine);
}
