/* The decision for the one method and form that counts, and its advice as a
 * sentence. */
#include "dcv/caa_say.h"

#include <string.h>

#include "base/name.h"

bool
caa_is_checked(const struct caa_candidate *c)
{
	return c->identities != NULL && c->identities[0] != NULL;
}

static bool
is_by_dns(const char *method)
{
	return strncmp(method, "dns-", 4) == 0;
}

static bool
has_method_by_dns(const struct caa_ask *ask)
{
	for (const char *const *m = ask->methods; *m != NULL; m++)
		if (is_by_dns(*m))
			return true;
	return false;
}

/* By the method that is permitted, else by the first one. */
static struct caa_decision
judge_form(struct arena *a, const struct caa_ask *ask, const struct caa_candidate *candidate,
    const struct caa_about *about, bool wildcard)
{
	struct caa_question q = { .name = about->name, .wildcard = wildcard,
		.identities = candidate->identities, .account_url = candidate->account_url };
	bool by_dns_only = wildcard && has_method_by_dns(ask);
	struct caa_decision first = { 0 };

	for (const char *const *m = ask->methods; *m != NULL; m++) {
		struct caa_decision d;

		if (by_dns_only && !is_by_dns(*m))
			continue;
		q.method = *m;
		d = caa_decide(a, about->answers, about->count, &q);
		if (d.outcome == CAA_PERMITTED)
			return d;
		if (first.err.code == NULL)
			first = d;
	}
	return first;
}

/* Of a wildcard that is forbidden the advice mends the name as well. */
static struct caa_decision
judge(struct arena *a, const struct caa_ask *ask, const struct caa_candidate *candidate,
    const struct caa_about *about)
{
	struct caa_decision wild, plain;

	if (!about->wildcard)
		return judge_form(a, ask, candidate, about, false);
	wild = judge_form(a, ask, candidate, about, true);
	if (!about->plain || wild.outcome == CAA_FORBIDDEN)
		return wild;
	plain = judge_form(a, ask, candidate, about, false);
	return plain.outcome == CAA_PERMITTED ? wild : plain;
}

static const char *
short_record(struct arena *a, const char *record)
{
	if (record == NULL || strlen(record) <= CAA_MAX_RECORD)
		return record;
	return arena_printf(a, "%.*s...", CAA_MAX_RECORD, record);
}

static const char *
fix_of(struct arena *a, const struct caa_decision *d)
{
	const char *text = "", *link = "Add the record ";

	if (d->outcome != CAA_FORBIDDEN)
		return NULL;
	if (d->why == CAA_CRITICAL) {
		text = arena_printf(a, "Remove the record %s", short_record(a, d->record));
		link = ", and add the record ";
	} else if (d->fix[0] == NULL)
		text = arena_printf(a, "Change the record %s so that it allows this certificate authority",
		    short_record(a, d->record));
	for (const char *const *fix = d->fix; *fix != NULL; fix++) {
		text = arena_printf(a, "%s%s%s", text, link, *fix);
		link = ", and the record ";
	}
	return arena_printf(a, "%s.", text);
}

/* The records may stand above the name, or above many of the certificate. */
static const char *
detail_of(struct arena *a, const struct caa_about *about, const struct caa_decision *d)
{
	if (d->outcome == CAA_UNKNOWN && d->why == CAA_NOT_ASKED)
		return arena_printf(a, "CAA of %s: it is more than %zu names above %s", d->where,
		    about->count, about->name);
	if (d->err.code != NULL && about->is_one_of_many && !name_equal(d->asked, about->name))
		return arena_printf(a, "%s: %s", about->name, d->err.detail);
	return d->err.detail;
}

struct caa_said
caa_say(struct arena *a, const struct caa_ask *ask, const struct caa_candidate *candidate,
    const struct caa_about *about)
{
	struct caa_decision d = judge(a, ask, candidate, about);
	struct caa_said said = { .outcome = d.outcome, .err = d.err, .where = d.where,
		.record = short_record(a, d.record), .fix = fix_of(a, &d) };

	said.err.detail = detail_of(a, about, &d);
	return said;
}
