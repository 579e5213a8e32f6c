/* The making of findings: texts, lists of them, and troubles of the DNS. */
#include "dcv/finding_text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/name.h"
#include "dcv/proof.h"

enum { MAX_TEXT = 200, MAX_LIST = 4096 };

struct finding *
finding_add(struct findings *fs, const char *purpose, const char *where, const char *expected)
{
	struct finding *f = fs->count < MAX_FINDINGS ? &fs->list[fs->count++]
	    : arena_alloc(fs->arena, sizeof *f);

	*f = (struct finding){ .purpose = purpose, .where = where, .expected = expected };
	return f;
}

void
finding_set(struct finding *f, enum err_code code)
{
	struct err e = err_new(code, NULL);

	f->code = e.code;
	f->blame = e.blame;
}

/* ---- what is there --------------------------------------------------------------- */

static const char *
shown(struct arena *a, const char *text)
{
	char *copy = arena_strndup(a, text, strnlen(text, MAX_TEXT));

	for (char *p = copy; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return strlen(text) > MAX_TEXT ? arena_printf(a, "%.*s...", MAX_TEXT - 3, copy) : copy;
}

void
finding_put(struct findings *fs, struct finding *f, const char *text)
{
	for (size_t i = 0; i < FINDING_MAX_FOUND; i++) {
		if (f->found[i] == NULL) {
			f->found[i] = shown(fs->arena, text);
			return;
		}
	}
}

static int
by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

void
finding_put_all(struct findings *fs, struct finding *f, const char *const *texts, size_t count)
{
	const char **sorted = arena_memdup(fs->arena, texts, count * sizeof *texts);
	size_t free_places = FINDING_MAX_FOUND, unique = 0;

	qsort(sorted, count, sizeof *sorted, by_text);
	for (size_t i = 0; i < count; i++)
		if (unique == 0 || strcmp(sorted[unique - 1], sorted[i]) != 0)
			sorted[unique++] = sorted[i];
	while (free_places > 0 && f->found[FINDING_MAX_FOUND - free_places] != NULL)
		free_places--;
	for (size_t i = 0; i < unique && i < free_places; i++) {
		if (i + 1 == free_places && unique > free_places)
			finding_put(fs, f, arena_printf(fs->arena, "and %zu more", unique - i));
		else
			finding_put(fs, f, sorted[i]);
	}
}

void
finding_put_chain(struct findings *fs, struct finding *f, const struct dns_reply *reply,
    const char *name)
{
	const char *owners[PROOF_MAX_CHAIN], *next;

	for (size_t i = 0; i < PROOF_MAX_CHAIN && (next = finding_alias(reply, name)) != NULL; i++) {
		for (size_t k = 0; k < i; k++)
			if (name_equal(owners[k], name))
				return;		/* once round the circle */
		finding_put(fs, f, arena_printf(fs->arena, "%s CNAME %s", name, next));
		owners[i] = name;
		name = next;
	}
}

/* One mark of quotation at the beginning of the text: its length, or 0.  They
 * come as base/dns.h writes them; UTF-8 has typographic ones at U+2018 to
 * U+201F. */
static size_t
quote_at(const char *text)
{
	static const char *const marks[] = { "\"", "'", "`", "\\092", "\\194\\171", "\\194\\187" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (strncmp(text, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	if (strncmp(text, "\\226\\128\\15", 11) == 0 && text[11] >= '2' && text[11] <= '9')
		return 12;
	return 0;
}

static size_t
blank_at(const char *text)
{
	static const char *const blanks[] = { " ", "\\009", "\\010", "\\013" };

	for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
		if (strncmp(text, blanks[i], strlen(blanks[i])) == 0)
			return strlen(blanks[i]);
	return 0;
}

static const char *
unwrapped(const char *text, bool blanks)
{
	size_t len;

	while ((len = quote_at(text)) > 0 || (blanks && (len = blank_at(text)) > 0))
		text += len;
	return text;
}

bool
finding_is_quoted(const char *text, const char *value)
{
	const char *inside = unwrapped(text, false), *end = inside + strlen(value);

	return inside != text && strncmp(inside, value, strlen(value)) == 0 && *end != '\0' &&
	    *unwrapped(end, false) == '\0';
}

bool
finding_is_wrapped(const char *text, const char *value)
{
	const char *inside = unwrapped(text, true);

	return strncmp(inside, value, strlen(value)) == 0 && strcmp(text, value) != 0 &&
	    *unwrapped(inside + strlen(value), true) == '\0';
}

/* ---- what an answer says ----------------------------------------------------------- */

const struct dns_reply *
finding_reply(const struct answer *a)
{
	if (a->err.code == NULL || strcmp(a->err.code, "cname_loop") == 0)
		return a->detail;
	return NULL;
}

const char *
finding_alias(const struct dns_reply *reply, const char *name)
{
	for (size_t i = 0; reply != NULL && i < reply->count; i++)
		if (reply->records[i].type == DNS_CNAME && name_equal(reply->records[i].owner, name))
			return reply->records[i].value;
	return NULL;
}

bool
finding_is_mixed(const struct dns_reply *reply, const char *name)
{
	if (finding_alias(reply, name) == NULL)
		return false;
	for (size_t i = 0; i < reply->count; i++)
		if (reply->records[i].type != DNS_CNAME && name_equal(reply->records[i].owner, name))
			return true;
	return false;
}

/* "co.uk", "com.au": where nobody has a DNS provider of his own.  The list of
 * public suffixes is not at hand here; a short domain that is taken for one
 * only makes a sentence less exact. */
static bool
resembles_a_suffix(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot == NULL || (dot - name <= 3 && strlen(dot + 1) == 2);
}

const char *
finding_zone(const char *name, const struct dns_reply *reply)
{
	if (reply != NULL && reply->soa_owner != NULL && name_is_under(name, reply->soa_owner) &&
	    !resembles_a_suffix(reply->soa_owner))
		return reply->soa_owner;
	return name;
}

const char *
finding_list(struct arena *a, const char *const *words, const char *last)
{
	auto_buf b = { 0 };

	buf_init(&b, MAX_LIST);
	for (; words != NULL && *words != NULL; words++) {
		const char *between = b.len == 0 ? "" : words[1] == NULL ? last : ", ";

		if (!buf_printf(&b, "%s%s", between, *words))
			break;
	}
	return arena_strdup(a, b.data);
}

/* ---- what is unknown --------------------------------------------------------------- */

static const char *
fix_of_trouble(struct findings *fs, const struct finding *f, const char *name)
{
	struct arena *a = fs->arena;

	if (f->blame == BLAME_US)
		return "Nothing has to be changed: the trouble is ours, and we look again.";
	if (strcmp(f->code, "dns_bogus") == 0)
		return arena_printf(a, "Ask the DNS provider of %s to repair its DNSSEC signatures, or have the "
		    "DS record of the domain corrected or removed at its registrar.", name);
	if (strcmp(f->code, "dns_servfail") == 0)
		return arena_printf(a, "Ask the DNS provider of %s why its name servers give no answer; we "
		    "look again.", name);
	return arena_printf(a, "Nothing is known about %s until it can be looked up; we look again.", name);
}

void
finding_fail(struct findings *fs, struct finding *f, const struct err *err, const char *name)
{
	assert(err->code != NULL);
	f->code = err->code;
	f->blame = err->blame;
	f->fix = fix_of_trouble(fs, f, name);
}
