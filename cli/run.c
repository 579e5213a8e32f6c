/*
 * The wiring.  struct app is made top to bottom and unmade bottom to top; its
 * members know only what stands above them.
 *
 * SIGTERM: the engine takes nothing new and ends what is in flight (8 s at
 * most), gives its shards back, then all is unmade.  What cannot be ended in
 * order is left: the database knows what to do next, as after a kill.
 */
#include "cli/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "acme/authority.h"
#include "acme/certificate.h"
#include "acme/client.h"
#include "acme/key.h"
#include "cli/check.h"
#include "cli/health.h"
#include "cli/perform.h"
#include "cli/prepare.h"
#include "cli/sealer.h"
#include "cli/upkeep.h"
#include "dcv/authority.h"
#include "dcv/caa_look.h"
#include "dcv/follow.h"
#include "dcv/hostname.h"
#include "dcv/http01.h"
#include "dcv/look.h"
#include "dcv/origin.h"
#include "dcv/publication.h"
#include "dcv/publish.h"
#include "dcv/token_look.h"
#include "edge/deploy.h"
#include "io/dns_serve.h"
#include "io/log.h"
#include "scheduler/engine.h"
#include "webhooks/delivery.h"
#include "webhooks/post.h"

enum { CONNECTIONS = 2 };

static const struct flow *const flows[ENGINE_MAX_FLOWS] = {
	&hostname_flow, &certificate_flow, &delivery_flow, &origin_flow, &authority_flow,
	&publication_flow,
};

struct app {
	const struct conf  *conf;
	struct arena	   *arena;
	bool		    once;
	bool		    stopping;
	char		    name[96];	/* of this daemon, for people: host and process id */
	struct loop	   *loop;
	struct seal	   *seal;
	struct pg	   *pg;
	struct board	   *board;
	struct follow	   *follow;	/* NULL: nobody answers from the board here */
	struct dns	   *dns;
	struct caa_look	    caa;
	struct http	   *http;
	struct acme_client *acme;
	struct key_maker   *keys;
	struct edge	   *edge;
	struct post	   *post;
	struct publisher   *publisher;	/* NULL: nothing is pushed */
	struct token_look   look;
	struct engine	   *engine;
	struct http01	   *http01;
	struct zone_authority *authority;
	struct dns_serve   *dns_serve;
	struct sealer	   *sealer;
	struct upkeep	   *upkeep;
	struct health	   *health;
	struct timer	   *watchdog;
};

/* ---- stopping -------------------------------------------------------------------- */

static void
stopped(void *arg)
{
	struct app *app = arg;

	loop_stop(app->loop);
}

static void
begin_stop(struct app *app, const char *why)
{
	app->stopping = true;
	sd_notify(0, "STOPPING=1");
	log_event(LOG_INFO, "stopping", "why", why, NULL);
	engine_drain(app->engine, stopped, app);
}

static void
finished_once(void *arg)
{
	struct app *app = arg;

	if (!app->stopping)
		begin_stop(app, "nothing is due");
}

static void
stop_asked(void *arg)
{
	struct app *app = arg;

	if (app->stopping) {
		log_event(LOG_WARNING, "stopping at once", NULL);
		_exit(EXIT_FAILED);
	}
	begin_stop(app, "signal");
}

static void
feed_watchdog(void *arg)
{
	(void)arg;
	sd_notify(0, "WATCHDOG=1");
}

/* ---- making and unmaking --------------------------------------------------------- */

static struct engine *
make_engine(struct app *app)
{
	char host[64] = "localhost";
	struct engine_options options = {
		.performers = {
			[QUESTION_DNS] = { look_perform, app->dns },
			[QUESTION_HTTP] = { perform_http, app->http },
			[QUESTION_ACME] = { acme_client_perform, app->acme },
			[QUESTION_KEY] = { key_perform, app->keys },
			[QUESTION_EDGE] = { edge_perform, app->edge },
			[QUESTION_DELIVERY] = { post_perform, app->post },
			[QUESTION_CAA] = { caa_look_perform, &app->caa },
			[QUESTION_TOKEN] = { token_look_perform, &app->look },
			[QUESTION_PUBLISH] = { publish_perform, app->publisher },
		},
		.name = app->name,
		.jitter_percent = app->conf->jitter_percent,
		.once = app->once,
		.linger = app->conf->linger,
	};

	gethostname(host, sizeof host - 1);
	snprintf(app->name, sizeof app->name, "%s/%ld", host, (long)getpid());
	for (size_t i = 0; i < ENGINE_MAX_FLOWS; i++)
		options.flows[i] = flows[i];
	return engine_open(app->loop, app->pg, &options);
}

/* An error of opening a listener, with the option that says where. */
static bool
in_option(struct app *app, const char *name, const char *value, struct err *err)
{
	err->detail = arena_printf(app->arena, "%s: %s: %s", name, value,
	    err->detail != NULL ? err->detail : err_sentence(err->code));
	return false;
}

/* What looks at the world and what acts on it. */
static bool
make_performers(struct app *app, struct err *err)
{
	const struct conf *c = app->conf;
	const struct edge_options edge = { .directory = c->edge_directory,
		.reload_command = c->edge_reload_command, .probe = c->edge_probe };
	const struct post_options post = { .allow_plain = c->allow_plain_webhooks,
		.trust_file = c->webhook_trust_file };
	const struct publish_options publish = { .domain = c->dcv_domain, .server = c->dcv_update_server,
		.key_file = c->dcv_update_key_file };

	if ((app->dns = dns_open(app->loop, c->resolvers, err)) == NULL)
		return in_option(app, "resolvers", c->resolvers, err);
	app->caa = (struct caa_look){ .loop = app->loop, .dns = app->dns };
	app->http = http_open(app->loop, app->dns, c->allow_private_addresses);
	app->look = (struct token_look){ .loop = app->loop, .dns = app->dns, .http = app->http,
		.follow = app->follow, .allow_private = c->allow_private_addresses,
		.dns_port = (unsigned)c->dns_port };
	app->acme = acme_client_open(app->loop, app->http, app->seal);
	app->keys = key_open(app->loop, app->seal);
	app->edge = edge_open(app->loop, app->seal, &edge);
	app->post = post_open(app->http, app->seal, &post);
	if (c->dcv_update_server[0] != '\0')
		app->publisher = publisher_open(app->loop, &publish, err);
	return c->dcv_update_server[0] == '\0' || app->publisher != NULL;
}

static size_t
answer_dns(void *arg, const unsigned char *query, size_t len, const struct sockaddr *peer, bool is_tcp,
    int64_t now_ms, unsigned char *out)
{
	return authority_answer(arg, query, len, peer, is_tcp, now_ms, out);
}

static bool
make_name_server(struct app *app, struct err *err)
{
	const struct conf *c = app->conf;
	const struct authority_options options = { .domain = c->dcv_domain, .nameservers = c->dcv_nameservers,
		.responses_per_second = (unsigned)c->dns_responses_per_second };

	if ((app->authority = authority_open(&options, app->board, err)) == NULL)
		return false;
	app->dns_serve = dns_serve_open(app->loop, c->dns_listen, answer_dns, app->authority, err);
	return app->dns_serve != NULL || in_option(app, "dns_listen", c->dns_listen, err);
}

/* Who is asked by others. */
static bool
make_listeners(struct app *app, struct err *err)
{
	const struct conf *c = app->conf;
	struct health_view view = { .pg = app->pg, .engine = app->engine, .flows = flows,
		.board = app->follow != NULL ? app->board : NULL };

	if (c->challenge_listen[0] != '\0' &&
	    (app->http01 = http01_open(app->loop, app->board, c->challenge_listen, err)) == NULL)
		return in_option(app, "challenge_listen", c->challenge_listen, err);
	if (c->dns_listen[0] != '\0' && !make_name_server(app, err))
		return false;
	view.authority = app->authority;
	if (c->admin_listen[0] != '\0' &&
	    (app->health = health_open(app->loop, c->admin_listen, &view, err)) == NULL)
		return in_option(app, "admin_listen", c->admin_listen, err);
	return true;
}

static bool
make(struct app *app, struct err *err)
{
	const struct conf *c = app->conf;

	app->loop = loop_new();
	app->board = board_new();
	if ((app->seal = seal_open_file(c->key_encryption_key_file, err)) == NULL)
		return false;
	app->pg = pg_open(app->loop, c->database, CONNECTIONS);
	if (c->challenge_listen[0] != '\0' || c->dns_listen[0] != '\0')
		app->follow = follow_open(app->loop, app->pg, app->board);
	if (!make_performers(app, err))
		return false;
	app->engine = make_engine(app);
	app->sealer = sealer_open(app->loop, app->pg, app->seal);
	app->upkeep = upkeep_open(app->loop, app->pg, c->history_for);
	return make_listeners(app, err);
}

/* The database is closed before those whose calls it ends; what follows it,
 * before those who look once it is current. */
static void
unmake(struct app *app)
{
	timer_free(app->watchdog);
	health_close(app->health);
	dns_serve_close(app->dns_serve);
	if (app->authority != NULL)
		authority_close(app->authority);
	http01_close(app->http01);
	engine_halt(app->engine);
	pg_close(app->pg);
	upkeep_close(app->upkeep);
	sealer_close(app->sealer);
	follow_close(app->follow);
	if (app->dns != NULL) {
		publisher_close(app->publisher);
		post_close(app->post);
		edge_close(app->edge);
		key_close(app->keys);
		acme_client_close(app->acme);
		http_close(app->http);
		dns_close(app->dns);
	}
	engine_close(app->engine);
	board_free(app->board);
	seal_close(app->seal);
	loop_free(app->loop);
}

/* ---- running ---------------------------------------------------------------------- */

static void
start_watchdog(struct app *app)
{
	uint64_t every_us;

	if (sd_watchdog_enabled(0, &every_us) <= 0)
		return;
	app->watchdog = timer_new(app->loop, feed_watchdog, app);
	timer_start(app->watchdog, (int64_t)every_us / 2000, (int64_t)every_us / 2000);
}

static void
start(struct app *app)
{
	struct log_number pid;

	loop_on_stop_signal(app->loop, stop_asked, app);
	start_watchdog(app);
	log_event(LOG_INFO, "started", "version", CERTWRIGHT_VERSION, "pid", log_int(&pid, getpid()),
	    "challenge_listen", app->conf->challenge_listen, "dns_listen", app->conf->dns_listen,
	    "admin_listen", app->conf->admin_listen, "edge_directory", app->conf->edge_directory, NULL);
	engine_start(app->engine, finished_once, app);
	sd_notify(0, "READY=1");
}

enum exit_code
run_daemon(const struct conf *conf, bool once, struct arena *a)
{
	struct app app = { .conf = conf, .arena = a, .once = once };
	struct err err;
	bool ok;

	if (!check_options(conf, a, &err) || !prepare_database(conf, a, &err))
		return call_failed(&err);
	if (!check_surroundings(conf, a, &err))
		log_event(LOG_WARNING, "deployment will fail until this is mended", "detail", err.detail, NULL);
	ok = make(&app, &err);
	if (ok) {
		start(&app);
		loop_run(app.loop);
		if (engine_stats(app.engine).in_flight > 0)
			_exit(EXIT_DONE);	/* fenced off: it will be done again */
		log_event(LOG_INFO, "stopped", NULL);
	} else if (err.detail != NULL)
		err.detail = arena_strdup(a, err.detail);
	unmake(&app);
	return ok ? EXIT_DONE : call_failed(&err);
}
