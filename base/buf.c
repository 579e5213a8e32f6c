/* Growing bytes with a hard limit. */
#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"

#define FIRST_CAP 64

void
buf_init(struct buf *b, size_t limit)
{
	assert(limit < SIZE_MAX / 4);	/* so that no sum below can wrap */
	*b = (struct buf){ .limit = limit };
	b->cap = limit + 1 < FIRST_CAP ? limit + 1 : FIRST_CAP;
	b->data = xcalloc(1, b->cap);
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Room for `more` bytes and the NUL, or the mark that they do not fit. */
static bool
make_room(struct buf *b, size_t more)
{
	size_t cap = b->cap;

	assert(b->data != NULL);
	if (b->overflow || more > b->limit - b->len) {
		b->overflow = true;
		return false;
	}
	if (b->len + more + 1 <= cap)
		return true;
	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap > b->limit + 1)
		cap = b->limit + 1;
	b->data = xrealloc(b->data, cap);
	b->cap = cap;
	return true;
}

bool
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!make_room(b, len))
		return false;
	if (len != 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
	return true;
}

bool
buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	if (!make_room(b, (size_t)len))
		return false;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
	return true;
}
