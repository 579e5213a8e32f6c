/*
 * A balanced tree of hostnames (the customers choose them, so nothing that is
 * fast only on average), and one block for each with all of its entries:
 *
 *	struct host | name NUL | kind, lengths, key NUL value NUL | …
 */
#include "dcv/board.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct host {
	const char *name;	/* its own bytes; those of somebody else where it is searched for */
	size_t	    name_len;
	uint32_t    count;
	uint32_t    load;	/* during which it was put */
	size_t	    end;	/* of bytes */
	char	    bytes[];
};

struct head {			/* of an entry; not aligned */
	uint32_t kind, key_len, value_len;
};

struct id {
	const char *text;
	size_t	    len;
};

struct board {
	void	  *hosts;	/* of tsearch */
	struct id *ids;		/* sorted */
	size_t	   id_count;
	size_t	   count;
	uint32_t   load;
	bool	   is_ready;
};

/* Any order will do. */
static int
compare(const char *x, size_t x_len, const char *y, size_t y_len)
{
	if (x_len != y_len)
		return x_len < y_len ? -1 : 1;
	return x_len == 0 ? 0 : memcmp(x, y, x_len);
}

static int
compare_hosts(const void *a, const void *b)
{
	const struct host *x = a, *y = b;

	return compare(x->name, x->name_len, y->name, y->name_len);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct id *x = a, *y = b;

	return compare(x->text, x->len, y->text, y->len);
}

/* Where the tree points at the host; NULL: it is unknown. */
static struct host **
find(const struct board *b, const char *name, size_t len)
{
	const struct host wanted = { .name = name, .name_len = len };

	return (struct host **)tfind(&wanted, &b->hosts, compare_hosts);
}

struct board *
board_new(void)
{
	return xcalloc(1, sizeof(struct board));
}

static void
forget_ids(struct board *b)
{
	for (size_t i = 0; i < b->id_count; i++)
		free((char *)(uintptr_t)b->ids[i].text);
	free(b->ids);
	b->ids = NULL;
	b->id_count = 0;
}

void
board_free(struct board *b)
{
	if (b == NULL)
		return;
	tdestroy(b->hosts, free);
	forget_ids(b);
	free(b);
}

/* ---- writing --------------------------------------------------------------- */

static char *
append(char *to, const void *bytes, size_t len)
{
	memcpy(to, bytes, len);
	return to + len;
}

static struct host *
host_new(const char *name, const struct board_entry *entries, size_t count)
{
	size_t name_len = strlen(name), end = name_len + 1;
	struct host *h;
	char *at;

	for (size_t i = 0; i < count; i++)
		end += sizeof(struct head) + strlen(entries[i].key) + strlen(entries[i].value) + 2;
	h = xcalloc(1, sizeof *h + end);
	*h = (struct host){ .name = h->bytes, .name_len = name_len, .count = (uint32_t)count, .end = end };
	at = append(h->bytes, name, name_len + 1);
	for (size_t i = 0; i < count; i++) {
		const struct board_entry *e = &entries[i];
		struct head head = { e->kind, (uint32_t)strlen(e->key), (uint32_t)strlen(e->value) };

		at = append(at, &head, sizeof head);
		at = append(at, e->key, head.key_len + 1);
		at = append(at, e->value, head.value_len + 1);
	}
	return h;
}

static void
forget(struct board *b, struct host *h)
{
	tdelete(h, &b->hosts, compare_hosts);
	b->count -= h->count;
	free(h);
}

void
board_put(struct board *b, const char *hostname, const struct board_entry *entries, size_t count)
{
	struct host **place = find(b, hostname, strlen(hostname)), *h;

	if (count == 0) {
		if (place != NULL)
			forget(b, *place);
		return;
	}
	h = host_new(hostname, entries, count);
	h->load = b->load;
	b->count += count;
	if (place != NULL) {
		b->count -= (*place)->count;
		free(*place);
		*place = h;
	} else if (tsearch(h, &b->hosts, compare_hosts) == NULL)
		abort();
}

void
board_put_delegations(struct board *b, const char *const *ids, size_t count)
{
	struct id *list = xcalloc(count > 0 ? count : 1, sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = (struct id){ xstrdup(ids[i]), strlen(ids[i]) };
	qsort(list, count, sizeof *list, compare_ids);
	forget_ids(b);
	b->ids = list;
	b->id_count = count;
}

void
board_begin_load(struct board *b)
{
	b->load++;
}

struct stale {
	struct host **hosts;
	size_t	      count, room;
	uint32_t      load;
};

static void
note_if_stale(const void *node, VISIT visit, void *arg)
{
	struct host *h = *(struct host *const *)node;
	struct stale *s = arg;

	if ((visit != postorder && visit != leaf) || h->load == s->load)
		return;
	if (s->count == s->room) {
		s->room = s->room > 0 ? 2 * s->room : 64;
		s->hosts = xrealloc(s->hosts, s->room * sizeof(struct host *));
	}
	s->hosts[s->count++] = h;
}

void
board_end_load(struct board *b)
{
	struct stale stale = { .load = b->load };

	twalk_r(b->hosts, note_if_stale, &stale);
	for (size_t i = 0; i < stale.count; i++)
		forget(b, stale.hosts[i]);
	free(stale.hosts);
	b->is_ready = true;
}

/* ---- reading --------------------------------------------------------------- */

/* The next entry of this kind and key from *at on; its value, or NULL. */
static const char *
next(const struct host *h, enum board_kind kind, const char *key, size_t key_len, size_t *at)
{
	while (*at < h->end) {
		const char *entry = h->bytes + *at;
		struct head head;

		memcpy(&head, entry, sizeof head);
		entry += sizeof head;
		*at += sizeof head + head.key_len + head.value_len + 2;
		if (head.kind == kind && compare(entry, head.key_len, key, key_len) == 0)
			return entry + head.key_len + 1;
	}
	return NULL;
}

const char *
board_find_http(const struct board *b, const char *hostname, const char *token)
{
	struct host **place = find(b, hostname, strlen(hostname));
	size_t at;

	if (place == NULL)
		return NULL;
	at = (*place)->name_len + 1;
	return next(*place, BOARD_HTTP, token, strlen(token), &at);
}

const char *
board_next_txt(const struct board *b, const char *hostname, size_t hostname_len, const char *id, size_t id_len,
    size_t *pos)
{
	struct host **place = find(b, hostname, hostname_len);

	if (place == NULL)
		return NULL;
	if (*pos == 0)
		*pos = (*place)->name_len + 1;
	return next(*place, BOARD_TXT, id, id_len, pos);
}

bool
board_has_delegation(const struct board *b, const char *id, size_t id_len)
{
	const struct id wanted = { id, id_len };

	return b->id_count > 0 && bsearch(&wanted, b->ids, b->id_count, sizeof *b->ids, compare_ids) != NULL;
}

size_t
board_count(const struct board *b)
{
	return b->count;
}

bool
board_is_ready(const struct board *b)
{
	return b->is_ready;
}

void
board_set_ready(struct board *b)
{
	b->is_ready = true;
}
