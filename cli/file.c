/* Reading small files whole. */
#include "cli/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
refuse(struct arena *a, const char *path, const char *why, struct err *ret_err)
{
	char *detail = arena_printf(a, "%s: %s", path, why);
	char *first = detail + strlen(path) + 2;

	*first = (char)tolower((unsigned char)*first);
	return err_set(ret_err, ERR_disk, detail);
}

/* Fills bytes up to size; false: errno says why. */
static bool
read_all(int fd, char *bytes, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return true;
}

/* Opens a regular file and says how long it is. */
static int
open_file(const char *path, size_t max, struct arena *a, size_t *ret_size, struct err *ret_err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *why = NULL;

	if (fd < 0) {
		refuse(a, path, strerror(errno), ret_err);
		return -1;
	}
	if (fstat(fd, &st) != 0)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "it is not a file";
	else if ((size_t)st.st_size > max)
		why = "it is too large";
	if (why != NULL) {
		close(fd);
		refuse(a, path, why, ret_err);
		return -1;
	}
	*ret_size = (size_t)st.st_size;
	return fd;
}

bool
file_read(const char *path, size_t max, struct arena *a, char **ret_text, size_t *ret_len,
    struct err *ret_err)
{
	size_t size, len;
	int fd = open_file(path, max, a, &size, ret_err);
	char *text;
	bool ok;

	if (fd < 0)
		return false;
	text = arena_alloc(a, size + 1);
	ok = read_all(fd, text, size, &len);
	close(fd);
	if (!ok)
		return refuse(a, path, strerror(errno), ret_err);
	text[len] = '\0';
	*ret_text = text;
	*ret_len = len;
	return true;
}

bool
file_read_secret(const char *path, size_t max, struct arena *a, struct secret *ret,
    struct err *ret_err)
{
	size_t size, len;
	int fd = open_file(path, max, a, &size, ret_err);
	char *bytes;
	bool ok;

	if (fd < 0)
		return false;
	bytes = xcalloc(size + 1, 1);
	ok = read_all(fd, bytes, size, &len);
	close(fd);
	if (ok)
		*ret = secret_copy(bytes, len);
	else
		refuse(a, path, strerror(errno), ret_err);
	OPENSSL_cleanse(bytes, size + 1);
	free(bytes);
	return ok;
}
