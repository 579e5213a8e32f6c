/* A name as text: what is taken is canonical, and no program reads an address in it. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include "base/dns.h"
#include "base/name.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 16, MOST_NAME = 253, MOST_LABEL = 63 };

/* Letters, digits and hyphens (and underscores), by a rule of its own. */
static void
check_canonical(const char *name, struct name_rules rules)
{
	size_t label = 0;
	struct in_addr address;

	assert(strlen(name) >= 1 && strlen(name) <= MOST_NAME);
	assert(rules.wildcard || !name_is_wildcard(name));
	assert(!name_is_ip(name) && inet_aton(name, &address) == 0);
	if (name_is_wildcard(name))
		name += 2;
	for (const char *p = name;; p++) {
		if (*p == '.' || *p == '\0') {
			assert(label >= 1 && label <= MOST_LABEL && p[-1] != '-' &&
			    p[-(ptrdiff_t)label] != '-');
			label = 0;
			if (*p == '\0')
				break;
			continue;
		}
		label++;
		assert(islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '-' ||
		    (rules.service && *p == '_'));
	}
}

static void
check_relations(const char *name, const char *text)
{
	size_t parents = 0;

	assert(name_equal(name, text) && name_equal(text, name) && name_is_under(text, name));
	for (const char *parent = name; parent != NULL; parent = name_parent(parent)) {
		assert(name_is_under(name, parent));
		assert(parent == name || !name_is_under(parent, name));
		parents++;
	}
	assert(parents >= 1 && parents <= (MOST_NAME + 1) / 2);
}

/* The name or NULL. */
static const char *
canonical(struct arena *a, const char *text, struct name_rules rules)
{
	struct err err = { 0 };
	const char *name = name_canonical(a, text, rules, &err);

	if (name == NULL) {
		fuzz_check_code(&err, "dns_bad_name");
		return NULL;
	}
	check_canonical(name, rules);
	check_relations(name, text);
	assert(strcmp(name_canonical(a, name, rules, NULL), name) == 0);
	return name;
}

/* Laxer rules take all that stricter ones take, and the same of it. */
static void
check_implies(const char *strict, const char *lax)
{
	assert(strict == NULL || (lax != NULL && strcmp(strict, lax) == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(ARENA + 8 * size);
	const char *text = fuzz_text(a, data, size);
	const char *plain = canonical(a, text, (struct name_rules){ 0 });
	const char *wild = canonical(a, text, (struct name_rules){ .wildcard = true });
	const char *service = canonical(a, text, (struct name_rules){ .service = true });
	const char *both =
	    canonical(a, text, (struct name_rules){ .wildcard = true, .service = true });
	unsigned char *wire;
	size_t len;

	check_implies(plain, wild);
	check_implies(plain, service);
	check_implies(wild, both);
	check_implies(service, both);
	assert(dns_build_query(a, text, DNS_TXT, DNS_RECURSIVE, 7, &wire, &len, NULL) ==
	    (both != NULL));
	/* header, name with a length before each label and the root, type and class, OPT */
	assert(both == NULL || len == 12 + strlen(both) + 2 + 4 + 11);
	return 0;
}
