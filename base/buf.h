#ifndef BASE_BUF_H
#define BASE_BUF_H
/*
 * Growing bytes with a hard limit: a buffer cannot be made without saying how
 * large it may become.  `data` always ends with a NUL that `len` does not
 * count.  An append that would pass the limit adds nothing, sets `overflow`
 * and returns false; all later appends fail as well.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char  *data;		/* never NULL after buf_init */
	size_t len;
	size_t cap;
	size_t limit;		/* most bytes that `len` may reach */
	bool   overflow;	/* something did not fit */
};

void buf_init(struct buf *, size_t limit);
void buf_free(struct buf *);		/* safe on a zeroed struct */
void buf_reset(struct buf *);		/* empty again, memory kept */
bool buf_add(struct buf *, const void *bytes, size_t len);
bool buf_puts(struct buf *, const char *);
bool buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#define auto_buf __attribute__((cleanup(buf_free))) struct buf
#endif
