/*
 * Parameters of one call.  Scalars that SQL casts go as text; whatever could
 * be misread as text (bytes, arrays with their quoting) goes in the binary
 * form of PostgreSQL: big-endian numbers, and for an array dimensions, null
 * flag and element type, then each element after its length.
 */
#include "io/pg_inside.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* pg_type.oid of the types and their arrays: fixed for ever. */
enum {
	OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25, OID_UUID = 2950,
	OID_BOOLS = 1000, OID_INT8S = 1016, OID_TEXTS = 1009, OID_UUIDS = 2951,
};
enum { ARRAY_HEAD = 20, UUID_BYTES = 16, UUID_TEXT = 36 };

struct pg_args *
pg_args_new(void)
{
	return xcalloc(1, sizeof(struct pg_args));
}

void
pg_args_free(struct pg_args *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->count; i++)
		free(a->values[i]);
	free(a->types);
	free(a->values);
	free(a->lengths);
	free(a->formats);
	free(a);
}

/* Takes over `value`. */
static void
args_add(struct pg_args *a, Oid type, char *value, size_t length, int format)
{
	assert(length <= INT_MAX);
	if (a->count == a->room) {
		a->room = a->room ? 2 * a->room : 8;
		a->types = xrealloc(a->types, a->room * sizeof(*a->types));
		a->values = xrealloc(a->values, a->room * sizeof(*a->values));
		a->lengths = xrealloc(a->lengths, a->room * sizeof(*a->lengths));
		a->formats = xrealloc(a->formats, a->room * sizeof(*a->formats));
	}
	a->types[a->count] = type;
	a->values[a->count] = value;
	a->lengths[a->count] = (int)length;
	a->formats[a->count] = format;
	a->count++;
}

void
pg_add_text(struct pg_args *a, const char *text)
{
	args_add(a, 0, xstrdup(text), 0, 0);
}

static char *
put_uint32(char *to, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(n >> (24 - 8 * i));
	return to + 4;
}

static char *
put_int64(char *to, int64_t n)
{
	to = put_uint32(to, (uint32_t)((uint64_t)n >> 32));
	return put_uint32(to, (uint32_t)n);
}

static char *
put_bytes(char *to, const void *bytes, size_t len)
{
	if (len > 0)
		memcpy(to, bytes, len);
	return to + len;
}

void
pg_add_int(struct pg_args *a, int64_t n)
{
	char *value = xcalloc(1, 8);

	put_int64(value, n);
	args_add(a, OID_INT8, value, 8, 1);
}

void
pg_add_bytes(struct pg_args *a, const void *bytes, size_t len)
{
	char *value = xcalloc(len + 1, 1);

	put_bytes(value, bytes, len);
	args_add(a, OID_BYTEA, value, len, 1);
}

/* Room for an array of `count` elements of `body` octets in all (lengths
 * included), its head written; *ret_at is where the elements go.  An empty
 * array has no dimension. */
static char *
array_new(Oid element, size_t count, bool has_null, size_t body, char **ret_at, size_t *ret_len)
{
	size_t head = count > 0 ? ARRAY_HEAD : 12;
	char *value = xcalloc(head + body + 1, 1), *at = value;

	assert(count <= INT_MAX);
	at = put_uint32(at, count > 0 ? 1 : 0);
	at = put_uint32(at, has_null ? 1 : 0);
	at = put_uint32(at, element);
	if (count > 0) {
		at = put_uint32(at, (uint32_t)count);
		at = put_uint32(at, 1);		/* indices begin at 1 */
	}
	*ret_at = at;
	*ret_len = head + body;
	return value;
}

void
pg_add_texts(struct pg_args *a, const char *const *texts, size_t count)
{
	size_t body = 4 * count, len;
	bool has_null = false;
	char *value, *at;

	for (size_t i = 0; i < count; i++) {
		body += texts[i] != NULL ? strlen(texts[i]) : 0;
		has_null |= texts[i] == NULL;
	}
	value = array_new(OID_TEXT, count, has_null, body, &at, &len);
	for (size_t i = 0; i < count; i++) {
		size_t size = texts[i] != NULL ? strlen(texts[i]) : 0;

		at = put_uint32(at, texts[i] != NULL ? (uint32_t)size : UINT32_MAX);
		at = put_bytes(at, texts[i], size);
	}
	args_add(a, OID_TEXTS, value, len, 1);
}

void
pg_add_ints(struct pg_args *a, const int64_t *numbers, size_t count)
{
	char *at, *value;
	size_t len;

	value = array_new(OID_INT8, count, false, 12 * count, &at, &len);
	for (size_t i = 0; i < count; i++)
		at = put_int64(put_uint32(at, 8), numbers[i]);
	args_add(a, OID_INT8S, value, len, 1);
}

void
pg_add_bools(struct pg_args *a, const bool *flags, size_t count)
{
	char *at, *value;
	size_t len;

	value = array_new(OID_BOOL, count, false, 5 * count, &at, &len);
	for (size_t i = 0; i < count; i++) {
		at = put_uint32(at, 1);
		*at++ = flags[i] ? 1 : 0;
	}
	args_add(a, OID_BOOLS, value, len, 1);
}

static unsigned
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	abort();	/* ids come from the database: this is ours */
}

static char *
put_uuid(char *to, const char *text)
{
	if (text == NULL || strlen(text) != UUID_TEXT)
		abort();
	for (size_t i = 0; i < UUID_TEXT; i += 2) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				abort();
			i++;
		}
		*to++ = (char)(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
	}
	return to;
}

void
pg_add_uuids(struct pg_args *a, const char *const *texts, size_t count)
{
	char *at, *value;
	size_t len;

	value = array_new(OID_UUID, count, false, (4 + UUID_BYTES) * count, &at, &len);
	for (size_t i = 0; i < count; i++)
		at = put_uuid(put_uint32(at, UUID_BYTES), texts[i]);
	args_add(a, OID_UUIDS, value, len, 1);
}
