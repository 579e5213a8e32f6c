/*
 * Memory.  An arena is a list of chunks, newest first; a piece is cut off the
 * newest one and a chunk that is full stays as it is.  Under the address
 * sanitizer every piece is a chunk of its own, so that a step over its end is
 * seen at once.
 */
#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define CHUNK_FIRST 0
#else
#define CHUNK_FIRST 1024
#endif
#define CHUNK_MOST 65536

struct chunk {
	struct chunk *older;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct chunk *newest;
	size_t cap;
	size_t used;
	size_t next_size;	/* of the next chunk, doubled each time */
};

void *
xcalloc(size_t count, size_t size)
{
	void *p = calloc(count != 0 ? count : 1, size != 0 ? size : 1);

	if (p == NULL)
		abort();
	return p;
}

void *
xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size != 0 ? size : 1);

	if (p == NULL)
		abort();
	return p;
}

char *
xstrdup(const char *s)
{
	char *copy;

	if (s == NULL)
		return NULL;
	copy = strdup(s);
	if (copy == NULL)
		abort();
	return copy;
}

struct arena *
arena_new(size_t cap)
{
	struct arena *a = xcalloc(1, sizeof *a);

	assert(cap <= SIZE_MAX / 4);	/* so that no sum below can wrap */
	a->cap = cap;
	a->next_size = CHUNK_FIRST;
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	while (a->newest != NULL) {
		struct chunk *older = a->newest->older;

		free(a->newest);
		a->newest = older;
	}
	free(a);
}

static void
add_chunk(struct arena *a, size_t at_least)
{
	size_t size = at_least > a->next_size ? at_least : a->next_size;
	struct chunk *c = xcalloc(1, sizeof *c + size);

	c->older = a->newest;
	c->size = size;
	a->newest = c;
	if (a->next_size < CHUNK_MOST)
		a->next_size *= 2;
}

/* `align` is a power of two. */
static void *
cut(struct arena *a, size_t size, size_t align)
{
	struct chunk *c = a->newest;
	size_t at = 0;

	assert(size <= a->cap - a->used);
	a->used += size;
	if (c != NULL)
		at = (c->used + align - 1) & ~(align - 1);
	if (c == NULL || at > c->size || size > c->size - at) {
		add_chunk(a, size);
		c = a->newest;
		at = 0;
	}
	c->used = at + size;
	return c->bytes + at;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return cut(a, size, alignof(max_align_t));
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s != NULL ? arena_strndup(a, s, strlen(s)) : NULL;
}

/* Text needs no alignment, which keeps many short strings close together. */
char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy;

	assert(len < SIZE_MAX);
	len = len != 0 ? strnlen(s, len) : 0;
	copy = cut(a, len + 1, 1);
	if (len != 0)
		memcpy(copy, s, len);
	return copy;
}

void *
arena_memdup(struct arena *a, const void *bytes, size_t len)
{
	void *copy = arena_alloc(a, len);

	if (len != 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	int len;
	char *s;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(len >= 0);
	s = cut(a, (size_t)len + 1, 1);
	vsnprintf(s, (size_t)len + 1, fmt, ap);
	return s;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
