/* Answers as ldns reads them, which shares no code with ours. */
#include "tests/kit/query.h"

#include <assert.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 };

static char text[TEXT_MAX];
static size_t text_len;

static void
say(const char *before, const char *what)
{
	int n = snprintf(text + text_len, sizeof text - text_len, "%s%s", before, what);

	assert(n >= 0 && (size_t)n < sizeof text - text_len);
	text_len += (size_t)n;
}

static void
say_list(const char *before, const ldns_rr_list *list)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		char *record = ldns_rr2str(ldns_rr_list_rr(list, i));
		size_t len = strlen(record);

		for (char *p = record; *p != '\0'; p++)
			*p = *p == '\t' ? ' ' : *p;
		while (len > 0 && (record[len - 1] == '\n' || record[len - 1] == ' '))
			record[--len] = '\0';
		say("; ", before);
		say(" ", record);
		free(record);
	}
}

/* Where the records end that the header counts. */
static size_t
records_end(const unsigned char *p, size_t len)
{
	size_t at = 12;

	for (unsigned section = 0; section < 4; section++)
		for (unsigned i = (unsigned)p[4 + 2 * section] << 8 | p[5 + 2 * section]; i > 0 && at < len; i--) {
			while (at < len && p[at] != 0 && p[at] < 0xc0)
				at += 1u + p[at];
			at += at < len && p[at] == 0 ? 1 : 2;
			if (section == 0)
				at += 4;
			else if (at + 10 <= len)
				at += 10 + ((size_t)p[at + 8] << 8 | p[at + 9]);
		}
	return at;
}

static const char *
rcode_name(unsigned rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

	return rcode < 6 ? names[rcode] : rcode == 16 ? "BADVERS" : "RCODE?";
}

static void
say_edns(const ldns_pkt *p)
{
	char edns[64];

	if (!ldns_pkt_edns(p))
		return;
	snprintf(edns, sizeof edns, "; edns %u%s", ldns_pkt_edns_udp_size(p), ldns_pkt_edns_do(p) ? " do" : "");
	say(edns, ldns_pkt_edns_version(p) != 0 ? " version?" : "");
}

const char *
answer_text(const unsigned char *answer, size_t len)
{
	ldns_pkt *p;

	text_len = 0;
	if (ldns_wire2pkt(&p, answer, len) != LDNS_STATUS_OK)
		return "unreadable";
	assert(records_end(answer, len) == len);
	say("", rcode_name((unsigned)ldns_pkt_get_rcode(p) | (unsigned)ldns_pkt_edns_extended_rcode(p) << 4));
	say(ldns_pkt_qr(p) ? "" : " query?", ldns_pkt_aa(p) ? " aa" : "");
	say(ldns_pkt_tc(p) ? " tc" : "", ldns_pkt_rd(p) ? " rd" : "");
	say(ldns_pkt_ra(p) ? " ra" : "", ldns_pkt_ad(p) || ldns_pkt_cd(p) ? " ad/cd" : "");
	if (ldns_pkt_get_opcode(p) != LDNS_PACKET_QUERY)
		say(" opcode", "");
	for (size_t i = 0; i < ldns_rr_list_rr_count(ldns_pkt_question(p)); i++)
		ldns_rr_set_question(ldns_rr_list_rr(ldns_pkt_question(p), i), true);
	say_list("?", ldns_pkt_question(p));
	say_list("an", ldns_pkt_answer(p));
	say_list("ns", ldns_pkt_authority(p));
	say_list("ar", ldns_pkt_additional(p));
	say_edns(p);
	ldns_pkt_free(p);
	return text;
}
