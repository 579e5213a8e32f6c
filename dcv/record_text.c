/* Records as text, sorted: servers answer in any order (RFC 1034 §3.6.2). */
#include "dcv/record_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/name.h"
#include "dcv/finding_text.h"

enum { MAX_SEEN = 1 << 20 };

static int
compare(const void *a, const void *b)
{
	const char *const *one = a, *const *other = b;

	return strcmp(*one, *other);
}

const char **
record_texts(struct arena *a, const struct dns_reply *reply, const char *name, size_t *ret_count)
{
	const char **list = arena_alloc(a, (reply->count + 1) * sizeof *list);
	size_t count = 0;

	for (size_t i = 0; i < reply->count; i++) {
		const struct dns_record *r = &reply->records[i];

		if (name_equal(r->owner, name))
			list[count++] = arena_printf(a, "%s %s", dns_type_name(r->type), r->value);
	}
	qsort(list, count, sizeof *list, compare);
	*ret_count = count;
	return list;
}

const char *
record_seen(struct arena *a, const struct dns_reply *reply, const char *name)
{
	size_t count;
	const char **list = record_texts(a, reply, name, &count);
	auto_buf b = { 0 };

	if (count == 0)
		return NULL;
	buf_init(&b, MAX_SEEN);
	for (size_t i = 0; i < count; i++)
		if (!buf_printf(&b, "%s%s", i > 0 ? "; " : "", list[i]))
			break;
	return arena_strdup(a, b.data);
}

void
finding_change(struct finding *f, enum err_code code)
{
	memset(f->found, 0, sizeof f->found);
	finding_set(f, code);
}
