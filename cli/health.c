/* Health and metrics over HTTP. */
#include "cli/health.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/serve.h"

enum { MAX_TEXT = 65536 };

struct health {
	struct serve	  *serve;
	struct health_view view;
};

static const char *const verb_names[] = {
	[GO] = "go", [WAIT] = "wait", [RETRY] = "retry", [FAIL] = "fail",
};

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP certwright_%s %s\n# TYPE certwright_%s %s\n", name, help, name, type);
}

static void
metric(struct buf *b, const char *name, const char *type, const char *help, double value)
{
	head(b, name, type, help);
	buf_printf(b, "certwright_%s %.15g\n", name, value);
}

static void
put_verdicts(const struct health *h, const struct engine_stats *stats, struct buf *b)
{
	head(b, "verdicts_total", "counter", "Verdicts, by flow and verb.");
	for (size_t f = 0; f < ENGINE_MAX_FLOWS && h->view.flows[f] != NULL; f++)
		for (size_t v = 0; v < sizeof verb_names / sizeof verb_names[0]; v++)
			buf_printf(b, "certwright_verdicts_total{flow=\"%s\",verb=\"%s\"} %lld\n",
			    h->view.flows[f]->name, verb_names[v], (long long)stats->verdicts[f][v]);
}

/* The responders: what they answer from, and what the name server was asked. */
static void
put_responders(const struct health *h, struct buf *b)
{
	if (h->view.board != NULL)
		metric(b, "tokens_published", "gauge", "Tokens and TXT values that the responders answer with.",
		    (double)board_count(h->view.board));
	if (h->view.authority != NULL) {
		struct authority_stats stats = authority_stats(h->view.authority);

		metric(b, "dns_queries_total", "counter", "Queries to the name server.", (double)stats.queries);
		metric(b, "dns_answers_total", "counter", "Answers that it gave.", (double)stats.answers);
		metric(b, "dns_refused_total", "counter", "Queries that it refused: not about its zone.",
		    (double)stats.refused);
		metric(b, "dns_malformed_total", "counter", "Packets that are no query.",
		    (double)stats.malformed);
		metric(b, "dns_limited_total", "counter", "Answers that the rate limit held back.",
		    (double)stats.limited);
	}
}

static void
put_metrics(const struct health *h, struct buf *b)
{
	struct engine_stats stats = engine_stats(h->view.engine);

	head(b, "build_info", "gauge", "The version that runs.");
	buf_puts(b, "certwright_build_info{version=\"" CERTWRIGHT_VERSION "\"} 1\n");
	put_verdicts(h, &stats, b);
	metric(b, "verdicts_refused_total", "counter",
	    "Verdicts that came too late: the shard had another owner.", (double)stats.refused);
	metric(b, "jobs_in_flight", "gauge", "Jobs that are being worked on.", (double)stats.in_flight);
	metric(b, "shards_held", "gauge", "Shards that this daemon holds, of 64.", (double)stats.shards);
	metric(b, "start_delay_seconds", "gauge", "How late the last job started.",
	    (double)stats.lag_ms / 1000);
	metric(b, "database_up", "gauge", "Whether a database connection is up.", pg_is_up(h->view.pg));
	put_responders(h, b);
}

static void
answer_ready(const struct health *h, struct serve_request *request)
{
	const char *missing = NULL;

	if (!pg_is_up(h->view.pg))
		missing = "the database is down\n";
	else if (engine_stats(h->view.engine).shards == 0)
		missing = "no shard is held\n";
	else if (h->view.board != NULL && !board_is_ready(h->view.board))
		missing = "the tokens are not read yet\n";
	serve_answer(request, missing == NULL ? 200 : 503, "text/plain; charset=utf-8",
	    missing == NULL ? "ready\n" : missing);
}

static void
asked_for(void *arg, struct serve_request *request, const char *host, const char *path)
{
	struct health *h = arg;
	auto_buf b = { 0 };

	(void)host;
	if (strcmp(path, "/healthz") == 0)
		serve_answer(request, 200, "text/plain; charset=utf-8", "ok\n");
	else if (strcmp(path, "/readyz") == 0)
		answer_ready(h, request);
	else if (strcmp(path, "/metrics") == 0) {
		buf_init(&b, MAX_TEXT);
		put_metrics(h, &b);
		serve_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8", b.data);
	} else
		serve_answer(request, 404, "text/plain; charset=utf-8",
		    "there are /healthz, /readyz and /metrics\n");
}

struct health *
health_open(struct loop *loop, const char *address_port, const struct health_view *view, struct err *ret_err)
{
	struct health *h = xcalloc(1, sizeof *h);

	h->view = *view;
	h->serve = serve_open(loop, address_port, asked_for, h, ret_err);
	if (h->serve == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void
health_close(struct health *h)
{
	if (h == NULL)
		return;
	serve_close(h->serve);
	free(h);
}

unsigned
health_port(const struct health *h)
{
	return serve_port(h->serve);
}
