#ifndef CLI_SUFFIX_H
#define CLI_SUFFIX_H
/* Reading Debian's public suffix list: rules of both sections as A-labels. */
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"

struct suffix_list {
	const char *const *rules;	/* "com", "*.ck", "!www.ck", in the order of the file */
	size_t		   count;
	const char	  *hash;	/* SHA-256 of the file, hexadecimal */
};

/* Everything lives in the arena.  False (code disk): the file cannot be read
 * or holds no rule; the detail says which file and why. */
bool suffix_read(const char *path, struct arena *, struct suffix_list *ret, struct err *);
/* The same from text.  A rule that IDNA refuses is left out. */
bool suffix_parse(const char *text, size_t len, struct arena *, struct suffix_list *ret);
#endif
