/* Bytes that must not be seen. */
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/secret.h"

struct secret
secret_copy(const void *bytes, size_t len)
{
	struct secret s = { 0 };

	if (len == 0)
		return s;
	s.bytes = xcalloc(len + 1, 1);
	memcpy(s.bytes, bytes, len);
	s.len = len;
	return s;
}

void
secret_free(struct secret *s)
{
	/* memset may be left out by the compiler, since nobody reads it */
	if (s->bytes != NULL)
		explicit_bzero(s->bytes, s->len);
	free(s->bytes);
	*s = (struct secret){ 0 };
}
