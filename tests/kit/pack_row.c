/* See pack_row.h. */
#include "tests/kit/pack_row.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/pack.h"

static const char *const key_types[PARTS] = { "p256", "rsa2048" };

void
pack_row_open(struct pack_row *r, int parts, int64_t now)
{
	*r = (struct pack_row){ .method = "http", .alternatives = "0", .now = now, .since = now,
		.authority = "{\"id\":\"ca-id\",\"name\":\"ca\",\"directory\":\"https://ca/dir\",\"account_key\":\"a2V5\","
		    "\"account_url\":\"https://ca/acct/1\",\"account_url_rsa\":\"https://ca/acct/2\"}" };
	for (int i = 0; i < parts; i++)
		r->parts[i] = json_object();
	snprintf(r->state, sizeof r->state, "pending_validation");
}

void
pack_row_close(struct pack_row *r)
{
	free(r->setback);
	free(r->findings);
	for (int i = 0; i < PARTS; i++)
		json_decref(r->parts[i]);
}

/* It expires with the first of its tokens. */
static void
set_tokens(json_t *part, json_t *tokens)
{
	json_int_t first = 0;

	cr_assert_not_null(tokens);
	for (size_t i = 0; i < json_array_size(tokens); i++) {
		json_int_t at = json_integer_value(json_object_get(json_array_get(tokens, i), "expires"));

		if (at != 0 && (first == 0 || at < first))
			first = at;
	}
	json_object_set_new(part, "expires", json_integer(first));
	json_object_set_new(part, "challenges", tokens);
}

void
pack_row_order(struct pack_row *r, int part, const char *status, const char *tokens)
{
	auto_arena *a = arena_new(1 << 16);

	json_object_set_new(r->parts[part], "order_url", json_string("https://ca/order/0"));
	json_object_set_new(r->parts[part], "finalize_url", json_string("https://ca/finalize/0"));
	json_object_set_new(r->parts[part], "order_status", json_string(status));
	set_tokens(r->parts[part], json_loads(arena_printf(a, "[%s]", tokens), 0, NULL));
}

static char *
part_text(struct arena *a, const json_t *part)
{
	return part != NULL ? json_write(a, part) : NULL;
}

struct job
pack_row_job(const struct pack_row *r, struct arena *a)
{
	const char *yes = "true", *no = "false";
	const char *values[] = { "a.test", r->wildcard ? yes : no, r->method, "1", NULL, "80", "", r->authority, NULL,
		r->alternatives, part_text(a, r->parts[0]), part_text(a, r->parts[1]), r->points_here ? yes : no,
		r->tried_at != 0 ? arena_printf(a, "%lld", (long long)r->tried_at) : NULL, NULL, yes, NULL, NULL, NULL, NULL,
		r->setback != NULL ? arena_strdup(a, r->setback) : NULL, r->delegation, r->delegated ? yes : no,
		r->publishing ? yes : no, r->old_values };
	struct job job = { .id = "pack", .now = r->now, .since = r->since, .attempts = r->attempts,
		.retries = validation_schedule.count, .arena = a, .state = arena_strdup(a, r->state) };

	job.row = pack_load(a, values);
	return job;
}

static void
change_part(struct pack_row *r, json_t *part, const struct change *c)
{
	static const char *const of_order[] = { "order_status", "finalize_url", "certificate_url", "expires", "slot",
		"caa_at", "challenges" };

	if (strcmp(c->name, "order_url") == 0)
		for (size_t i = 0; i < sizeof of_order / sizeof of_order[0]; i++)
			json_object_del(part, of_order[i]);
	if (strcmp(c->name, "challenges") == 0)
		set_tokens(part, json_loads(c->value, 0, NULL));
	else if (strcmp(c->name, "slot") == 0)
		json_object_set_new(part, "slot", json_integer(r->now));
	else if (strcmp(c->name, "caa_at") == 0)
		json_object_set_new(part, "caa_at", json_integer(strtoll(c->value, NULL, 10)));
	else if (strcmp(c->name, "private_key") == 0)
		json_object_set_new(part, "has_key", json_boolean(c->value != NULL));
	else
		json_object_set_new(part, c->name, c->value != NULL ? json_string(c->value) : json_null());
}

static void
change_text(char **text, const char *value)
{
	free(*text);
	*text = xstrdup(value);
}

static void
change_row(struct pack_row *r, const struct change *c)
{
	if (strcmp(c->name, "setback") == 0)
		change_text(&r->setback, c->value);
	if (strcmp(c->name, "findings") == 0)
		change_text(&r->findings, c->value);
	if (strcmp(c->name, "delegated") == 0)
		r->delegated = strcmp(c->value, "true") == 0;
	if (strcmp(c->name, "tried") == 0)
		r->tried_at = r->now;
}

void
pack_row_take(struct pack_row *r, const struct verdict *v)
{
	int most = validation_schedule.count - 1;

	for (int pass = 0; pass < 2; pass++)	/* an order's own values after its URL */
		for (size_t i = 0; i < v->change_count; i++) {
			const struct change *c = &v->changes[i];

			if (pass == 0 && c->of == NULL)
				change_row(r, c);
			for (int k = 0; k < PARTS; k++)
				if (c->of != NULL && strcmp(c->of, key_types[k]) == 0 &&
				    (strcmp(c->name, "order_url") == 0) == (pass == 0))
					change_part(r, r->parts[k], c);
		}
	if (v->verb == RETRY || v->verb == FAIL) {
		r->now += validation_schedule.wait[r->attempts < most ? r->attempts : most];
		r->attempts++;
	} else {
		r->now += v->wait;
	}
	if (v->verb == GO || v->verb == FAIL) {
		snprintf(r->state, sizeof r->state, "%s", v->next);
		r->since = r->now;
	}
}
