#ifndef EDGE_FILE_H
#define EDGE_FILE_H
/*
 * What edge/write and edge/link share: one path component at a time below an
 * open directory, never through a symbolic link.
 */
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/err.h"

enum { FILE_LINK_MOST = 4096 };	/* most bytes of a link's text */

/* err_set with edge_disk and "<what> <name>: <errno's text>". */
bool file_failed(struct arena *, const char *what, const char *name, struct err *);
/* The sub-directory `name`, made if missing; -1: edge_disk.  Caller closes. */
int file_open_folder(int at, const char *name, struct arena *, struct err *);
/* The text of a link; NULL with *ret_missing if there is none, NULL with err if
 * there is something else. */
const char *file_read_link(int at, const char *name, struct arena *, bool *ret_missing, struct err *);
/* Make or replace a link in one step; `name` may be any name of one component. */
bool file_put_link(int at, const char *name, const char *text, const char *temporary, struct arena *, struct err *);
/* Remove a file, a link, or a folder of files; what is not there is removed. */
bool file_remove(int at, const char *name, struct arena *, struct err *);
bool file_sync(int fd, const char *name, struct arena *, struct err *);

static inline void
fd_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define auto_fd __attribute__((cleanup(fd_cleanup))) int
#endif
