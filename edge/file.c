/* Files below an open directory, without following links. */
#include "edge/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool
file_failed(struct arena *arena, const char *what, const char *name, struct err *err)
{
	const char *why = strerrordesc_np(errno);

	return err_set(err, ERR_edge_disk, arena_printf(arena, "could not %s %s: %s",
	    what, name, why != NULL ? why : "unknown error"));
}

bool
file_sync(int fd, const char *name, struct arena *arena, struct err *err)
{
	return fsync(fd) == 0 || file_failed(arena, "sync", name, err);
}

int
file_open_folder(int at, const char *name, struct arena *arena, struct err *err)
{
	bool made = mkdirat(at, name, 0755) == 0;
	int fd;

	if (!made && errno != EEXIST) {
		file_failed(arena, "make", name, err);
		return -1;
	}
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* The mode is not left to the umask: the edge must get in. */
	if (fd >= 0 && (!made || (fchmod(fd, 0755) == 0 && fsync(at) == 0)))
		return fd;
	file_failed(arena, "open", name, err);
	if (fd >= 0)
		close(fd);
	return -1;
}

const char *
file_read_link(int at, const char *name, struct arena *arena, bool *ret_missing, struct err *err)
{
	char text[FILE_LINK_MOST];
	ssize_t len = readlinkat(at, name, text, sizeof text);

	*ret_missing = len < 0 && errno == ENOENT;
	if (len > 0 && len < (ssize_t)sizeof text)
		return arena_strndup(arena, text, (size_t)len);
	if (len < 0 && errno == EINVAL)
		err_set(err, ERR_edge_disk, arena_printf(arena, "%s is there and is no symbolic link", name));
	else if (!*ret_missing)
		file_failed(arena, "read the link", name, err);
	return NULL;
}

bool
file_put_link(int at, const char *name, const char *text, const char *temporary, struct arena *arena,
    struct err *err)
{
	if (unlinkat(at, temporary, 0) != 0 && errno != ENOENT)
		return file_failed(arena, "remove", temporary, err);
	if (symlinkat(text, at, temporary) != 0)
		return file_failed(arena, "make the link", temporary, err);
	if (renameat(at, temporary, at, name) == 0)
		return true;
	file_failed(arena, "swap the link", name, err);
	unlinkat(at, temporary, 0);
	return false;
}

/* Remove what is in a folder; folders in it are not ours and stay. */
static bool
empty_folder(int fd, const char *name, struct arena *arena, struct err *err)
{
	DIR *dir = fdopendir(fd);
	bool ok = true;

	if (dir == NULL) {
		close(fd);
		return file_failed(arena, "read", name, err);
	}
	for (struct dirent *e; ok && (e = readdir(dir)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    unlinkat(fd, e->d_name, 0) != 0 && errno != ENOENT)
			ok = file_failed(arena, "remove a file in", name, err);
	closedir(dir);
	return ok;
}

bool
file_remove(int at, const char *name, struct arena *arena, struct err *err)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int flag = fd >= 0 ? AT_REMOVEDIR : 0;

	/* ENOTDIR: a file; ELOOP: a link (some systems say ENOTDIR) */
	if (fd < 0 && errno != ENOTDIR && errno != ELOOP && errno != ENOENT)
		return file_failed(arena, "open", name, err);
	if (fd >= 0 && !empty_folder(fd, name, arena, err))
		return false;
	return unlinkat(at, name, flag) == 0 || errno == ENOENT || file_failed(arena, "remove", name, err);
}
