/*
 * The links of by-name/.  Before a link is swapped, its text is noted in
 * versions/.before-<folder>-<n> (itself a link, because making one is atomic):
 * who is killed between swap and proof, or his successor, knows from it what
 * to go back to.
 */
#include "edge/link.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "edge/file.h"

/* A note's text: "was <link text>", or this when there was no link. */
static const char nothing[] = "nothing", was[] = "was ";
static const char up[] = "../versions/";

struct places {			/* the two directories, locked against other daemons */
	int by_name, versions;
};

static void
places_close(struct places *p)
{
	fd_cleanup(&p->by_name);	/* gives up the lock */
	fd_cleanup(&p->versions);
}
#define auto_places __attribute__((cleanup(places_close))) struct places

static bool
places_open(struct places *ret, int root, struct arena *arena, struct err *err)
{
	ret->by_name = file_open_folder(root, "by-name", arena, err);
	if (ret->by_name < 0)
		return false;
	ret->versions = file_open_folder(root, "versions", arena, err);
	if (ret->versions < 0)
		return false;
	return flock(ret->by_name, LOCK_EX) == 0 || file_failed(arena, "lock", "by-name", err);
}

/* ---- predicates ----------------------------------------------------------- */

static bool
is_wanted(const struct pack *p, int i)
{
	return i == 0 || p->wildcard;
}

static bool
points_at_certificate(const struct pack *p, const char *text, uint64_t *ret_version)
{
	return text != NULL && strncmp(text, up, sizeof up - 1) == 0 &&
	    pack_folder_version(p, text + sizeof up - 1, ret_version);
}

static bool
points_at_version(const struct pack *p, const char *text)
{
	uint64_t version;

	return points_at_certificate(p, text, &version) && version == p->version;
}

static const char *
note_name(const struct pack *p, struct arena *arena, int i)
{
	return arena_printf(arena, ".before-%s-%d", p->folder, i);
}

/* ---- single acts ---------------------------------------------------------- */

static bool
point(const struct places *at, const struct pack *p, int i, const char *text, struct arena *arena, struct err *err)
{
	const char *temporary = arena_printf(arena, ".new-%s-%d", p->certificate_id, i);

	return file_put_link(at->by_name, p->links[i], text, temporary, arena, err);
}

static bool
note(const struct places *at, const struct pack *p, int i, const char *text, struct arena *arena, struct err *err)
{
	const char *name = note_name(p, arena, i);
	const char *says = text != NULL ? arena_printf(arena, "%s%s", was, text) : nothing;

	return file_put_link(at->versions, name, says, arena_printf(arena, "%s.new", name), arena, err);
}

/* Each link's text, NULL for none.  A file or folder in the place of one that
 * we want is an error: it is the operator's. */
static bool
read_links(const struct places *at, const struct pack *p, const char *ret[PACK_LINKS], struct arena *arena,
    struct err *err)
{
	for (int i = 0; i < PACK_LINKS; i++) {
		bool missing = false, wanted = is_wanted(p, i);

		ret[i] = file_read_link(at->by_name, p->links[i], arena, &missing, wanted ? err : NULL);
		if (ret[i] == NULL && !missing && wanted)
			return false;
	}
	return true;
}

/* ---- swap and back -------------------------------------------------------- */

static bool
is_fresh(const struct pack *p, const char *const links[PACK_LINKS], struct arena *arena, struct err *err)
{
	for (int i = 0; i < PACK_LINKS; i++) {
		uint64_t live;

		if (points_at_certificate(p, links[i], &live) && live > p->version)
			return err_set(err, ERR_edge_stale, arena_printf(arena, "version %llu is live, this is %llu",
			    (unsigned long long)live, (unsigned long long)p->version));
	}
	return true;
}

/* Put link i back to what its note says, if it is ours and has a note. */
static bool
put_back(const struct places *at, const struct pack *p, int i, struct arena *arena, bool *ret_changed,
    struct err *err)
{
	const char *name = note_name(p, arena, i), *before, *live;
	bool missing = false, live_missing = false, ok = true;

	before = file_read_link(at->versions, name, arena, &missing, err);
	if (before == NULL)
		return missing;
	live = file_read_link(at->by_name, p->links[i], arena, &live_missing, err);
	if (live == NULL && !live_missing)
		return false;
	if (points_at_version(p, live)) {
		ok = strncmp(before, was, sizeof was - 1) == 0
		    ? point(at, p, i, before + sizeof was - 1, arena, err)
		    : file_remove(at->by_name, p->links[i], arena, err);
		*ret_changed = *ret_changed || ok;
	}
	return ok && file_sync(at->by_name, "by-name", arena, err) && file_remove(at->versions, name, arena, err);
}

static bool
put_all_back(const struct places *at, const struct pack *p, struct arena *arena, bool *ret_changed,
    struct err *err)
{
	for (int i = 0; i < PACK_LINKS; i++)
		if (is_wanted(p, i) && !put_back(at, p, i, arena, ret_changed, err))
			return false;
	return true;
}

bool
link_swap(int root, const struct pack *p, struct arena *arena, struct err *err)
{
	auto_places at = { -1, -1 };
	const char *links[PACK_LINKS], *target = arena_printf(arena, "%s%s", up, p->folder);
	bool ok = true, undone = false;

	if (!places_open(&at, root, arena, err) || !read_links(&at, p, links, arena, err) ||
	    !is_fresh(p, links, arena, err))
		return false;
	/* A link that is ours already keeps its note, or was proven and has none. */
	for (int i = 0; ok && i < PACK_LINKS; i++)
		if (is_wanted(p, i) && !points_at_version(p, links[i]))
			ok = note(&at, p, i, links[i], arena, err);
	ok = ok && file_sync(at.versions, "versions", arena, err);
	for (int i = 0; ok && i < PACK_LINKS; i++)
		if (is_wanted(p, i) && !points_at_version(p, links[i]))
			ok = point(&at, p, i, target, arena, err);
	ok = ok && file_sync(at.by_name, "by-name", arena, err);
	return ok || (put_all_back(&at, p, arena, &undone, NULL), false);
}

bool
link_swap_back(int root, const struct pack *p, struct arena *arena, bool *ret_changed, struct err *err)
{
	auto_places at = { -1, -1 };

	*ret_changed = false;
	return places_open(&at, root, arena, err) && put_all_back(&at, p, arena, ret_changed, err);
}

/* ---- afterwards ----------------------------------------------------------- */

uint64_t
link_before(int root, const struct pack *p, struct arena *arena)
{
	auto_places at = { -1, -1 };
	uint64_t version = 0;
	bool missing;
	const char *text;

	if (!places_open(&at, root, arena, NULL))
		return 0;
	text = file_read_link(at.versions, note_name(p, arena, 0), arena, &missing, NULL);
	if (text == NULL || strncmp(text, was, sizeof was - 1) != 0)
		return 0;
	return points_at_certificate(p, text + sizeof was - 1, &version) ? version : 0;
}

/* Remove the links that point at this certificate: all, or those that it does
 * not want any more. */
static bool
drop_links(const struct places *at, const struct pack *p, bool all, struct arena *arena, bool *ret_changed,
    struct err *err)
{
	const char *links[PACK_LINKS];
	uint64_t version;

	if (!read_links(at, p, links, arena, err))
		return false;
	for (int i = 0; i < PACK_LINKS; i++) {
		if ((!all && is_wanted(p, i)) || !points_at_certificate(p, links[i], &version))
			continue;
		if (!file_remove(at->by_name, p->links[i], arena, err))
			return false;
		*ret_changed = true;
	}
	return file_sync(at->by_name, "by-name", arena, err);
}

bool
link_settle(int root, const struct pack *p, struct arena *arena, struct err *err)
{
	auto_places at = { -1, -1 };
	bool changed = false;

	if (!places_open(&at, root, arena, err))
		return false;
	for (int i = 0; i < PACK_LINKS; i++)
		if (!file_remove(at.versions, note_name(p, arena, i), arena, err))
			return false;
	return drop_links(&at, p, false, arena, &changed, err);
}

bool
link_remove(int root, const struct pack *p, struct arena *arena, bool *ret_changed, struct err *err)
{
	auto_places at = { -1, -1 };

	*ret_changed = false;
	return places_open(&at, root, arena, err) && drop_links(&at, p, true, arena, ret_changed, err);
}
