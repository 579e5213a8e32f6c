/* certwright events: the latest, or as they happen. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/out.h"
#include "cli/sql.h"

enum { LATEST = 20, WAIT_MS = 1000, LOOK_BACK = 256 };

/* Numbers are given out before the commit, so a smaller one may come to light
 * after a larger one: each look begins a little earlier and skips what was
 * printed. */
struct follower {
	int64_t first;			/* nothing up to this number is wanted */
	int64_t last;			/* largest number that was printed */
	int64_t seen[LOOK_BACK];	/* by number modulo its size */
};

static void
print_event(const struct call *call, const json_t *event)
{
	auto_arena *a = arena_new(65536);

	if (call->json) {
		json_dumpf(event, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	printf("%8lld  %s  %-52s  %s\n", (long long)json_int(event, "seq", 0),
	    out_text(a, json_object_get(event, "created_at")),
	    out_text(a, json_object_get(event, "type")),
	    out_text(a, json_object_get(event, "custom_hostname_id")));
}

static void
print_new(const struct call *call, struct follower *f, const json_t *events)
{
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event) {
		int64_t seq = json_int(event, "seq", 0);

		if (f->seen[seq % LOOK_BACK] == seq)
			continue;
		f->seen[seq % LOOK_BACK] = seq;
		if (seq > f->last)
			f->last = seq;
		print_event(call, event);
	}
	fflush(stdout);
}

static bool
read_number(const char *text, int64_t *ret)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	*ret = n;
	return end != text && *end == '\0' && n >= 0;
}

/* Until it is interrupted or the database goes away. */
static enum exit_code
follow(struct call *call, struct db *db, struct follower *f)
{
	struct err err;

	for (;;) {
		auto_json *events = NULL;
		int64_t from = f->last - LOOK_BACK + 1;

		poll(NULL, 0, WAIT_MS);
		events = sql_events_after(db, from > f->first ? from : f->first, &err);
		if (events == NULL)
			return call_failed(&err);
		print_new(call, f, events);
	}
}

enum exit_code
command_events(struct call *call)
{
	const char *since = call_flag(call, "since");
	struct follower f = { 0 };
	struct err err;
	auto_db db = { 0 };
	auto_json *events = NULL;

	if (since != NULL && !read_number(since, &f.first)) {
		err_set(&err, ERR_usage, "--since must be the number of an event");
		return call_failed(&err);
	}
	if (!db_open(call, &db, &err))
		return call_failed(&err);
	events = since != NULL ? sql_events_after(&db, f.first, &err) : sql_last_events(&db, LATEST, &err);
	if (events == NULL)
		return call_failed(&err);
	if (call_flag(call, "follow") == NULL && call->json) {
		out_json(events);
		return EXIT_DONE;
	}
	if (json_array_size(events) == 0 && call_flag(call, "follow") == NULL)
		puts("there is no event");
	if (since == NULL && json_array_size(events) > 0)
		f.first = json_int(json_array_get(events, 0), "seq", 1) - 1;
	print_new(call, &f, events);
	return call_flag(call, "follow") != NULL ? follow(call, &db, &f) : EXIT_DONE;
}
