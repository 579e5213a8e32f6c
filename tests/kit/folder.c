/* Temporary folders of tests. */
#include "tests/kit/folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
folder_enter(char path[64])
{
	snprintf(path, 64, "/tmp/certwright-test-XXXXXX");
	if (mkdtemp(path) == NULL || chdir(path) != 0)
		abort();
}

void
folder_leave(const char *path)
{
	if (chdir("/") != 0)
		abort();
	folder_remove(path);
}

void
folder_remove(const char *path)
{
	DIR *dir = unlink(path) == 0 ? NULL : opendir(path);

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		char below[1024];

		snprintf(below, sizeof below, "%s/%s", path, e->d_name);
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			folder_remove(below);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

bool
folder_has(const char *path)
{
	struct stat s;

	return lstat(path, &s) == 0;
}
