/*
 * Proofs by the records of a hostile DNS reply: a proof is one of its records,
 * a chain ends, and what is found does not depend on the order of the records.
 */
#include <string.h>
#include "base/name.h"
#include "dcv/proof.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/packet.h"

/* RFC 1034 §3.6.2: an owner has one CNAME.  Who has two gets the first. */
static bool
has_rivals(const struct dns_reply *reply)
{
	for (size_t i = 0; i < reply->count; i++)
		for (size_t j = i + 1; j < reply->count; j++)
			if (reply->records[i].type == DNS_CNAME &&
			    reply->records[j].type == DNS_CNAME &&
			    name_equal(reply->records[i].owner, reply->records[j].owner))
				return true;
	return false;
}

static bool
has_record(const struct dns_reply *reply, enum dns_type type, const char *value)
{
	for (size_t i = 0; i < reply->count; i++)
		if (reply->records[i].type == type && strcmp(reply->records[i].value, value) == 0)
			return true;
	return false;
}

static struct dns_reply
reversed(struct arena *a, const struct dns_reply *reply)
{
	struct dns_reply back = *reply;

	back.records = arena_alloc(a, (reply->count + 1) * sizeof *back.records);
	for (size_t i = 0; i < reply->count; i++)
		back.records[i] = reply->records[reply->count - 1 - i];
	return back;
}

static void
check_chain(const struct dns_reply *reply, const struct dns_reply *back, const char *name)
{
	bool loop, loop_back;
	const char *end = proof_chain_end(reply, name, &loop);
	const char *const targets[] = { end, NULL };

	assert(end == name || has_record(reply, DNS_CNAME, end));
	if (end != name && !loop)
		assert(proof_chain_reaches(reply, name, targets));
	if (end == name && !loop)
		assert(!proof_chain_reaches(reply, name, targets));
	assert(strcmp(proof_chain_end(back, name, &loop_back), end) == 0 && loop == loop_back);
}

/* Of some records is enough: each is looked at among all. */
static size_t
some(const struct dns_reply *reply)
{
	return reply->count < 8 ? reply->count : 8;
}

static void
check_txt(const struct dns_reply *reply, const struct dns_reply *back, const char *name)
{
	for (size_t i = 0; i < some(reply); i++) {
		const char *value = reply->records[i].value;
		bool has = proof_has_txt(reply, name, value);

		assert(!has || has_record(reply, DNS_TXT, value));
		assert(has == proof_has_txt(back, name, value));
	}
	assert(!proof_has_txt(reply, name, "a value that\nno record has"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(PACKET_ARENA);
	const struct packet p = packet_question(data, size);
	static const char *const nowhere[] = { NULL };
	struct dns_reply reply, back;

	if (!dns_parse_reply(a, data, size, p.name, p.type, p.id, &reply, NULL))
		return 0;
	assert(!proof_chain_reaches(&reply, p.name, nowhere));
	back = has_rivals(&reply) ? reply : reversed(a, &reply);
	check_chain(&reply, &back, p.name);
	check_txt(&reply, &back, p.name);
	for (size_t i = 0; i < some(&reply); i++) {
		check_chain(&reply, &back, reply.records[i].owner);
		check_txt(&reply, &back, reply.records[i].owner);
	}
	return 0;
}
