/* Where a hostname stands: some are not looked at, whatever their records are. */
#include <string.h>

#include "dcv/finding_text.h"
#include "dcv/finding_zone.h"

static bool
is_at_rest(const struct standing *s)
{
	return s->status != NULL && (strcmp(s->status, "blocked") == 0 || strcmp(s->status, "moved") == 0 ||
	    strcmp(s->status, "deleted") == 0);
}

static bool
is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

static void
say_held(struct findings *fs, struct finding *f, const char *hostname, const struct standing *s)
{
	finding_set(f, is(s->code, "flagged") ? ERR_flagged : ERR_held);
	finding_put(fs, f, s->status);
	f->fix = arena_printf(fs->arena, "%s%sNothing in the DNS helps until the hold has ended; then run certwright "
	    "refresh %s.", s->error != NULL ? s->error : "", s->error != NULL ? " " : "", hostname);
}

static void
say_refresh(struct findings *fs, struct finding *f, const char *hostname, const struct standing *s)
{
	struct arena *a = fs->arena;
	bool is_released = is(s->status, "blocked");
	const char *why = is_released ? "the hold has ended" : s->code != NULL ? err_sentence(s->code) : NULL;

	finding_set(f, ERR_refresh_needed);
	finding_put(fs, f, why != NULL ? arena_printf(a, "%s: %s", s->status, why) : s->status);
	f->fix = arena_printf(a, "Run certwright refresh %s (or edit the hostname)%s: a %s hostname is not looked at by "
	    "itself.", hostname, is_released ? "" : " once its records are right", s->status);
}

const struct finding *
finding_status(struct findings *fs, const char *hostname, const struct standing *s)
{
	struct finding *f;

	if (!is_at_rest(s))
		return NULL;
	f = finding_add(fs, "status", hostname, "pending or active");
	if (is(s->status, "blocked") && s->is_held)
		say_held(fs, f, hostname, s);
	else
		say_refresh(fs, f, hostname, s);
	return f;
}
