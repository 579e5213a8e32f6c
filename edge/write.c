/*
 * Version folders.  A folder is filled under a temporary name, synced and then
 * renamed, so that its own name never shows half of it:
 *
 *   versions/.new-<folder>/…  --fsync, rename-->  versions/<folder>/…
 *
 * versions/.of-<certificate_id> is a link whose text lists the certificate's
 * versions ("7 6"), so that tidying does not have to read a directory of a
 * million names.
 */
#include "edge/write.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "edge/file.h"

enum { MOST_VERSIONS = 64, NEW_TRIES = 8, CERTIFICATE_MODE = 0644, KEY_MODE = 0600 };

struct content {		/* one file of a folder; text NULL: it must not be there */
	const char *name;
	const char *text;
	size_t	    len;
	mode_t	    mode;
};
enum { CONTENTS = 2 * PACK_KINDS };

static void
list_contents(const struct pack *p, struct content ret[CONTENTS])
{
	static const char *const names[CONTENTS] = { "ecdsa.crt", "ecdsa.key", "rsa.crt", "rsa.key" };

	for (size_t i = 0; i < PACK_KINDS; i++) {
		const struct pack_pair *pair = &p->pairs[i];
		bool has = pair->chain != NULL;

		ret[2 * i] = (struct content){ names[2 * i], pair->chain,
			has ? strlen(pair->chain) : 0, CERTIFICATE_MODE };
		ret[2 * i + 1] = (struct content){ names[2 * i + 1],
			has ? (const char *)pair->key.bytes : NULL, pair->key.len, KEY_MODE };
	}
}

int
write_open_root(const char *directory, struct arena *arena, struct err *err)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		file_failed(arena, "open", directory, err);
	return fd;
}

/* ---- the list of versions ------------------------------------------------- */

struct versions {
	uint64_t list[MOST_VERSIONS];
	size_t	 count;
};

static const char *
list_name(const struct pack *p, struct arena *arena)
{
	return arena_printf(arena, ".of-%s", p->certificate_id);
}

/* A list that is missing or unreadable is empty. */
static struct versions
read_versions(int versions, const struct pack *p, struct arena *arena)
{
	struct versions v = { .count = 0 };
	bool missing;
	const char *at = file_read_link(versions, list_name(p, arena), arena, &missing, NULL);

	while (at != NULL && *at >= '0' && *at <= '9' && v.count < MOST_VERSIONS) {
		char *end;

		v.list[v.count++] = strtoull(at, &end, 10);
		at = *end == ' ' ? end + 1 : NULL;
	}
	return v;
}

static bool
save_versions(int versions, const struct pack *p, const struct versions *v, struct arena *arena, struct err *err)
{
	const char *text = "", *name = list_name(p, arena);

	if (v->count == 0)
		return file_remove(versions, name, arena, err);
	for (size_t i = 0; i < v->count; i++)
		text = arena_printf(arena, "%s%s%llu", text, i > 0 ? " " : "", (unsigned long long)v->list[i]);
	return file_put_link(versions, name, text, arena_printf(arena, "%s.new", name), arena, err);
}

static bool
is_listed(const struct versions *v, uint64_t version)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->list[i] == version)
			return true;
	return false;
}

/* Listed before the folder is made: what is listed but not there does no harm,
 * a key that is there but not listed would never be removed. */
static bool
add_version(int versions, const struct pack *p, struct arena *arena, struct err *err)
{
	struct versions v;
	bool ok;

	if (flock(versions, LOCK_EX) != 0)
		return file_failed(arena, "lock", "versions", err);
	v = read_versions(versions, p, arena);
	ok = is_listed(&v, p->version);
	if (!ok && v.count == MOST_VERSIONS)
		err_set(err, ERR_edge_disk, "too many versions of this certificate are there");
	else if (!ok) {
		v.list[v.count++] = p->version;
		ok = save_versions(versions, p, &v, arena, err);
	}
	flock(versions, LOCK_UN);
	return ok;
}

static bool
remove_version(int versions, const struct pack *p, uint64_t version, struct arena *arena, struct err *err)
{
	const char *folder = arena_printf(arena, "%s-%llu", p->certificate_id, (unsigned long long)version);

	return file_remove(versions, arena_printf(arena, ".new-%s", folder), arena, err) &&
	    file_remove(versions, folder, arena, err);
}

/* ---- one folder ----------------------------------------------------------- */

static bool
reads_as(int fd, const char *text, size_t len)
{
	char piece[4096];
	bool same = true;

	for (size_t at = 0; same && at < len;) {
		size_t want = len - at < sizeof piece ? len - at : sizeof piece;

		same = pread(fd, piece, want, (off_t)at) == (ssize_t)want && memcmp(piece, text + at, want) == 0;
		at += want;
	}
	OPENSSL_cleanse(piece, sizeof piece);
	return same;
}

static bool
holds(int folder, const struct content *c)
{
	auto_fd fd = openat(folder, c->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat s;

	if (c->text == NULL || fd < 0)
		return c->text == NULL && fd < 0 && errno == ENOENT;
	return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && (s.st_mode & 0777) == c->mode &&
	    s.st_size == (off_t)c->len && reads_as(fd, c->text, c->len);
}

/* Does the folder already hold exactly this pack? */
static bool
is_written(int versions, const struct pack *p)
{
	auto_fd folder = openat(versions, p->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct content contents[CONTENTS];
	bool same = folder >= 0;

	list_contents(p, contents);
	for (size_t i = 0; same && i < CONTENTS; i++)
		same = holds(folder, &contents[i]);
	return same;
}

static bool
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
write_file(int folder, const struct content *c, struct arena *arena, struct err *err)
{
	/* Made 0600, so that nobody opens a key before it has its mode. */
	int fd = openat(folder, c->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return file_failed(arena, "make", c->name, err);
	ok = fchmod(fd, c->mode) == 0 && write_all(fd, c->text, c->len) && fsync(fd) == 0;
	ok = ok || file_failed(arena, "write", c->name, err);
	if (close(fd) != 0 && ok)
		ok = file_failed(arena, "close", c->name, err);
	return ok;
}

/* The temporary folder, ours alone until it is closed or renamed: another
 * daemon that writes the same version waits at the lock, and then finds that
 * the name is no longer this folder. */
static int
open_new(int versions, const char *name, struct arena *arena, struct err *err)
{
	for (int i = 0; i < NEW_TRIES; i++) {
		int fd = file_open_folder(versions, name, arena, err);
		struct stat ours, there;

		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) == 0 && fstat(fd, &ours) == 0 &&
		    fstatat(versions, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
			return fd;
		close(fd);
	}
	err_set(err, ERR_edge_disk, "somebody else is writing this version");
	return -1;
}

static bool
fill(int folder, const struct pack *p, struct arena *arena, struct err *err)
{
	struct content contents[CONTENTS];

	list_contents(p, contents);
	for (size_t i = 0; i < CONTENTS; i++) {
		/* what a killed predecessor left */
		if (!file_remove(folder, contents[i].name, arena, err))
			return false;
		if (contents[i].text != NULL && !write_file(folder, &contents[i], arena, err))
			return false;
	}
	return file_sync(folder, p->folder, arena, err);
}

/* Show the folder under its name.  What has the name already (damaged, or of
 * another time) is exchanged in one step, because it may be live. */
static bool
show(int versions, const char *new, const char *name, struct arena *arena, struct err *err)
{
	struct stat s;

	if (fstatat(versions, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
		return renameat(versions, new, versions, name) == 0 || file_failed(arena, "rename", name, err);
	if (renameat2(versions, new, versions, name, RENAME_EXCHANGE) != 0)
		return file_failed(arena, "exchange", name, err);
	return file_remove(versions, new, arena, err);
}

static bool
write_anew(int versions, const struct pack *p, struct arena *arena, struct err *err)
{
	const char *new = arena_printf(arena, ".new-%s", p->folder);
	auto_fd folder = open_new(versions, new, arena, err);

	return folder >= 0 && fill(folder, p, arena, err) && show(versions, new, p->folder, arena, err);
}

bool
write_version(int root, const struct pack *p, struct arena *arena, struct err *err)
{
	auto_fd versions = file_open_folder(root, "versions", arena, err);

	if (versions < 0 || !add_version(versions, p, arena, err))
		return false;
	if (!is_written(versions, p) && !write_anew(versions, p, arena, err))
		return false;
	return file_sync(versions, "versions", arena, err);
}

/* ---- old versions --------------------------------------------------------- */

/* The highest listed version below the pack's; 0 if there is none. */
static uint64_t
version_before(const struct versions *v, uint64_t version)
{
	uint64_t before = 0;

	for (size_t i = 0; i < v->count; i++)
		if (v->list[i] < version && v->list[i] > before)
			before = v->list[i];
	return before;
}

struct span {			/* versions from `first` up to but not with `end`, without `except` */
	uint64_t first, end, except;
};

static bool
is_within(const struct span *span, uint64_t version)
{
	return version >= span->first && version < span->end && version != span->except;
}

/* Remove the listed versions of the span; list the rest. */
static bool
remove_span(int versions, const struct pack *p, struct span span, struct arena *arena, struct err *err)
{
	struct versions v, kept = { .count = 0 };

	if (flock(versions, LOCK_EX) != 0)	/* until it is closed */
		return file_failed(arena, "lock", "versions", err);
	v = read_versions(versions, p, arena);
	for (size_t i = 0; i < v.count; i++) {
		if (!is_within(&span, v.list[i]))
			kept.list[kept.count++] = v.list[i];
		else if (!remove_version(versions, p, v.list[i], arena, err))
			return false;
	}
	return kept.count == v.count || save_versions(versions, p, &kept, arena, err);
}

bool
write_tidy(int root, const struct pack *p, uint64_t before, struct arena *arena, struct err *err)
{
	auto_fd versions = file_open_folder(root, "versions", arena, err);
	struct versions v;

	if (versions < 0)
		return false;
	v = read_versions(versions, p, arena);
	if (before == 0)
		before = version_before(&v, p->version);
	return remove_span(versions, p, (struct span){ 0, p->version, before }, arena, err);
}

bool
write_drop(int root, const struct pack *p, struct arena *arena, struct err *err)
{
	auto_fd versions = file_open_folder(root, "versions", arena, err);
	struct span this = { p->version, p->version + 1, 0 };

	return versions >= 0 && remove_span(versions, p, this, arena, err);
}

bool
write_remove(int root, const struct pack *p, struct arena *arena, struct err *err)
{
	auto_fd versions = file_open_folder(root, "versions", arena, err);
	struct span all = { 0, UINT64_MAX, 0 };	/* there is no version 0 */

	return versions >= 0 && remove_span(versions, p, all, arena, err) &&
	    file_sync(versions, "versions", arena, err);
}

bool
write_has_versions(int root, const struct pack *p, struct arena *arena)
{
	auto_fd versions = file_open_folder(root, "versions", arena, NULL);

	return versions >= 0 && read_versions(versions, p, arena).count > 0;
}
