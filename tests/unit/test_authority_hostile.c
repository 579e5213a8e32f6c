/* The authoritative name server and packets that are no proper queries. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include "dcv/authority.h"
#include "tests/kit/query.h"

#define ID "\x12\x34"
#define COUNTS(qd, an, ns, ar) "\0" qd "\0" an "\0" ns "\0" ar
#define QUERY(ar) ID "\0\0" COUNTS("\1", "\0", "\0", ar)
#define APEX "\3dcv\4test\0"
#define ASKED APEX "\0\6\0\1"		/* SOA, IN */
#define OPT "\0\0\x29\x04\xd0\0\0\0\0\0\0"
#define OPT_OF(len, options) "\0\0\x29\x04\xd0\0\0\0\0\0" len options
#define TSIG "\3key\0\0\xfa\0\xff\0\0\0\0\0\x1d\x0bhmac-sha256\0" "\0\0\0\0\0\1" "\1\x2c" "\0\0" "\x12\x34" "\0\0\0\0"
#define A_OF(name) name "\0\1\0\1\0\0\0\1\0\4\1\2\3\4"

#define SOA_ANSWER "NOERROR aa; ? dcv.test. IN SOA; an dcv.test. 60 IN SOA ns.x.net. hostmaster.dcv.test. 1 3600 600 604800 5"
#define MALFORMED "FORMERR; ? dcv.test. IN SOA"
#define NOTHING NULL
#define L63 "\x3f" "123456789012345678901234567890123456789012345678901234567890123"

/* `answer` NULL: none. */
#define CASE(octets, answer) { octets, sizeof(octets) - 1, answer }
static const struct { const char *octets; size_t len; const char *answer; } packets[] = {
	CASE(QUERY("\0") ASKED, SOA_ANSWER),
	/* too short, or an answer */
	CASE("", NOTHING),
	CASE(ID "\0\0\0\1\0\0\0\0\0", NOTHING),
	CASE(ID "\x80\0" COUNTS("\1", "\0", "\0", "\0") ASKED, NOTHING),
	CASE(ID "\x80\0" COUNTS("\0", "\0", "\0", "\0"), NOTHING),
	CASE(ID "\xa8\0" COUNTS("\1", "\0", "\0", "\0") ASKED, NOTHING),
	/* flags that mean nothing in a query */
	CASE(ID "\x06\xff" COUNTS("\1", "\0", "\0", "\0") ASKED, SOA_ANSWER),
	/* other opcodes: the header alone */
	CASE(ID "\x08\0" COUNTS("\1", "\0", "\0", "\0") ASKED, "NOTIMP opcode"),
	CASE(ID "\x21\0" COUNTS("\1", "\1", "\0", "\0") ASKED A_OF("\xc0\x0c"), "NOTIMP rd opcode"),	/* NOTIFY */
	CASE(ID "\x28\0" COUNTS("\1", "\0", "\1", "\0") ASKED A_OF("\xc0\x0c"), "NOTIMP opcode"),	/* UPDATE */
	CASE(ID "\x30\0" COUNTS("\0", "\0", "\0", "\0"), "NOTIMP opcode"),				/* DSO */
	CASE(ID "\x78\0" COUNTS("\xff", "\xff", "\xff", "\xff") "junk", "NOTIMP opcode"),
	/* counts */
	CASE(ID "\0\0" COUNTS("\0", "\0", "\0", "\0"), "FORMERR"),
	CASE(ID "\0\0" COUNTS("\0", "\0", "\0", "\1") OPT, "FORMERR"),
	CASE(ID "\0\0" COUNTS("\2", "\0", "\0", "\0") ASKED ASKED, "FORMERR"),
	CASE(ID "\0\0\1\1\0\0\0\0\0\0" ASKED, "FORMERR"),
	CASE(ID "\0\0" COUNTS("\1", "\1", "\0", "\0") ASKED A_OF("\xc0\x0c"), MALFORMED),
	CASE(ID "\0\0" COUNTS("\1", "\0", "\1", "\0") ASKED A_OF("\xc0\x0c"), MALFORMED),
	CASE(ID "\0\0\0\1\1\0\0\0\0\0" ASKED, MALFORMED),
	CASE(QUERY("\1") ASKED, MALFORMED),
	CASE(ID "\0\0\0\1\0\0\0\0\xff\xff" ASKED OPT, MALFORMED "; edns 1232"),
	/* IXFR has a SOA there, and is refused for another reason */
	CASE(ID "\0\0" COUNTS("\1", "\0", "\1", "\0") APEX "\0\xfb\0\1" A_OF("\xc0\x0c"), "REFUSED; ? dcv.test. IN IXFR"),
	CASE(ID "\0\0" COUNTS("\1", "\0", "\2", "\0") APEX "\0\xfb\0\1" A_OF("\xc0\x0c") A_OF("\0"), "FORMERR; ? dcv.test. IN IXFR"),
	CASE(ID "\0\0" COUNTS("\1", "\0", "\1", "\0") APEX "\0\xfb\0\1" OPT, "FORMERR; ? dcv.test. IN IXFR"),
	/* the question */
	CASE(QUERY("\0"), "FORMERR"),
	CASE(QUERY("\0") "\3dcv\4test", "FORMERR"),
	CASE(QUERY("\0") "\3dcv\4tes", "FORMERR"),
	CASE(QUERY("\0") APEX "\0\6\0", "FORMERR"),
	CASE(QUERY("\0") "\3dcv\4test\xc0\x0c\0\6\0\1", "FORMERR"),
	CASE(QUERY("\0") "\xc0\x0c\0\6\0\1", "FORMERR"),
	CASE(QUERY("\0") "\x40" "dcv\4test\0\0\6\0\1", "FORMERR"),
	CASE(QUERY("\0") "\x83" "dcv\4test\0\0\6\0\1", "FORMERR"),
	CASE(QUERY("\0") L63 L63 L63 "\x3d" "1234567890123456789012345678901234567890123456789012345678901" "\0\0\6\0\1",
	    "REFUSED; ? 123456789012345678901234567890123456789012345678901234567890123."
	    "123456789012345678901234567890123456789012345678901234567890123."
	    "123456789012345678901234567890123456789012345678901234567890123."
	    "1234567890123456789012345678901234567890123456789012345678901. IN SOA"),
	CASE(QUERY("\0") L63 L63 L63 "\x3e" "12345678901234567890123456789012345678901234567890123456789012" "\0\0\6\0\1", "FORMERR"),
	CASE(QUERY("\0") L63 L63 L63 L63 "\0\0\6\0\1", "FORMERR"),
	CASE(QUERY("\0") L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 "\0\0\6\0\1", "FORMERR"),
	CASE(QUERY("\0") ASKED "\0", MALFORMED),	/* trailing */
	/* the domain's octets within a label are not the domain */
	CASE(QUERY("\0") "\x0b" "ab" APEX "\0\6\0\1", "REFUSED; ? ab\\003dcv\\004test. IN SOA"),
	/* additional records */
	CASE(QUERY("\1") ASKED OPT, SOA_ANSWER "; edns 1232"),
	CASE(QUERY("\2") ASKED OPT OPT, MALFORMED "; edns 1232"),
	CASE(QUERY("\1") ASKED OPT "\0", MALFORMED "; edns 1232"),
	CASE(QUERY("\1") ASKED "\0\0\x29\x04\xd0\0\0\0\0\0", MALFORMED),
	CASE(QUERY("\1") ASKED "\1x" OPT, MALFORMED),
	CASE(QUERY("\1") ASKED "\xc0\x0c\0\x29\x04\xd0\0\0\0\0\0\0", MALFORMED),
	CASE(QUERY("\1") ASKED OPT_OF("\4", "\0\3\0\0"), SOA_ANSWER "; edns 1232"),		/* NSID */
	CASE(QUERY("\1") ASKED OPT_OF("\x0c", "\0\x0a\0\10" "12345678"), SOA_ANSWER "; edns 1232"),	/* COOKIE */
	CASE(QUERY("\1") ASKED OPT_OF("\4", "\xff\xff\0\1"), MALFORMED),
	CASE(QUERY("\1") ASKED OPT_OF("\3", "\0\3\0"), MALFORMED),
	CASE(QUERY("\1") ASKED OPT_OF("\5", "\0\3\0\0\0"), MALFORMED),
	CASE(QUERY("\1") ASKED OPT_OF("\5", "\0\3\0\0"), MALFORMED),
	CASE(QUERY("\1") ASKED TSIG, SOA_ANSWER),
	CASE(QUERY("\2") ASKED OPT TSIG, SOA_ANSWER "; edns 1232"),
	CASE(QUERY("\2") ASKED A_OF("\xc0\x0c") OPT, SOA_ANSWER "; edns 1232"),
	CASE(QUERY("\1") ASKED A_OF("\1x\xc0\x10"), SOA_ANSWER),
	CASE(QUERY("\1") ASKED A_OF("\xc0\x0b"), MALFORMED),	/* into the header */
	CASE(QUERY("\1") ASKED A_OF("\xc0\x1a"), MALFORMED),	/* to itself */
	CASE(QUERY("\1") ASKED A_OF("\1x\xc0\x1a"), MALFORMED),	/* to its own beginning */
	CASE(QUERY("\1") ASKED A_OF("\xff\xff"), MALFORMED),	/* forwards */
	CASE(QUERY("\1") ASKED A_OF("\x80\x0c"), MALFORMED),
	CASE(QUERY("\1") ASKED A_OF("\x40\x0c"), MALFORMED),
	CASE(QUERY("\1") ASKED A_OF(L63 L63 L63 L63 "\0"), MALFORMED),
	CASE(QUERY("\1") ASKED A_OF(L63 L63 L63 L63 "\xc0\x0c"), MALFORMED),
	CASE(QUERY("\1") ASKED "\0\0\1\0\1\0\0\0\1\0\5\1\2\3\4", MALFORMED),
	CASE(QUERY("\1") ASKED "\0\0\1\0\1\0\0\0\1\xff\xff\1\2\3\4", MALFORMED),
	CASE(QUERY("\1") ASKED "\xc0", MALFORMED),
};

static unsigned char out[AUTHORITY_MAX_ANSWER];

static size_t
answer(struct zone_authority *a, const void *octets, size_t len, uint16_t port)
{
	const struct sockaddr_in6 peer = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	return authority_answer(a, octets, len, (const struct sockaddr *)&peer, false, 1, out);
}

static struct zone_authority *
open_authority(const struct board *board)
{
	struct zone_authority *a = authority_open(&(struct authority_options){ .domain = "dcv.test", .nameservers = "ns.x.net" }, board, NULL);

	cr_assert_not_null(a);
	return a;
}

Test(authority_hostile, every_packet_gets_what_it_deserves)
{
	struct board *board = board_new();
	struct zone_authority *a = open_authority(board);
	struct authority_stats stats;
	size_t silent = 0, malformed = 0;

	for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
		unsigned char *exact = malloc(packets[i].len);
		const char *text;
		size_t len;

		/* a block of exactly its size: a step over its end is seen */
		cr_assert(exact != NULL || packets[i].len == 0);
		memcpy(exact, packets[i].octets, packets[i].len);
		len = answer(a, exact, packets[i].len, 53);
		free(exact);
		if (packets[i].answer == NULL) {
			cr_expect_eq(len, 0, "packet %zu", i);
			silent++;
			continue;
		}
		text = answer_text(out, len);
		malformed += strncmp(packets[i].answer, "FORMERR", 7) == 0;
		cr_expect_str_eq(text, packets[i].answer, "packet %zu: %s, not %s", i, text, packets[i].answer);
		cr_expect(len >= 12 && memcmp(out, ID, 2) == 0);
	}
	stats = authority_stats(a);
	cr_expect_eq(stats.queries, sizeof packets / sizeof packets[0]);
	cr_expect_eq(stats.answers, stats.queries - silent);
	cr_expect_eq(stats.malformed, silent + malformed);
	cr_expect_eq(stats.refused, 3);
	authority_close(a);
	board_free(board);
}

Test(authority_hostile, every_beginning_of_a_query_is_malformed)
{
	static const char query[] = QUERY("\3") ASKED A_OF("\1x\xc0\x10") OPT_OF("\x0c", "\0\x0a\0\10" "12345678") TSIG;
	struct board *board = board_new();
	struct zone_authority *a = open_authority(board);

	for (size_t len = 12; len < sizeof query - 1; len++) {
		unsigned char *exact = malloc(len);

		memcpy(exact, query, len);
		cr_assert(answer(a, exact, len, 53) >= 12 && (out[3] & 15) == 1, "%zu octets", len);
		free(exact);
	}
	cr_expect_str_eq(answer_text(out, answer(a, query, sizeof query - 1, 53)), SOA_ANSWER "; edns 1232");
	authority_close(a);
	board_free(board);
}

Test(authority_hostile, port_zero_is_nobody)
{
	struct board *board = board_new();
	struct zone_authority *a = open_authority(board);

	cr_expect(answer(a, packets[0].octets, packets[0].len, 1) > 0);
	cr_expect_eq(answer(a, packets[0].octets, packets[0].len, 0), 0);
	authority_close(a);
	board_free(board);
}
