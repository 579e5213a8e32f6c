/*
 * Anybody's packet to the name server of the delegation domain.  The first
 * byte says how it comes; then a packet as it is, or changes to a good query:
 * which one, and pairs of place and octet.  The answers are read by ldns and
 * by the reader that our own resolver has.
 */
#include <netinet/in.h>
#include "dcv/authority.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/packet.h"
#include "tests/kit/query.h"
#include <ldns/ldns.h>	/* last: it would define bool itself */

enum { IS_TCP = 1, IS_CHANGED = 2, IS_UNREADY = 4, IS_LIMITED = 8, IS_PORT_0 = 16 };
enum { SENTINEL = 0xa5, SENTINELS = 64, VALUES = 40 };

static const struct query queries[] = {
	{ .name = "dcv.test", .type = 6, .id = 1 },
	{ .name = "DCV.test", .type = 2, .id = 2, .has_edns = true, .payload = 4096 },
	{ .name = "dcv.test", .type = 255, .id = 3 },
	{ .name = "ns1.dcv.test", .type = 1, .id = 4 },
	{ .name = "ns1.dcv.test", .type = 28, .id = 5, .has_edns = true, .payload = 512, .wants_dnssec = true },
	{ .name = "b.dcv.test", .type = 1, .id = 6 },
	{ .name = "cafe.dcv.test", .type = 16, .id = 7 },
	{ .name = "shop.example.com.cafe.dcv.test", .type = 16, .id = 8, .is_recursive = true },
	{ .name = "Shop.Example.com.CAFE.dcv.test", .type = 16, .id = 9, .has_edns = true, .payload = 1232 },
	{ .name = "busy.example.com.cafe.dcv.test", .type = 16, .id = 10, .has_edns = true, .payload = 1232 },
	{ .name = "busy.example.com.cafe.dcv.test", .type = 16, .id = 11 },
	{ .name = "busy.example.com.cafe.dcv.test", .type = 255, .id = 12 },
	{ .name = "shop.example.com.beef.dcv.test", .type = 16, .id = 13, .has_edns = true, .version = 1 },
	{ .name = "dcv.test", .type = 252, .id = 14 },
	{ .name = "dcv.test", .type = 251, .id = 15 },
	{ .name = "www.example.org", .type = 1, .id = 16 },
};

static struct zone_authority *authorities[4];	/* not ready, limited */

static struct board *
make_board(bool is_ready)
{
	static const char *const ids[] = { "cafe", "0ddba11" };
	static const struct board_entry shop[] = {
		{ BOARD_TXT, "cafe", "value" }, { BOARD_TXT, "0ddba11", "other value" }, { BOARD_HTTP, "cafe", "x.y" },
	};
	static struct board_entry busy[VALUES];
	static char values[VALUES][44];
	struct board *b = board_new();

	for (size_t i = 0; i < VALUES; i++) {
		memset(values[i], 'v', 43);
		values[i][0] = (char)('0' + i);
		busy[i] = (struct board_entry){ BOARD_TXT, "cafe", values[i] };
	}
	board_put_delegations(b, ids, 2);
	board_put(b, "shop.example.com", shop, 3);
	board_put(b, "busy.example.com", busy, VALUES);
	if (is_ready)
		board_set_ready(b);
	return b;
}

/* They last as long as the process. */
static struct zone_authority *
authority_for(unsigned how)
{
	bool is_unready = how & IS_UNREADY, is_limited = how & IS_LIMITED;
	struct zone_authority **a = &authorities[2 * is_unready + is_limited];
	static struct board *boards[2];

	if (boards[is_unready] == NULL)
		boards[is_unready] = make_board(!is_unready);
	if (*a == NULL)
		*a = authority_open(&(struct authority_options){ .domain = "dcv.test",
		    .nameservers = "ns1.dcv.test=192.0.2.1=2001:db8::1,ns2.other.net,a.b.dcv.test=192.0.2.2",
		    .responses_per_second = is_limited ? 5 : 0 }, boards[is_unready], NULL);
	assert(*a != NULL);
	return *a;
}

static size_t
change_query(const uint8_t *data, size_t size, unsigned char out[QUERY_MAX])
{
	size_t len = query_write(&queries[size > 0 ? data[0] % (sizeof queries / sizeof queries[0]) : 0], out);

	for (size_t i = 1; i + 1 < size; i += 2) {
		if (data[i] < len)
			out[data[i]] = data[i + 1];
		else if (len < QUERY_MAX)
			out[len++] = data[i + 1];
	}
	return len;
}

/* What anybody can say of an answer without knowing what was decided. */
static void
check_head(const unsigned char *query, size_t len, const unsigned char *out, size_t out_len)
{
	size_t question = 12;

	assert(out_len >= 12 && memcmp(out, query, 2) == 0);
	assert((out[2] & 0xf9) == (0x80 | (query[2] & 0x79)) && (out[3] & 0xf0) == 0);
	assert(out[4] == 0 && out[5] <= 1);
	if (out[5] == 0) {
		assert((out[3] & 15) == 1 || (out[3] & 15) == 4);	/* not understood */
		return;
	}
	while (out[question] != 0) {
		assert(out[question] < 64);
		question += 1u + out[question];
		assert(question < out_len);
	}
	question += 5;
	assert(question <= out_len && question <= len && memcmp(out + 12, query + 12, question - 12) == 0);
}

static void
check_readers(const unsigned char *query, size_t len, const unsigned char *out, size_t out_len)
{
	auto_arena *a = arena_new(PACKET_ARENA);
	const struct packet p = packet_question(query, len);
	struct dns_reply reply;
	struct err err = { 0 };
	ldns_pkt *packet;

	assert(ldns_wire2pkt(&packet, out, out_len) == LDNS_STATUS_OK);
	assert(!ldns_pkt_tc(packet) || ldns_rr_list_rr_count(ldns_pkt_answer(packet)) == 0);
	ldns_pkt_free(packet);
	if (dns_parse_reply(a, out, out_len, p.name, p.type, p.id, &reply, &err))
		assert((reply.rcode & 15) == (out[3] & 15) && reply.count <= VALUES);
	else
		assert(strcmp(err.code, "dns_malformed") != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char out[AUTHORITY_MAX_ANSWER];
	static int64_t now_ms;
	unsigned how = size > 0 ? data[0] : 0;
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = how & IS_PORT_0 ? 0 : 53 };
	unsigned char changed[QUERY_MAX];
	const unsigned char *query = data + (size > 0);
	size_t len = size > 0 ? size - 1 : 0, limit = how & IS_TCP ? AUTHORITY_MAX_ANSWER : AUTHORITY_UDP, out_len;

	if (how & IS_CHANGED) {
		len = change_query(query, len, changed);
		query = changed;
	}
	if (!(how & IS_TCP) && (len < 12 || (query[10] == 0 && query[11] == 0)))
		limit = 512;
	memset(out + AUTHORITY_UDP, SENTINEL, SENTINELS);
	out_len = authority_answer(authority_for(how), query, len, (struct sockaddr *)&peer, how & IS_TCP, now_ms++, out);
	if (!(how & IS_TCP))
		for (size_t i = 0; i < SENTINELS; i++)
			assert(out[AUTHORITY_UDP + i] == SENTINEL);
	if (len < 12 || query[2] & 0x80 || how & IS_PORT_0)
		assert(out_len == 0);
	else
		assert(out_len != 0 || (how & IS_LIMITED && !(how & IS_TCP)));
	if (out_len == 0)
		return 0;
	assert(out_len <= limit);
	check_head(query, len, out, out_len);
	check_readers(query, len, out, out_len);
	return 0;
}
