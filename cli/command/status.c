/* certwright status: how things are, all in all or for one hostname. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/hostname.h"
#include "cli/out.h"
#include "cli/sql.h"

enum { MOST_ROWS = 50, MOST_ATTEMPTS = 10 };

static const struct column overview[] = {
	{ "hostname", "HOSTNAME" }, { "status", "STATUS" }, { "ssl_status", "CERTIFICATE" },
	{ "attempts", "RETRIES" }, { "next_check_at", "NEXT CHECK" }, { "last_error", "ERROR" }, { 0 }
};

static const struct column certificates[] = {
	{ "key_type", "KEY" }, { "status", "STATUS" }, { "certificate_authority", "AUTHORITY" },
	{ "serial_number", "SERIAL" }, { "not_after", "EXPIRES" }, { "last_error", "ERROR" }, { 0 }
};

static const struct column attempts[] = {
	{ "at", "AT" }, { "flow", "FLOW" }, { "state", "STATE" }, { "outcome", "OUTCOME" },
	{ "code", "CODE" }, { "detail", "DETAIL" }, { 0 }
};

/* "hostnames  3 active, 1 pending". */
static void
print_counts(const char *title, const json_t *counts)
{
	const char *state;
	json_t *n;
	bool first = true;

	printf("%-14s", title);
	json_object_foreach((json_t *)counts, state, n) {
		printf("%s%lld %s", first ? "" : ", ", (long long)json_integer_value(n), state);
		first = false;
	}
	puts(first ? "none" : "");
}

static enum exit_code
status_of_all(struct call *call, struct db *db)
{
	const char *zone = call_flag(call, "zone");
	struct err err;
	auto_json *counts = NULL;
	auto_json *rows = NULL;

	if ((zone != NULL && (zone = sql_look_up_zone(db, zone, &err)) == NULL) ||
	    (counts = sql_count_all(db, zone, &err)) == NULL ||
	    (rows = sql_hostname_overview(db, zone, MOST_ROWS, &err)) == NULL)
		return call_failed(&err);
	if (call->json) {
		json_object_set(counts, "list", rows);
		out_json(counts);
		return EXIT_DONE;
	}
	print_counts("hostnames", json_object_get(counts, "hostnames"));
	print_counts("certificates", json_object_get(counts, "certificates"));
	print_counts("deliveries", json_object_get(counts, "deliveries"));
	printf("%-14s%lld running\n\n", "daemons", (long long)json_int(counts, "daemons", 0));
	out_rows(call, rows, overview, "there is no custom hostname yet");
	if (json_array_size(rows) == MOST_ROWS)
		out_line(call, "(the first %d; certwright hostname list shows more)", MOST_ROWS);
	return EXIT_DONE;
}

static enum exit_code
status_of_one(struct call *call, struct db *db)
{
	const char *zone, *id;
	struct err err;
	auto_json *hostname = NULL;
	auto_json *keys = NULL;
	auto_json *renewal = NULL;
	auto_json *history = NULL;

	if (!sql_look_up_hostname(db, call_flag(call, "zone"), call->args[0], &zone, &id, &err) ||
	    (hostname = sql_get_hostname(db, zone, id, &err)) == NULL ||
	    (keys = sql_certificate_overview(db, id, &err)) == NULL ||
	    (renewal = sql_renewal_of(db, id, &err)) == NULL ||
	    (history = sql_attempt_history(db, id, MOST_ATTEMPTS, &err)) == NULL)
		return call_failed(&err);
	if (call->json) {
		auto_json *all = json_pack("{s:O, s:O, s:O, s:O}", "hostname", hostname, "certificates", keys,
		    "renewal", renewal, "attempts", history);

		out_json(all);
		return EXIT_DONE;
	}
	if (!hostname_print(call, db, zone, hostname, &err))
		return call_failed(&err);
	if (json_array_size(keys) > 0) {
		putchar('\n');
		out_rows(call, keys, certificates, "");
	}
	putchar('\n');
	out_rows(call, history, attempts, "it was not looked at yet");
	return EXIT_DONE;
}

enum exit_code
command_status(struct call *call)
{
	struct err err;
	auto_db db = { 0 };

	if (!db_open(call, &db, &err))
		return call_failed(&err);
	return call->count > 0 ? status_of_one(call, &db) : status_of_all(call, &db);
}
