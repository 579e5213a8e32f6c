/* Whether somebody may issue: dcv/caa_look's answer as a finding. */
#include <string.h>

#include "dcv/finding_text.h"
#include "dcv/finding_zone.h"
#include "scheduler/caa_question.h"

static bool
has_outcome(const struct caa_said *said, const char *const *names, enum caa_outcome outcome, size_t *ret)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (said[i].outcome == outcome) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* The records that decide; most CAs are forbidden by the same one. */
static void
put_records(struct findings *fs, struct finding *f, const struct caa_said *said, const char *const *names)
{
	const char *records[FINDING_MAX_FOUND];
	size_t count = 0;

	for (size_t i = 0; names[i] != NULL && count < FINDING_MAX_FOUND; i++)
		if (said[i].record != NULL)
			records[count++] = said[i].record;
	finding_put_all(fs, f, records, count);
}

/* Without the resolver that was asked, so that the same world looks the same. */
static const char *
reason_of(struct arena *a, const struct err *err)
{
	const char *detail = err->detail != NULL ? err->detail : err_sentence(err->code);
	const char *more = strstr(detail, " (");

	return arena_strndup(a, detail, more != NULL ? (size_t)(more - detail) : strlen(detail));
}

const struct finding *
finding_caa(struct findings *fs, const char *hostname, const struct answer *answer, const char *const *names)
{
	struct arena *a = fs->arena;
	const struct caa_said *said = answer->detail;
	struct finding *f = finding_add(fs, "caa", hostname,
	    arena_printf(a, "CAA records that allow %s, or none", finding_list(a, names, " or ")));
	size_t i;

	if (answer->err.code != NULL) {
		struct err err = err_new(ERR_caa_unknown, NULL);

		err.blame = answer->err.blame;
		finding_fail(fs, f, &err, hostname);
	} else if (has_outcome(said, names, CAA_PERMITTED, &i)) {
		for (; names[i] != NULL; i++)
			if (said[i].outcome == CAA_PERMITTED)
				finding_put(fs, f, arena_printf(a, "%s may issue", names[i]));
	} else if (has_outcome(said, names, CAA_UNKNOWN, &i)) {
		f->where = said[i].where;
		finding_fail(fs, f, &said[i].err, f->where);
		finding_put(fs, f, reason_of(a, &said[i].err));
	} else {		/* the advice is that for the first choice */
		finding_set(f, ERR_caa_forbids);
		f->where = said[0].where;
		f->fix = said[0].fix;
		put_records(fs, f, said, names);
	}
	return f;
}
