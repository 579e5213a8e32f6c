/* One C function for one SQL function; nothing is decided here. */
#include "scheduler/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DEADLINE_MS = 30000 };

static const struct { const char *flow, *due, *finish; } statements[] = {
#define FLOW(name) { #name, \
	"select * from certwright.due_" #name "($1, $2, $3, $4, $5)", \
	"select accepted, next_ms from certwright.finish_" #name \
	"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)" }
	FLOW(hostname), FLOW(certificate), FLOW(delivery), FLOW(origin), FLOW(authority), FLOW(publication),
#undef FLOW
};

static size_t
statement_of(const struct flow *flow)
{
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
		if (strcmp(statements[i].flow, flow->name) == 0)
			return i;
	assert(!"a flow without SQL functions");
	abort();
}

void
queue_lease(struct pg *pg, const char *daemon, const char *name, pg_done *done, void *arg)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, daemon);
	pg_add_text(args, name);
	pg_call(pg, "select shard, epoch, give_back, unclean, share "
	    "from certwright.lease_shards($1, $2)", args, DEADLINE_MS, done, arg);
}

void
queue_release(struct pg *pg, const char *daemon, const int64_t *shards, size_t count,
    pg_done *done, void *arg)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, daemon);
	if (shards == NULL)
		pg_add_text(args, NULL);
	else
		pg_add_ints(args, shards, count);
	pg_call(pg, "select certwright.release_shards($1, $2)", args, DEADLINE_MS, done, arg);
}

void
queue_mark_suspects(struct pg *pg, const char *flow, const char *const *subjects, size_t count,
    bool may_begin_alone, pg_done *done, void *arg)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, flow);
	pg_add_uuids(args, subjects, count);
	pg_add_text(args, may_begin_alone ? "true" : "false");
	pg_call(pg, "select subject, alone from certwright.mark_suspects($1, $2, $3)", args,
	    DEADLINE_MS, done, arg);
}

void
queue_clean(struct pg *pg, const char *daemon, pg_done *done, void *arg)
{
	struct pg_args *args = pg_args_new();

	pg_add_text(args, daemon);
	pg_call(pg, "select certwright.clean_shards($1)", args, DEADLINE_MS, done, arg);
}

void
queue_next(struct pg *pg, const int64_t *shards, size_t count, pg_done *done, void *arg)
{
	struct pg_args *args = pg_args_new();

	pg_add_ints(args, shards, count);
	pg_call(pg, "select flow, wait_ms from certwright.next_due($1)", args, DEADLINE_MS,
	    done, arg);
}

void
queue_due(struct pg *pg, const struct flow *flow, int64_t priority, const struct queue_mark *marks,
    size_t count, int64_t limit, pg_done *done, void *arg)
{
	struct pg_args *args = pg_args_new();
	int64_t shards[QUEUE_SHARDS];
	const char *run_at[QUEUE_SHARDS], *after[QUEUE_SHARDS];

	assert(count <= QUEUE_SHARDS);
	for (size_t i = 0; i < count; i++) {
		shards[i] = marks[i].shard;
		run_at[i] = marks[i].run_at[0] != '\0' ? marks[i].run_at : NULL;
		after[i] = marks[i].run_at[0] != '\0' ? marks[i].after
		    : "00000000-0000-0000-0000-000000000000";
	}
	pg_add_int(args, priority);
	pg_add_ints(args, shards, count);
	pg_add_texts(args, run_at, count);
	pg_add_uuids(args, after, count);
	pg_add_int(args, limit);
	pg_call(pg, statements[statement_of(flow)].due, args, DEADLINE_MS, done, arg);
}

enum text_column { SUBJECT, STATE, OUTCOME, CODE, DETAIL, FOUND, NEXT, ERROR, CHANGES };
enum int_column { SHARD, EPOCH, WAKES, WAIT_FOR, TRIED, ATTEMPTS, TOOK };
enum bool_column { NEWS, RESTS };

static const char *
text_of(const struct queue_verdict *v, enum text_column column)
{
	switch (column) {
	case SUBJECT: return v->subject;
	case STATE: return v->state;
	case OUTCOME: return v->outcome;
	case CODE: return v->code;
	case DETAIL: return v->detail;
	case FOUND: return v->found;
	case NEXT: return v->next;
	case ERROR: return v->error;
	case CHANGES: return v->changes;
	}
	abort();
}

static int64_t
int_of(const struct queue_verdict *v, enum int_column column)
{
	switch (column) {
	case SHARD: return v->shard;
	case EPOCH: return v->epoch;
	case WAKES: return v->wakes;
	case WAIT_FOR: return v->wait;
	case TRIED: return v->tried;
	case ATTEMPTS: return v->attempts;
	case TOOK: return v->took_ms;
	}
	abort();
}

/* The columns of a batch as the arrays that finish_<flow>() takes. */
struct columns {
	struct pg_args *args;
	const struct queue_verdict *verdicts;
	size_t count;
	const char **texts;
	int64_t *ints;
	bool *bools;
};

static void
add_text_column(struct columns *c, enum text_column column)
{
	for (size_t i = 0; i < c->count; i++)
		c->texts[i] = text_of(&c->verdicts[i], column);
	if (column == SUBJECT)
		pg_add_uuids(c->args, c->texts, c->count);
	else
		pg_add_texts(c->args, c->texts, c->count);
}

static void
add_int_column(struct columns *c, enum int_column column)
{
	for (size_t i = 0; i < c->count; i++)
		c->ints[i] = int_of(&c->verdicts[i], column);
	pg_add_ints(c->args, c->ints, c->count);
}

static void
add_bool_column(struct columns *c, enum bool_column column)
{
	for (size_t i = 0; i < c->count; i++)
		c->bools[i] = column == NEWS ? c->verdicts[i].news : c->verdicts[i].rests;
	pg_add_bools(c->args, c->bools, c->count);
}

void
queue_finish(struct pg *pg, const struct flow *flow, const char *daemon,
    const struct queue_verdict *verdicts, size_t count, pg_done *done, void *arg)
{
	struct columns c = {
		.args = pg_args_new(), .verdicts = verdicts, .count = count,
		.texts = xcalloc(count, sizeof *c.texts),
		.ints = xcalloc(count, sizeof *c.ints),
		.bools = xcalloc(count, sizeof *c.bools),
	};

	pg_add_text(c.args, daemon);
	add_text_column(&c, SUBJECT);
	add_int_column(&c, SHARD);
	add_int_column(&c, EPOCH);
	add_int_column(&c, WAKES);
	add_text_column(&c, STATE);
	add_text_column(&c, OUTCOME);
	add_int_column(&c, WAIT_FOR);
	add_int_column(&c, TRIED);
	add_int_column(&c, ATTEMPTS);
	add_text_column(&c, CODE);
	add_text_column(&c, DETAIL);
	add_text_column(&c, FOUND);
	add_int_column(&c, TOOK);
	add_bool_column(&c, NEWS);
	add_text_column(&c, NEXT);
	add_bool_column(&c, RESTS);
	add_text_column(&c, ERROR);
	add_text_column(&c, CHANGES);
	pg_call(pg, statements[statement_of(flow)].finish, c.args, DEADLINE_MS, done, arg);
	free(c.texts);
	free(c.ints);
	free(c.bools);
}

bool
queue_columns_fit(const struct flow *flow, const PGresult *result)
{
	int n = 0;

	while (flow->columns[n] != NULL) {
		const char *name = PQfname(result, QUEUE_COMMON + n);

		if (name == NULL || strcmp(name, flow->columns[n]) != 0)
			return false;
		n++;
	}
	return PQnfields(result) == QUEUE_COMMON + n;
}
