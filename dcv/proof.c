/*
 * Proofs of ownership in DNS answers.  Records come in any order (RFC 1034
 * §3.6.2 gives none), so every step of a chain looks through all of them.
 */
#include "dcv/proof.h"

#include <string.h>

#include "base/name.h"

static const char *
alias_of(const struct dns_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->count; i++)
		if (reply->records[i].type == DNS_CNAME &&
		    name_equal(reply->records[i].owner, name))
			return reply->records[i].value;
	return NULL;
}

/* "*.customers.example.com" stands for every name below it. */
static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strncmp(*names, "*.", 2) == 0
		    ? name_is_under(name, *names + 2) && !name_equal(name, *names + 2)
		    : name_equal(name, *names))
			return true;
	return false;
}

const char *
proof_chain_end(const struct dns_reply *reply, const char *name, bool *ret_loop)
{
	*ret_loop = false;
	for (int hops = 0; hops < PROOF_MAX_CHAIN; hops++) {
		const char *next = alias_of(reply, name);

		if (next == NULL)
			return name;
		name = next;
	}
	*ret_loop = alias_of(reply, name) != NULL;
	return name;
}

bool
proof_chain_reaches(const struct dns_reply *reply, const char *name, const char *const *targets)
{
	for (int hops = 0; hops < PROOF_MAX_CHAIN; hops++) {
		name = alias_of(reply, name);
		if (name == NULL)
			return false;
		if (is_one_of(name, targets))
			return true;
	}
	return false;
}

bool
proof_has_txt(const struct dns_reply *reply, const char *name, const char *value)
{
	bool loop;
	const char *end = proof_chain_end(reply, name, &loop);

	for (size_t i = 0; !loop && i < reply->count; i++)
		if (reply->records[i].type == DNS_TXT &&
		    name_equal(reply->records[i].owner, end) &&
		    strcmp(reply->records[i].value, value) == 0)
			return true;
	return false;
}
