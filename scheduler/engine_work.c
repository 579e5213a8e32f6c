/*
 * One job: its questions are put all at once; when every one is answered, or
 * at the deadline, tell() makes the verdict.
 */
#include "scheduler/engine_inside.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "io/log.h"
#include "scheduler/backoff.h"

/* ---- the jobs in flight --------------------------------------------------- */

static size_t
hash_of(const char *id)
{
	size_t h = 5381;

	for (; *id != '\0'; id++)
		h = h * 33 + (unsigned char)*id;
	return h % WORK_HASH;
}

struct work *
work_find(struct lane *lane, const char *id)
{
	struct work *w = lane->hash[hash_of(id)];

	while (w != NULL && strcmp(w->job.id, id) != 0)
		w = w->same;
	return w;
}

static void
unhash(struct work *w)
{
	struct work **at = &w->lane->hash[hash_of(w->job.id)];

	while (*at != w)
		at = &(*at)->same;
	*at = w->same;
}

static void
unlink_work(struct work *w)
{
	*w->back = w->next;
	if (w->next != NULL)
		w->next->back = w->back;
	w->lane->in_flight--;
	w->lane->engine->stats.in_flight--;
	w->lane->engine->held[w->shard].in_flight--;
}

/* Freed when its verdict is written, nobody will answer any more, and no read
 * that began before the verdict was written can show its job as due. */
static void
free_if_done(struct work *w)
{
	if (!w->written || w->waiting > 0 || w->gone)
		return;
	free(w->verdict.changes);
	arena_free(w->arena);
	free(w);
}

void
work_leave(struct work *w)
{
	struct lane *lane = w->lane;

	unlink_work(w);
	w->written = true;
	if (w->alone) {
		lane->has_alone = false;
		engine_wake_lane(lane, true);	/* the next suspect's turn */
	}
	if (lane->reading) {
		w->gone = true;
		w->next = lane->gone;
		lane->gone = w;
		return;
	}
	unhash(w);
	free_if_done(w);
}

void
work_forget_gone(struct lane *lane)
{
	while (lane->gone != NULL) {
		struct work *w = lane->gone;

		lane->gone = w->next;
		w->gone = false;
		unhash(w);
		free_if_done(w);
	}
}

/* ---- the verdict ---------------------------------------------------------- */

static char *
changes_text(const struct verdict *v)
{
	json_t *all;
	char *text;

	if (v->change_count == 0)
		return NULL;
	all = json_object();
	for (size_t i = 0; i < v->change_count; i++) {
		const struct change *c = &v->changes[i];
		json_t *part = all;

		if (c->of != NULL && (part = json_object_get(all, c->of)) == NULL) {
			part = json_object();
			json_object_set_new(all, c->of, part);
		}
		json_object_set_new(part, c->name,
		    c->value != NULL ? json_string(c->value) : json_null());
	}
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	assert(text != NULL);
	return text;
}

static const char *
error_text(struct arena *a, const struct err *err)
{
	if (err->code == NULL)
		return NULL;
	if (err->detail == NULL || err->detail[0] == '\0')
		return err_sentence(err->code);
	/* Floor 1 says where; the table says what that means. */
	if (strncmp(err->code, "dns_", 4) == 0 || strncmp(err->code, "http_", 5) == 0)
		return arena_printf(a, "%s (%s)", err_sentence(err->code), err->detail);
	return arena_strdup(a, err->detail);
}

static bool
same(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static void
enter(const struct work *w, struct queue_verdict *q, const char *next)
{
	const struct step *to = flow_step(w->lane->flow, next);

	assert(flow_may_go(w->step, next));
	q->next = next;
	q->news = true;
	q->rests = to != NULL && to->tell == NULL;
	q->attempts = to != NULL && to->goes_on ? w->job.attempts : 0;
}

/* From what tell() said to what SQL writes. */
static void
settle(struct work *w, const struct verdict *v)
{
	struct engine *e = w->lane->engine;
	struct queue_verdict *q = &w->verdict;
	struct again again = { 0 };

	*q = (struct queue_verdict){
		.subject = w->job.id, .state = w->job.state, .code = v->err.code,
		.detail = error_text(w->arena, &v->err), .found = v->found,
		.shard = w->shard, .epoch = w->epoch, .wakes = w->wakes,
		.tried = w->job.attempts, .attempts = w->job.attempts, .changes = changes_text(v),
		.took_ms = loop_now_ms(e->loop) - w->began_ms,
	};
	q->error = q->detail;
	if (v->verb == RETRY || v->verb == FAIL)
		again = backoff(w->lane->flow->schedule, &v->err, w->job.attempts,
		    e->options.jitter_percent, engine_random(e));
	switch (v->verb) {
	case GO:
		q->outcome = arena_printf(w->arena, "go:%s", v->next);
		q->wait = v->wait;
		enter(w, q, v->next);
		break;
	case FAIL:
		q->outcome = arena_printf(w->arena, "fail:%s", v->next);
		enter(w, q, v->next);
		q->wait = again.wait;
		q->attempts = w->job.attempts + (again.counts ? 1 : 0);
		break;
	case WAIT:
		q->outcome = v->well ? "well" : "wait";
		q->wait = v->wait;
		if (v->well)
			q->attempts = 0;
		else if (v->err.code == NULL)
			q->code = w->code;
		break;
	case RETRY:
		q->outcome = again.counts ? "retry" : "postponed";
		q->wait = again.wait;
		q->attempts = w->job.attempts + (again.counts ? 1 : 0);
		break;
	}
	q->news = q->news || q->changes != NULL || !same(q->code, w->code) ||
	    (v->verb == RETRY && w->lane->flow->hears_retries);
	e->stats.verdicts[w->lane->index][v->verb]++;
}

static void
log_verdict(const struct work *w, const struct verdict *v)
{
	const struct queue_verdict *q = &w->verdict;
	struct log_number wait, took, attempt;

	log_event(v->verb == RETRY || v->verb == WAIT ? LOG_DEBUG : LOG_INFO, "verdict",
	    "flow", w->lane->flow->name, "id", w->job.id, "name", w->job.name, "state", w->job.state,
	    "verb", q->outcome, "for", q->wait > 0 ? log_int(&wait, q->wait) : NULL,
	    "attempt", log_int(&attempt, w->job.attempts), "code", q->code,
	    "detail", q->detail, "took_ms", log_int(&took, q->took_ms), NULL);
}

static void
tell(struct work *w)
{
	struct verdict v;

	assert(!w->told);
	w->told = true;
	for (size_t i = 0; i < w->questions.count; i++)
		if (!w->is_answered[i])
			w->answers[i] = (struct answer){
				.err = err_new(ERR_deadline, "no answer within 60 seconds") };
	if (w->step->tell == NULL) {
		/* Woken where it rests: nothing to do, it rests on. */
		w->verdict = (struct queue_verdict){
			.subject = w->job.id, .state = w->job.state, .outcome = "rest",
			.shard = w->shard, .epoch = w->epoch, .wakes = w->wakes,
			.code = w->code, .news = true, .rests = true };
	} else {
		v = w->step->tell(&w->job, w->answers);
		settle(w, &v);
		log_verdict(w, &v);
	}
	work_line_up(w);
}

/* ---- questions and answers ------------------------------------------------ */

static void
answered(struct asked *asked, struct answer answer)
{
	struct work *w = (struct work *)asked->job->engine_work;
	size_t i = (size_t)(asked - w->asked);

	assert(!w->is_answered[i] && w->waiting > 0);
	w->is_answered[i] = true;
	w->waiting--;
	if (w->told) {		/* too late: the deadline was told instead */
		free_if_done(w);
		return;
	}
	w->answers[i] = answer;
	if (w->waiting == 0 && !w->lane->engine->halted)
		tell(w);
}

void
asked_fail(struct asked *asked, const struct err *err)
{
	struct answer a = { .err = *err };

	a.err.detail = arena_strdup(asked->arena, err->detail);
	asked->answered(asked, a);
}

void
work_begin(struct work *w)
{
	struct engine *e = w->lane->engine;
	size_t count;

	w->began_ms = loop_now_ms(e->loop);
	if (w->step->ask != NULL)
		w->step->ask(&w->job, &w->questions);
	count = w->questions.count;
	w->waiting = count;
	if (count == 0) {
		tell(w);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct question *q = &w->questions.list[i];
		const struct performer *p = &e->options.performers[q->kind];

		assert(p->perform != NULL);
		w->asked[i] = (struct asked){ .job = &w->job, .question = q,
		    .arena = w->arena, .answered = answered };
		p->perform(p->context, &w->asked[i]);	/* may answer at once, and end w with the last */
	}
}

void
work_check_deadlines(struct lane *lane)
{
	int64_t now = loop_now_ms(lane->engine->loop);
	struct work *next;

	for (struct work *w = lane->works; w != NULL; w = next) {
		next = w->next;
		if (w->refused_ms != 0 && now - w->refused_ms > REFUSED_MS)
			work_leave(w);
		else if (!w->told && w->began_ms != 0 && now - w->began_ms > STEP_DEADLINE_MS)
			tell(w);
	}
}

/* ---- reading -------------------------------------------------------------- */

static const char *
column(struct arena *a, const PGresult *result, int row, int n)
{
	return PQgetisnull(result, row, n) ? NULL
	    : arena_strdup(a, PQgetvalue(result, row, n));
}

static int64_t
number(const PGresult *result, int row, int n)
{
	return strtoll(PQgetvalue(result, row, n), NULL, 10);
}

static const void *
load_row(struct arena *a, const struct flow *flow, const PGresult *result, int row)
{
	int count = PQnfields(result) - QUEUE_COMMON;
	const char **values = arena_alloc(a, ((size_t)count + 1) * sizeof *values);

	for (int i = 0; i < count; i++)
		values[i] = column(a, result, row, QUEUE_COMMON + i);
	return flow->load(a, values);
}

void
work_read(struct lane *lane, const PGresult *result, int row)
{
	struct engine *e = lane->engine;
	struct arena *a = arena_new(JOB_ARENA);
	struct work *w = xcalloc(1, sizeof *w);
	size_t h;

	w->lane = lane;
	w->arena = a;
	w->shard = number(result, row, QUEUE_SHARD);
	w->epoch = e->held[w->shard].epoch;
	w->wakes = number(result, row, QUEUE_WAKES);
	w->code = column(a, result, row, QUEUE_CODE);
	w->job = (struct job){
		.id = column(a, result, row, QUEUE_SUBJECT),
		.name = column(a, result, row, QUEUE_COMMON),
		.now = number(result, row, QUEUE_NOW),
		.since = number(result, row, QUEUE_SINCE),
		.attempts = (int)number(result, row, QUEUE_ATTEMPTS),
		.retries = lane->flow->schedule->count,
		.state = column(a, result, row, QUEUE_STATE),
		.code = w->code,
		.row = load_row(a, lane->flow, result, row),
		.arena = a,
		.engine_work = w,
	};
	w->step = flow_step(lane->flow, w->job.state);
	assert(w->step != NULL);	/* a test holds C's states against SQL's */
	e->stats.lag_ms = number(result, row, QUEUE_LATE_MS);

	h = hash_of(w->job.id);
	w->same = lane->hash[h];
	lane->hash[h] = w;
	w->next = lane->works;
	w->back = &lane->works;
	if (w->next != NULL)
		w->next->back = &w->next;
	lane->works = w;
	lane->in_flight++;
	e->stats.in_flight++;
	e->held[w->shard].in_flight++;
}

/* The engine is closed: nobody answers any more. */
void
work_drop_all(struct lane *lane)
{
	lane->reading = false;
	for (struct work *w = lane->gone; w != NULL; w = w->next)
		w->waiting = 0;
	work_forget_gone(lane);
	while (lane->works != NULL) {
		struct work *w = lane->works;

		w->waiting = 0;
		work_leave(w);
	}
}
