#ifndef BASE_ARENA_H
#define BASE_ARENA_H
/*
 * A bump allocator: everything that one job touches lives in one arena and
 * is freed at once.  There is no free of a single piece and no realloc.
 */
#include <stdarg.h>
#include <stddef.h>

struct arena;

/* The heap for what outlives a job.  Never NULL: without memory the program
 * aborts, which is safe because its state is in the database. */
void *xcalloc(size_t count, size_t size);	/* zeroed */
void *xrealloc(void *, size_t size);		/* size 0 counts as 1 */
char *xstrdup(const char *);			/* NULL gives NULL */

/* An empty arena that will hand out at most `cap` bytes; the caller owns it. */
struct arena *arena_new(size_t cap);
void arena_free(struct arena *);	/* NULL is fine */

/* Zeroed, aligned for any type.  Never NULL: exceeding the cap is a bug of
 * ours (foreign input is capped before it gets here) and aborts, as running
 * out of memory does. */
void *arena_alloc(struct arena *, size_t size);
char *arena_strdup(struct arena *, const char *);	/* NULL gives NULL */
char *arena_strndup(struct arena *, const char *, size_t len);
void *arena_memdup(struct arena *, const void *, size_t len);
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

/* Bytes handed out so far. */
size_t arena_used(const struct arena *);

static inline void
arena_cleanup(struct arena **a)
{
	arena_free(*a);
}
#define auto_arena __attribute__((cleanup(arena_cleanup))) struct arena
#endif
