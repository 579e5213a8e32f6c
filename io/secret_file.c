/* Reading files that hold a secret. */
#include "io/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

static void
file_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define auto_file __attribute__((cleanup(file_cleanup))) int

/* Reads up to `size` octets; -1 on an error. */
static ssize_t
read_up_to(int fd, unsigned char *out, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, out + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

const char *
secret_file_read(const char *path, size_t most, struct secret *ret)
{
	/* Without O_NONBLOCK a FIFO would make us wait for its writer. */
	auto_file fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *problem = NULL;
	struct secret bytes;
	struct stat st;
	ssize_t len;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return "the key file does not exist";
	if (fd < 0 && errno == EACCES)
		return "this user may not read the key file";
	if (fd < 0 || fstat(fd, &st) != 0)
		return "the key file cannot be opened";
	if (!S_ISREG(st.st_mode))
		return "the key file is not a regular file";
	if ((st.st_mode & 077) != 0)
		return "the key file is open to its group or to others; use chmod 600";
	bytes = (struct secret){ xcalloc(most + 2, 1), most + 1 };
	len = read_up_to(fd, bytes.bytes, most + 1);
	if (len < 0)
		problem = "the key file cannot be read";
	else if ((size_t)len > most)
		problem = "the key file is too long";
	else
		*ret = secret_copy(bytes.bytes, (size_t)len);
	secret_free(&bytes);
	return problem;
}
