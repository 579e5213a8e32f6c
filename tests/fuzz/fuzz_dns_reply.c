/* A DNS reply: text without surprises, within the limits, and never for another question. */
#include <arpa/inet.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/packet.h"

enum { MOST_RECORDS = 128, MOST_OWNER = 4 * 255, MOST_VALUE = 4 * (4096 + 256) + 8 };

static void
check_address(const char *value, int family)
{
	unsigned char bytes[16];
	char again[INET6_ADDRSTRLEN];

	assert(inet_pton(family, value, bytes) == 1);
	assert(inet_ntop(family, bytes, again, sizeof again) != NULL && strcmp(again, value) == 0);
}

/* A number, a blank, a tag without blanks, a blank. */
static void
check_caa(const char *value)
{
	size_t flags = strspn(value, "0123456789"), tag;

	assert(flags >= 1 && flags <= 3 && value[flags] == ' ');
	tag = strcspn(value + flags + 1, " ");
	assert(tag >= 1 && value[flags + 1 + tag] == ' ');
	for (size_t i = 0; i < tag; i++)
		assert(value[flags + 1 + i] < 'A' || value[flags + 1 + i] > 'Z');
}

static void
check_record(const struct dns_record *r)
{
	enum dns_type type;

	assert(dns_type_of(dns_type_name(r->type), &type) && type == r->type);
	assert(r->ttl <= INT32_MAX);
	assert(fuzz_is_printable_ascii(r->owner) && fuzz_is_printable_ascii(r->value));
	assert(r->owner[0] != '\0' && strlen(r->owner) <= MOST_OWNER &&
	    strlen(r->value) <= MOST_VALUE);
	for (const char *p = r->owner; *p != '\0'; p++)
		assert(*p != ' ' && (*p < 'A' || *p > 'Z'));
	if (type == DNS_A)
		check_address(r->value, AF_INET);
	if (type == DNS_AAAA)
		check_address(r->value, AF_INET6);
	if (type == DNS_CAA)
		check_caa(r->value);
}

static void
check_equal(const struct dns_reply *x, const struct dns_reply *y)
{
	assert(x->rcode == y->rcode && x->truncated == y->truncated &&
	    x->authenticated == y->authenticated);
	assert(x->authoritative == y->authoritative && x->negative_ttl == y->negative_ttl);
	assert((x->soa_owner == NULL) == (y->soa_owner == NULL) && x->count == y->count);
	assert(x->soa_owner == NULL || strcmp(x->soa_owner, y->soa_owner) == 0);
	for (size_t i = 0; i < x->count; i++) {
		assert(x->records[i].type == y->records[i].type &&
		    x->records[i].ttl == y->records[i].ttl);
		assert(strcmp(x->records[i].owner, y->records[i].owner) == 0);
		assert(strcmp(x->records[i].value, y->records[i].value) == 0);
	}
}

/* Of what is a reply to one question, nothing is to another. */
static void
check_other_questions(const uint8_t *data, size_t size, const struct packet *p)
{
	auto_arena *a = arena_new(PACKET_ARENA);
	struct dns_reply reply;
	struct err err = { 0 };

	assert(
	    !dns_parse_reply(a, data, size, p->name, p->type, (uint16_t)(p->id + 1), &reply, &err));
	fuzz_check_code(&err, "dns_mismatch");
	assert(!dns_parse_reply(a, data, size, "x.other.example", p->type, p->id, &reply, &err));
	fuzz_check_code(&err, "dns_mismatch");
	assert(!dns_parse_reply(
	    a, data, size, p->name, p->type == DNS_A ? DNS_TXT : DNS_A, p->id, &reply, &err));
	fuzz_check_code(&err, "dns_mismatch");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena *a = arena_new(PACKET_ARENA), *b = arena_new(PACKET_ARENA);
	const struct packet p = packet_question(data, size);
	struct dns_reply reply = { .rcode = 77777 }, again;
	struct err err = { 0 };

	if (!dns_parse_reply(a, data, size, p.name, p.type, p.id, &reply, &err)) {
		fuzz_check_err(&err);
		assert(strcmp(err.code, "dns_bad_name") == 0 ||
		    strcmp(err.code, "dns_malformed") == 0 ||
		    strcmp(err.code, "dns_mismatch") == 0);
		assert(reply.rcode == 77777);
		return 0;
	}
	assert(reply.rcode >= 0 && reply.rcode < 4096 && reply.count <= MOST_RECORDS);
	assert(!reply.truncated || reply.count == 0);
	assert(reply.soa_owner == NULL || fuzz_is_printable_ascii(reply.soa_owner));
	for (size_t i = 0; i < reply.count; i++)
		check_record(&reply.records[i]);
	assert(dns_parse_reply(b, data, size, p.name, p.type, p.id, &again, NULL));
	check_equal(&reply, &again);
	check_other_questions(data, size, &p);
	return 0;
}
