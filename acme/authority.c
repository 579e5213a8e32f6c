/*
 * A certificate authority.
 *
 *   healthy <- broken
 *
 * Three failures in a row, of whichever jobs, make it broken; nobody but this
 * flow asks it then, 1, 2, 4, 8, 15, 15 … minutes later, until its directory
 * answers.  A job is performed by one daemon at a time, so there is one probe
 * at a time.  A healthy one has its directory read once a day.
 */
#include "acme/authority.h"

#include <assert.h>
#include <string.h>

enum { DAY = 86400 };

/* Of a healthy one whose directory could not be read.  When the probes of a
 * broken one are is decided in SQL (note_authority_failure), for all its jobs. */
static const int32_t readings[] = { 120, 240, 480, 900 };
static const struct schedule reading_schedule = { readings, sizeof readings / sizeof readings[0] };

static void
ask_directory(const struct job *job, struct questions *q)
{
	const struct authority *a = job->row;
	struct acme_question *ask = arena_alloc(job->arena, sizeof *ask);

	*ask = (struct acme_question){ .act = ACME_READ_DIRECTORY, .ca = a->ca, .is_fresh = true };
	ask_detail(q, QUESTION_ACME, ask);
}

static json_t *
names_of(const char *const *names)
{
	json_t *list = json_array();

	for (; *names != NULL; names++)
		json_array_append_new(list, json_string(*names));
	return list;
}

static json_t *
profiles_of(const struct acme_directory *d)
{
	json_t *profiles = json_object();

	for (size_t i = 0; i < d->profile_count; i++)
		json_object_set_new(profiles, d->profiles[i].name, json_string(d->profiles[i].text));
	return profiles;
}

/* What is kept of a directory. */
static const char *
meta_of(const struct job *job, const struct acme_directory *d)
{
	auto_json *meta = json_object();

	json_object_set_new(meta, "caa_identities", names_of(d->caa_identities));
	json_object_set_new(meta, "profiles", profiles_of(d));
	json_object_set_new(meta, "renewal_info", json_boolean(d->renewal_info != NULL));
	json_object_set_new(meta, "external_account_required", json_boolean(d->external_account_required));
	json_object_set_new(meta, "key_change", json_boolean(d->key_change != NULL));
	json_object_set_new(meta, "revoke_cert", json_boolean(d->revoke_cert != NULL));
	return json_write(job->arena, meta);
}

static struct verdict
with_meta(const struct job *job, struct verdict v, const struct answer *a)
{
	const struct acme_answer *said = a->detail;

	return with(v, NULL, "meta", meta_of(job, said->directory));
}

/* What is our own fault says nothing of the CA. */
static struct verdict
failed(const struct job *job, struct err err)
{
	struct verdict v = retry(err);

	if (err.blame == BLAME_US)
		return v;
	if (err.retry_after > 0)
		v = with(v, NULL, "retry_after", arena_printf(job->arena, "%lld", (long long)err.retry_after));
	return with(v, NULL, "failed", err.code);
}

/* ---- healthy: what does it offer? ------------------------------------------ */

static struct verdict
tell_healthy(const struct job *job, const struct answer *a)
{
	if (a->err.code != NULL)
		return failed(job, a->err);
	return with_meta(job, well_for(DAY), a);
}

/* ---- broken: is it back? --------------------------------------------------- */

static struct verdict
tell_broken(const struct job *job, const struct answer *a)
{
	if (a->err.code != NULL)
		return failed(job, a->err);
	return with_meta(job, go_after("healthy", DAY), a);
}

/* ---------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ .state = "healthy", .why = "takes orders",
	  .ask = ask_directory, .tell = tell_healthy },
	{ .state = "broken", .why = "does not answer; asked whether it is back, and for nothing else",
	  .ask = ask_directory, .tell = tell_broken, .next = { "healthy" } },
	{ 0 }
};

static const char *const columns[] = { "name", "authority", NULL };

static const void *
load(struct arena *arena, const char *const *values)
{
	struct authority *a = arena_alloc(arena, sizeof *a);
	struct err err;
	auto_json *row = json_read(values[1], strlen(values[1]), 1 << 16, arena, &err);

	assert(row != NULL);	/* the database made it */
	*a = authority_read(arena, row);
	return a;
}

const struct flow authority_flow = {
	.name = "authority", .steps = steps, .schedule = &reading_schedule,
	.columns = columns, .load = load,
};
