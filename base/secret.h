#ifndef BASE_SECRET_H
#define BASE_SECRET_H
/* Bytes that must not be seen: cleansed when freed, without any function that
 * prints or logs them. */
#include <stddef.h>

struct secret {
	unsigned char *bytes;	/* NULL when empty; a NUL follows the bytes */
	size_t	       len;
};

struct secret secret_copy(const void *bytes, size_t len);	/* caller frees */
void secret_free(struct secret *);	/* cleanses; safe on a zeroed struct */
#define auto_secret __attribute__((cleanup(secret_free))) struct secret
#endif
